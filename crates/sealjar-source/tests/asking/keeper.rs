//! A keeper for tests: it has a document, and answers as it is told to.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use sealjar::{KeyRing, ListDelta, RevocationList, Timestamp};
use sealjar_follow::{
    Head, Patience, Question, RevokeOutcome, RevokeRequest, SignedHead, SpeakerKey,
    UncheckedQuestion, UncheckedRevokeRequest, seal_delta, seal_list, seal_ring, sign_answer,
};
use sealjar_source::Relay;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;

/// What is wrong with a keeper's answers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Wrong {
    Nothing,
    /// It answers with this status.
    Status(u16),
    /// It signs with a key of its own, and would be believed if replicas shared all secrets.
    OtherKey,
    /// It answers another question.
    OtherNonce,
    /// It sends another document than it has signed.
    OtherDocument,
    /// It sends what is no answer.
    Garbage,
}

/// What a keeper does with a request to revoke.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Revoking {
    /// It says that.
    Says(RevokeOutcome),
    /// It answers another request with that.
    OtherNonce(RevokeOutcome),
    /// It answers with this status.
    Status(u16),
    /// It reads the request and ends the connection.
    BreaksOff,
    /// It reads the request and never answers.
    Hangs,
}

pub(crate) struct Keeper {
    address: SocketAddr,
    shared: Arc<Shared>,
    serving: JoinSet<()>,
}

struct Shared {
    speaker: SpeakerKey,
    published: watch::Sender<Published>,
    wrong: Mutex<Wrong>,
    /// The epochs that questions have named.
    named: Mutex<Vec<Option<u64>>>,
    /// How many questions came after a replica said that it ends, if one did.
    after_the_end: Mutex<Option<usize>>,
    revoking: Mutex<Revoking>,
    /// The requests to revoke.
    requests: Mutex<Vec<RevokeRequest>>,
    /// How lists were sent.
    sent: Mutex<Vec<Sent>>,
}

/// How a list was sent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Sent {
    Whole,
    Delta,
}

/// What a keeper has: the document of a ring, and a list.
#[derive(Clone, Default)]
struct Published {
    document: Vec<u8>,
    list: Option<RevocationList>,
    /// What leads from the list before to this one, or what does not.
    delta: Option<ListDelta>,
}

/// What was posted.
struct Posted {
    path: String,
    body: Vec<u8>,
}

impl Keeper {
    pub(crate) async fn with(document: Vec<u8>) -> Self {
        let speaker = SpeakerKey::generate().unwrap();
        Self::at("127.0.0.1:0".parse().unwrap(), speaker, document).await
    }

    /// Another keeper of the same ring, with the same key.
    pub(crate) async fn beside(&self) -> Self {
        let document = self.shared.published.borrow().document.clone();
        Self::at("127.0.0.1:0".parse().unwrap(), self.copied(), document).await
    }

    pub(crate) async fn at(address: SocketAddr, speaker: SpeakerKey, document: Vec<u8>) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            speaker,
            published: watch::Sender::new(Published {
                document,
                ..Published::default()
            }),
            wrong: Mutex::new(Wrong::Nothing),
            named: Mutex::default(),
            after_the_end: Mutex::default(),
            revoking: Mutex::new(Revoking::Status(404)),
            requests: Mutex::default(),
            sent: Mutex::default(),
        });
        let mut serving = JoinSet::new();
        let answering = Arc::clone(&shared);
        let respond = move |posted: Posted| {
            let answering = Arc::clone(&answering);
            async move {
                match &*posted.path {
                    "/v1/rings/web/ask" => Some(answering.respond(&posted.body).await),
                    "/v1/rings/web/revoke" => answering.revoke(&posted.body).await,
                    other => panic!("{other}"),
                }
            }
        };
        serving.spawn(serve(listener, respond));
        Self {
            address,
            shared,
            serving,
        }
    }

    /// Another replica, whose application has the route of a relay.
    pub(crate) async fn relaying(relay: Relay) -> Self {
        let mut replica = Self::with(Vec::new()).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        replica.address = listener.local_addr().unwrap();
        replica.serving = JoinSet::new();
        let respond = move |posted: Posted| {
            assert_eq!(posted.path, "/v1/rings/web/ask");
            let answer = relay.answer(&posted.body);
            async move { Some(answer) }
        };
        replica.serving.spawn(serve(listener, respond));
        replica
    }

    /// Ends, and returns what is needed to start it again.
    pub(crate) fn end(self) -> (SocketAddr, SpeakerKey, Vec<u8>) {
        let document = self.shared.published.borrow().document.clone();
        (self.address, self.copied(), document)
    }

    fn copied(&self) -> SpeakerKey {
        SpeakerKey::from_bytes(self.shared.speaker.to_text().as_bytes()).unwrap()
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn speaker(&self) -> &SpeakerKey {
        &self.shared.speaker
    }

    pub(crate) fn publish(&self, document: Vec<u8>) {
        let publish = |it: &mut Published| it.document = document;
        self.shared.published.send_modify(publish);
    }

    /// Publishes a list, and the delta that is sent in its place to who holds the one before.
    pub(crate) fn publish_list(&self, list: RevocationList, delta: Option<ListDelta>) {
        self.shared.published.send_modify(|it| {
            it.list = Some(list);
            it.delta = delta;
        });
    }

    pub(crate) fn answer_wrong(&self, wrong: Wrong) {
        *self.shared.wrong.lock().unwrap() = wrong;
        // A question that waits is answered.
        self.shared.published.send_modify(|_| ());
    }

    pub(crate) fn revoke(&self, revoking: Revoking) {
        *self.shared.revoking.lock().unwrap() = revoking;
    }

    /// Returns how lists were sent since the last call.
    pub(crate) fn sent(&self) -> Vec<Sent> {
        std::mem::take(&mut self.shared.sent.lock().unwrap())
    }

    pub(crate) fn requests(&self) -> Vec<RevokeRequest> {
        self.shared.requests.lock().unwrap().clone()
    }

    pub(crate) fn named(&self) -> Vec<Option<u64>> {
        self.shared.named.lock().unwrap().clone()
    }

    pub(crate) fn after_the_end(&self) -> Option<usize> {
        *self.shared.after_the_end.lock().unwrap()
    }

    pub(crate) async fn until_named(&self, epoch: u64) {
        let named = async {
            while !self.named().contains(&Some(epoch)) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(crate::LIMIT, named).await.unwrap();
    }
}

async fn serve<F>(listener: TcpListener, respond: impl Fn(Posted) -> F + Clone + Send + 'static)
where
    F: Future<Output = Option<(u16, Vec<u8>)>> + Send + 'static,
{
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        connections.spawn(answer(stream, respond.clone()));
    }
}

async fn answer<F>(mut stream: TcpStream, respond: impl Fn(Posted) -> F)
where
    F: Future<Output = Option<(u16, Vec<u8>)>>,
{
    let mut request = Vec::new();
    let (head, path, length) = loop {
        if stream.read_buf(&mut request).await.unwrap_or(0) == 0 {
            return;
        }
        let Some(end) = request.windows(4).position(|it| it == b"\r\n\r\n") else {
            continue;
        };
        let head = String::from_utf8(request[..end].to_vec())
            .unwrap()
            .to_lowercase();
        let path = head.strip_prefix("post ").unwrap();
        let (path, _) = path.split_once(" http/1.1\r\n").unwrap();
        let (_, length) = head.split_once("content-length: ").unwrap();
        let length: usize = length.split('\r').next().unwrap().parse().unwrap();
        break (end + 4, path.to_owned(), length);
    };
    while request.len() < head + length {
        if stream.read_buf(&mut request).await.unwrap_or(0) == 0 {
            return;
        }
    }
    let body = request.split_off(head);
    let Some((status, body)) = respond(Posted { path, body }).await else {
        return;
    };
    let head = format!(
        "HTTP/1.1 {status} x\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    _ = stream.write_all(&[head.as_bytes(), &body].concat()).await;
}

impl Shared {
    async fn respond(&self, question: &[u8]) -> (u16, Vec<u8>) {
        let unchecked = UncheckedQuestion::new(question).unwrap();
        let Ok(question) = unchecked.check(self.speaker.delivery_key(), "web") else {
            return (401, Vec::new());
        };
        let held = question.held.as_ref().map(|it| *it.head());
        {
            let mut after = self.after_the_end.lock().unwrap();
            *after = match (*after, question.patience) {
                (_, Patience::Ends) => Some(0),
                (after, Patience::Waits(_)) => after.map(|it| it + 1),
            };
        }
        self.named.lock().unwrap().push(held.map(|it| it.epoch));
        let mut published = self.published.subscribe();
        if let (Patience::Waits(seconds), Wrong::Nothing) = (question.patience, self.wrong()) {
            let is_news =
                |it: &Published| self.wrong() != Wrong::Nothing || held != Some(it.head());
            let limit = Duration::from_secs(seconds.into());
            _ = timeout(limit, published.wait_for(is_news)).await;
        }
        let published = self.published.borrow().clone();
        self.answer(&question, &published)
    }

    /// Returns the status and the body, `None` to end the connection.
    async fn revoke(&self, request: &[u8]) -> Option<(u16, Vec<u8>)> {
        let unchecked = UncheckedRevokeRequest::new(request).unwrap();
        let Ok(request) = unchecked.check(self.speaker.delivery_key(), "web") else {
            return Some((401, Vec::new()));
        };
        let nonce = request.nonce;
        self.requests.lock().unwrap().push(request);
        let revoking = *self.revoking.lock().unwrap();
        let (outcome, nonce) = match revoking {
            Revoking::Says(outcome) => (outcome, nonce),
            Revoking::OtherNonce(outcome) => (outcome, [0; 16]),
            Revoking::Status(status) => return Some((status, Vec::new())),
            Revoking::BreaksOff => return None,
            Revoking::Hangs => std::future::pending().await,
        };
        let answer = outcome.sign(&self.speaker, "web", &nonce);
        Some((200, answer.to_vec()))
    }

    fn answer(&self, question: &Question, published: &Published) -> (u16, Vec<u8>) {
        let wrong = self.wrong();
        let other = SpeakerKey::generate().unwrap();
        let speaker = match wrong {
            Wrong::Status(status) => return (status, Vec::new()),
            Wrong::Garbage => return (200, vec![7; 400]),
            Wrong::OtherKey => &other,
            _ => &self.speaker,
        };
        let nonce = match wrong {
            Wrong::OtherNonce => &[0; 16],
            _ => &question.nonce,
        };
        let head = SignedHead::sign(speaker, "web", published.head());
        let now = Timestamp::now().unwrap();
        let mut answer = sign_answer(speaker, "web", nonce, now, &head).to_vec();
        let sent: &[u8] = match wrong {
            Wrong::OtherDocument => b"something else",
            _ => &published.document,
        };
        let (key, head) = (self.speaker.delivery_key(), head.head());
        let held = question.held.as_ref().map(|it| it.head());
        if held.is_none_or(|it| it.epoch != head.epoch) {
            answer.extend(seal_ring(key, "web", head.epoch, sent).unwrap());
        }
        let list = published.list.as_ref();
        if let Some(list) = list.filter(|it| held.is_none_or(|held| held.seq != it.seq())) {
            let part = match (&published.delta, held) {
                (Some(delta), Some(held)) if held.seq > 0 => {
                    self.sent.lock().unwrap().push(Sent::Delta);
                    seal_delta(key, "web", delta)
                }
                _ => {
                    self.sent.lock().unwrap().push(Sent::Whole);
                    seal_list(key, "web", list.seq(), &list.to_bytes())
                }
            };
            answer.extend(part.unwrap());
        }
        (200, answer)
    }

    fn wrong(&self) -> Wrong {
        *self.wrong.lock().unwrap()
    }
}

impl Published {
    fn head(&self) -> Head {
        let ring = KeyRing::from_json(&self.document).unwrap();
        let list = self.list.as_ref().map(|it| (it.seq(), it.to_bytes()));
        let list = list.as_ref().map(|(seq, bytes)| (*seq, &bytes[..]));
        Head::of(ring.epoch(), &self.document, list)
    }
}
