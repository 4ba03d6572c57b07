//! Replicas that ask, over real sockets, a keeper over real files.

mod changes;
mod following;
mod lists;
mod places;
mod revoking;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use sealjar::{KeyRing, RevocationList, Timestamp};
use sealjar_follow::{Asked, Head, Instance, Judged, Patience, Question, SignedHead, SpeakerKey};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::asking::{self, Asking};
use super::gate::{self, Bounds};
use super::revoking::{Pace, Revoking, run};
use super::speaking::Speaking;
use crate::Keeper;
use crate::followed::Followed;
use crate::policy::PolicySettings;
use crate::store::FileStore;

/// A keeper that answers, and takes no turns by itself.
struct Site {
    directory: TempDir,
    keeper: Arc<Keeper<FileStore>>,
    speaker: SpeakerKey,
    followed: Followed,
    large: Arc<Semaphore>,
    address: SocketAddr,
    _tasks: JoinSet<()>,
}

impl Site {
    async fn begin() -> Self {
        Self::within(Bounds::of_this_process()).await
    }

    async fn within(bounds: Bounds) -> Self {
        Self::with(bounds, Pace::default(), false).await
    }

    /// One that takes revocations at this pace, and listens first if it is told to.
    async fn with(bounds: Bounds, pace: Pace, listens: bool) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let document = directory.path().join("ring.json");
        let mut keeper = Keeper::new(FileStore::new(&document), PolicySettings::default());
        keeper.init("web").await.unwrap();
        let speaker = SpeakerKey::generate().unwrap();
        let again = SpeakerKey::from_bytes(speaker.to_text().as_bytes()).unwrap();
        let speaking = Arc::new(Speaking::new(vec![again]));
        let followed = Followed::new(Duration::from_secs(600), Timestamp::now().unwrap());
        if listens {
            keeper.set_followed(followed.clone());
        }
        let keeper = Arc::new(keeper);
        let (revoking, queue) = Revoking::new(pace);
        let asking = Asking::new(Arc::clone(&speaking), followed.clone(), revoking);
        let large = Arc::clone(&asking.large);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut tasks = JoinSet::new();
        tasks.spawn(gate::serve(listener, asking::router(asking), bounds));
        let store = FileStore::new(&document);
        let (committing, said) = (Arc::clone(&keeper), Arc::clone(&speaking));
        tasks.spawn(async move { match run(queue, &committing, &said, pace.group).await {} });
        tasks.spawn(async move { match speaking.run(&store).await {} });
        Self {
            directory,
            keeper,
            speaker,
            followed,
            large,
            address,
            _tasks: tasks,
        }
    }

    fn document(&self) -> PathBuf {
        self.directory.path().join("ring.json")
    }

    /// Makes another epoch.
    async fn commit(&self) -> u64 {
        let change = self.keeper.change(&|it| it.revoke_session([7; 8])).await;
        change.unwrap().ring.epoch()
    }

    fn replica(&self) -> Replica<'_> {
        Replica {
            site: self,
            instance: Instance::draw().unwrap(),
            count: 0,
            held: None,
            list: None,
        }
    }
}

/// A replica that asks by hand.
struct Replica<'a> {
    site: &'a Site,
    instance: Instance,
    count: u64,
    held: Option<SignedHead>,
    list: Option<RevocationList>,
}

impl Replica<'_> {
    fn question(&mut self, seconds: u16) -> Question {
        self.count += 1;
        Question {
            nonce: [self.count.to_le_bytes()[0]; 16],
            instance: self.instance,
            count: self.count,
            time: Timestamp::now().unwrap(),
            patience: Patience::Waits(seconds),
            name: "web.1".into(),
            held: self.held.clone(),
        }
    }

    /// Asks, takes what comes, and returns the epoch that is held then.
    async fn ask(&mut self, seconds: u16) -> u64 {
        let question = self.question(seconds);
        let bytes = question.to_bytes(self.site.speaker.delivery_key(), "web");
        let (status, answer) = post(self.site.address, "web", &bytes).await;
        assert_eq!(status, 200);
        let judged = self.judge(&question, &answer);
        assert!(judged.confirmed.is_some());
        if let Some(news) = judged.news {
            if let Some(document) = news.document {
                let ring = KeyRing::from_json(&document).unwrap();
                assert_eq!(ring.epoch(), news.head.head().epoch);
            }
            self.list = news.list.or(self.list.take());
            self.held = Some(news.head);
        }
        self.held.as_ref().unwrap().head().epoch
    }

    fn judge(&self, question: &Question, answer: &[u8]) -> Judged {
        let asked = Asked {
            key: self.site.speaker.delivery_key(),
            ring: "web",
            nonce: &question.nonce,
            held: self.held.as_ref().map(SignedHead::head),
            list: self.list.as_ref(),
            sent: question.time,
        };
        asked.judge(answer, Timestamp::now().unwrap()).unwrap()
    }

    fn head(&self) -> &Head {
        self.held.as_ref().unwrap().head()
    }
}

/// Sends a question and returns the status and the body of the answer.
async fn post(address: SocketAddr, ring: &str, question: &[u8]) -> (u16, Vec<u8>) {
    post_to(address, &format!("/v1/rings/{ring}/ask"), question).await
}

async fn post_to(address: SocketAddr, path: &str, question: &[u8]) -> (u16, Vec<u8>) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n",
        question.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(question).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let end = answer.windows(4).position(|it| it == b"\r\n\r\n").unwrap();
    let status = std::str::from_utf8(&answer[9..12]).unwrap();
    (status.parse().unwrap(), answer[end + 4..].to_vec())
}
