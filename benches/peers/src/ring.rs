//! Our ring, and a keeper on a thread of its own that rotates it while the replicas run.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use sealjar::{KeyId, Timestamp};
use sealjar_axum::FileSource;
use sealjar_keeper::policy::PolicySettings;
use sealjar_keeper::store::FileStore;
use sealjar_keeper::{HumanDuration, Keeper};

/// A ring document that replicas follow.
pub(crate) struct Ring {
    source: FileSource,
    sealing: Option<KeyId>,
    /// The keeper runs as long as this exists.
    wanted: Arc<()>,
}

impl Ring {
    /// Creates a ring without a keeper.
    pub(crate) fn begin(document: PathBuf) -> io::Result<Self> {
        let keeper = keeper(&document, PolicySettings::default());
        runtime()?
            .block_on(keeper.init("race"))
            .map_err(io::Error::other)?;
        Self::at(document)
    }

    /// Creates a ring that rotates every 3 seconds.
    pub(crate) fn rotating(document: PathBuf) -> io::Result<Self> {
        let seconds = |seconds| Some(HumanDuration::from_secs(seconds));
        let settings = PolicySettings {
            rotate_every: seconds(DISTRIBUTION + 2 * SKEW),
            distribution: seconds(DISTRIBUTION),
            skew: seconds(SKEW),
            token_lifetime: seconds(LIFETIME),
            ..PolicySettings::default()
        };
        let keeper = keeper(&document, settings);
        let runtime = runtime()?;
        runtime
            .block_on(keeper.init("race"))
            .map_err(io::Error::other)?;
        let ring = Self::at(document)?;
        let wanted = Arc::downgrade(&ring.wanted);
        std::thread::spawn(move || runtime.block_on(keep(&keeper, &wanted)));
        Ok(ring)
    }

    /// Waits until another key seals.
    pub(crate) fn rotated(&mut self) -> io::Result<()> {
        let patience = Instant::now() + PATIENCE;
        loop {
            let sealing = sealing(&self.source)?;
            if sealing != self.sealing {
                self.sealing = sealing;
                return Ok(());
            }
            if Instant::now() > patience {
                return Err(io::Error::other("the keeper does not rotate"));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn at(document: PathBuf) -> io::Result<Self> {
        let source = FileSource::new(document);
        Ok(Self {
            sealing: sealing(&source)?,
            source,
            wanted: Arc::new(()),
        })
    }
}

/// Takes turns until this is dropped. The daemon would do the same, and also catch this process's
/// signals.
async fn keep(keeper: &Keeper<FileStore>, wanted: &Weak<()>) {
    while wanted.strong_count() > 0 {
        if let Err(error) = keeper.turn().await {
            eprintln!("warning: the keeper: {error}");
        }
        tokio::time::sleep(TURN).await;
    }
}

fn keeper(document: &Path, settings: PolicySettings) -> Keeper<FileStore> {
    Keeper::new(FileStore::new(document), settings)
}

fn sealing(source: &FileSource) -> io::Result<Option<KeyId>> {
    let ring = source.fetch().map_err(io::Error::other)?;
    let now = Timestamp::now().map_err(io::Error::other)?;
    Ok(ring.sealing_key(now).map(|key| key.id()))
}

fn runtime() -> io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
}

/// How far apart any two clocks may be, in seconds.
const SKEW: u32 = 1;
/// Within what time every replica has read a new ring, in seconds.
const DISTRIBUTION: u32 = 1;
/// How long a session lives without use, in seconds: what 64 keys allow.
const LIFETIME: u32 = 170;
/// Ten turns in the shortest step of a rotation.
const TURN: Duration = Duration::from_millis(100);
const PATIENCE: Duration = Duration::from_secs(15);
