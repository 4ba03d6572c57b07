//! Rings of one name, and files to deliver them to.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

use sealjar::keeper::RingDraft;
use sealjar::{Context, Key, KeyRing, LiveRing, RingKey, Sealer, Suite, Timestamp, Timing, Token};
use sealjar_source::{Concern, Event, FileSource, Outcome, RingSource, SourceError, Watcher};
use tempfile::TempDir;

pub(crate) const DAY: u32 = 86_400;
pub(crate) const HOUR: Duration = Duration::from_secs(3600);
pub(crate) const LIMIT: Duration = Duration::from_secs(60);

/// The ring `web`, with the same keys in each epoch: one that seals, and a standby.
pub(crate) fn draft(epoch: u64) -> RingDraft {
    static FIRST: OnceLock<RingDraft> = OnceLock::new();
    let first = || {
        let standby = || {
            let key = Key::generate(Suite::Xaes256Gcm).unwrap();
            RingKey::standby(key, DAY, 1, Timestamp::MIN)
        };
        let mut sealing = standby();
        sealing.seals_from = Some(Timestamp::MIN);
        RingDraft {
            issued_at: Timestamp::MIN,
            timing: Timing {
                rotate_every: u32::MAX,
                ..Timing::default()
            },
            keys: vec![sealing, standby()],
            ..RingDraft::named("web", 0).unwrap()
        }
    };
    let mut draft = FIRST.get_or_init(first).clone();
    draft.epoch = epoch;
    draft
}

pub(crate) fn ring(epoch: u64) -> KeyRing {
    draft(epoch).build().unwrap()
}

pub(crate) fn text(epoch: u64) -> String {
    ring(epoch).to_json().to_string()
}

/// The secrets in a document, each without the parts that a damaged copy may lack.
pub(crate) fn secrets(document: &str) -> Vec<&str> {
    let is_secret = |part: &&str| part.starts_with("sealjar-key-1_") || part.len() == 43;
    let secrets: Vec<_> = document
        .split('"')
        .filter(is_secret)
        .map(|secret| &secret[secret.len() - 30..])
        .collect();
    assert_eq!(secrets.len(), 3, "two keys and the pepper");
    secrets
}

pub(crate) fn at(seconds: u32) -> Timestamp {
    Timestamp::from_stored(seconds)
}

pub(crate) fn sealer(ring: impl Into<LiveRing>) -> Sealer {
    Sealer::new(ring, Context::new("shop", "test")).unwrap()
}

/// A token of a key that no ring here holds.
pub(crate) fn strange_token() -> Token {
    let stranger = sealer(Key::generate(Suite::Xaes256Gcm).unwrap());
    stranger.seal(b"", HOUR).unwrap()
}

/// A directory for the ring, inside a directory that the test removes.
pub(crate) struct Place {
    root: TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        let place = Self {
            root: tempfile::tempdir().unwrap(),
        };
        fs::create_dir(place.directory()).unwrap();
        place
    }

    pub(crate) fn directory(&self) -> PathBuf {
        self.beside("ring")
    }

    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.directory().join("ring.json")
    }

    pub(crate) fn source(&self) -> FileSource {
        FileSource::new(self.path())
    }

    pub(crate) fn write(&self, text: &str) {
        private(&self.path(), text);
    }

    /// Removes what is in the ring's place, because writing to it might hang.
    pub(crate) fn clear(&self) {
        _ = fs::remove_dir(self.path()).or_else(|_| fs::remove_file(self.path()));
    }
}

/// Renames a pipe over the ring.
#[cfg(unix)]
pub(crate) fn pipe_over(place: &Place) {
    let pipe = place.directory().join("ring.json.new");
    let mkfifo = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(mkfifo.unwrap().success());
    fs::rename(pipe, place.path()).unwrap();
}

/// Writes a file that only its owner can read.
pub(crate) fn private(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
    }
}

/// A file that is polled, not watched, and read at once, so that the test's own clock decides.
#[derive(Debug)]
pub(crate) struct Polled(pub(crate) FileSource);

impl RingSource for Polled {
    fn place(&self) -> String {
        RingSource::place(&self.0)
    }

    fn concern(&self) -> Option<Concern> {
        self.0.concern()
    }

    async fn current(&mut self) -> Result<KeyRing, SourceError> {
        self.0.fetch()
    }
}

/// Takes turns until a new ring is in use.
pub(crate) async fn replaced(watcher: &mut Watcher<impl RingSource>) -> Event {
    let turns = async {
        loop {
            let event = watcher.turn().await;
            if matches!(event.outcome, Outcome::Replaced { .. }) {
                return event;
            }
        }
    };
    tokio::time::timeout(LIMIT, turns).await.unwrap()
}
