//! A keeper over real files in a directory of its own, with a clock that a test moves.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use sealjar::{KeyId, KeyRing, Phase, Timestamp};
use tempfile::TempDir;

use crate::plan::{Change, Situation};
use crate::policy::PolicySettings;
use crate::store::FileStore;
use crate::{HumanDuration, Keeper, KeeperError, Refused};

/// Rotates every 1000 s, distribution 60 s, skew 10 s, tokens live 500 s.
pub(crate) struct Fixture {
    pub(crate) directory: TempDir,
    now: Arc<AtomicU32>,
    pub(crate) keeper: Keeper<FileStore>,
}

impl Fixture {
    pub(crate) fn empty() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let now = Arc::new(AtomicU32::new(1_000_000));
        let keeper = keeper(&directory.path().join("ring.json"), &now);
        Self {
            directory,
            now,
            keeper,
        }
    }

    pub(crate) async fn begun() -> Self {
        let fixture = Self::empty();
        fixture.keeper.init("web").await.unwrap();
        fixture
    }

    /// One that has just rotated: the old key seals for a skew yet.
    pub(crate) async fn rotated() -> Self {
        let fixture = Self::begun().await;
        fixture.pass(1000);
        assert!(!fixture.keeper.turn().await.unwrap().steps.is_empty());
        fixture
    }

    /// Another keeper of the same store, with the same clock.
    pub(crate) fn another_keeper(&self) -> Keeper<FileStore> {
        keeper(&self.document(), &self.now)
    }

    pub(crate) async fn revoke_session(&self, session: u8) -> Change {
        let decide = move |it: &Situation<'_>| it.revoke_session([session; 8]);
        self.keeper.change(&decide).await.unwrap()
    }

    pub(crate) async fn revoke_key(&self, key: KeyId) -> Result<Change, KeeperError> {
        let decide = move |it: &Situation<'_>| it.revoke_keys(&[key]);
        self.keeper.change(&decide).await
    }

    pub(crate) fn pass(&self, seconds: u32) {
        self.now.fetch_add(seconds, Ordering::Relaxed);
    }

    pub(crate) fn pass_back(&self, seconds: u32) {
        self.now.fetch_sub(seconds, Ordering::Relaxed);
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_stored(self.now.load(Ordering::Relaxed))
    }

    pub(crate) fn document(&self) -> PathBuf {
        self.directory.path().join("ring.json")
    }

    pub(crate) fn store_file(&self, name: &str) -> PathBuf {
        self.directory.path().join("ring.json.keeper").join(name)
    }

    pub(crate) fn delivered(&self) -> KeyRing {
        read(&self.document())
    }

    pub(crate) fn head(&self) -> KeyRing {
        read(&self.store_file("head.json"))
    }

    pub(crate) fn phases(&self) -> Vec<Phase> {
        let ring = self.delivered();
        let keys = ring.keys().iter();
        keys.filter_map(|key| ring.phase(key.id(), self.now()))
            .collect()
    }

    pub(crate) fn kept_epochs(&self) -> Vec<u64> {
        let files = files_in(&self.store_file("kept"));
        let mut epochs: Vec<u64> = files.iter().map(|path| read(path).epoch()).collect();
        epochs.sort_unstable();
        epochs
    }

    /// Every file in the directory, however deep.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        files_in(self.directory.path())
    }

    pub(crate) fn left_beside(&self) -> Vec<PathBuf> {
        let mut files = self.files();
        files.retain(|path| path.extension().is_some_and(|it| it == "tmp"));
        files
    }
}

pub(crate) fn keeper(document: &Path, now: &Arc<AtomicU32>) -> Keeper<FileStore> {
    let seconds = |seconds| Some(HumanDuration::from_secs(seconds));
    let settings = PolicySettings {
        rotate_every: seconds(1000),
        distribution: seconds(60),
        skew: seconds(10),
        token_lifetime: seconds(500),
        revocation_horizon: None,
        suite: None,
    };
    let now = Arc::clone(now);
    Keeper::new(FileStore::new(document), settings)
        .clock(move || Ok(Timestamp::from_stored(now.load(Ordering::Relaxed))))
}

/// Reads a ring, or says which file holds none.
pub(crate) fn read(path: &Path) -> KeyRing {
    let text = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    KeyRing::from_json(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The text of a key's secret, as a document has it.
pub(crate) fn secret_of(ring: &KeyRing, key: KeyId) -> String {
    let text = ring.to_json();
    let from_id = &text[text.find(&key.to_string()).unwrap()..];
    let secret = &from_id[from_id.find("sealjar-key-1_").unwrap()..];
    secret[..secret.find('"').unwrap()].to_owned()
}

pub(crate) fn refused(error: KeeperError) -> Refused {
    match error {
        KeeperError::Refused(refused) => refused,
        other => panic!("{other:?}"),
    }
}

fn files_in(directory: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(directory) else {
        return Vec::new();
    };
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .flat_map(|path| {
            if path.is_dir() {
                files_in(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}
