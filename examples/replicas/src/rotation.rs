//! Rotates the keys: a keeper, in a process of its own that may be killed like any other.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use sealjar::{Key, KeyRing, RingKey, Suite, Timestamp};
use sealjar_axum::{FileSource, SourceError};
use sealjar_keeper::Daemon;
use sealjar_keeper::policy::PolicySettings;
use sealjar_keeper::store::FileStore;
use sealjar_keeper::{HumanDuration, Keeper, KeeperError, Refused};

use crate::cli::KeeperPlan;
use crate::error::Failed;
use crate::process::{self, Process};

/// The ring and its keeper.
#[derive(Debug)]
pub(crate) struct Rotation {
    source: FileSource,
    /// Executes orders from the page. The process below does the rest.
    by_hand: Keeper<FileStore>,
    keeper: Option<Process>,
    rotate_every: u32,
    ring: KeyRing,
    rotations: u32,
}

impl Rotation {
    /// Creates the ring. No keeper rotates it yet.
    pub(crate) async fn begin(document: PathBuf) -> Result<Self, Failed> {
        let by_hand = keeper(&document, SHORTEST_PERIOD);
        let first = by_hand.init("replicas").await;
        let first = first.map_err(|error| failed(&error))?;
        Ok(Self {
            source: FileSource::new(document),
            by_hand,
            keeper: None,
            rotate_every: SHORTEST_PERIOD,
            ring: first.ring,
            rotations: 0,
        })
    }

    /// Starts the keeper.
    pub(crate) fn start_keeper(&mut self) -> Result<(), Failed> {
        let mut command = process::again()?;
        command.arg("keeper").arg("--ring").arg(self.source.path());
        command.args(["--rotate-every", &self.rotate_every.to_string()]);
        self.keeper = Some(Process::start(command, "the keeper")?);
        Ok(())
    }

    /// Kills the keeper, whatever it is doing, and starts another. `false` if there is none.
    pub(crate) async fn kill_keeper(&mut self) -> Result<bool, Failed> {
        let Some(keeper) = self.keeper.take() else {
            return Ok(false);
        };
        keeper.kill().await;
        self.start_keeper().map(|()| true)
    }

    /// Replaces the keeper by one that only ends and drops keys, and leaves rotations to the page.
    pub(crate) async fn leave_rotations_to_the_page(&mut self) -> Result<(), Failed> {
        self.stop().await;
        self.rotate_every = PERIOD_OF_THE_PAGE;
        self.by_hand = keeper(self.source.path(), self.rotate_every);
        self.start_keeper()
    }

    /// Ends the keeper and waits until it is gone.
    pub(crate) async fn stop(&mut self) {
        if let Some(keeper) = self.keeper.take() {
            keeper.end().await;
        }
    }

    /// Reads what the replicas read, and counts the rotations.
    pub(crate) fn look(&mut self) -> Result<&KeyRing, Failed> {
        let ring = self
            .source
            .fetch()
            .map_err(|error: SourceError| Failed::new(error.to_string(), error.hint()))?;
        self.rotations += u32::from(newest(&ring) > newest(&self.ring));
        self.ring = ring;
        Ok(&self.ring)
    }

    pub(crate) fn document(&self) -> &Path {
        self.source.path()
    }

    pub(crate) const fn rotations(&self) -> u32 {
        self.rotations
    }

    /// Rotates now, due or not. `Ok(false)` if it is too early; then nothing was done.
    pub(crate) async fn rotate(&self) -> Result<bool, Failed> {
        let rotated = self
            .by_hand
            .change(&|situation| situation.rotate(false))
            .await;
        match rotated {
            Ok(_) => Ok(true),
            Err(KeeperError::Refused(Refused::NotHeld(_))) => Ok(false),
            // The keeper has just rotated by itself.
            Err(error) if error.is_lost_race() => Ok(false),
            Err(error) => Err(failed(&error)),
        }
    }

    /// Returns the seconds until [`rotate`](Self::rotate) will have an effect, `None` while that is
    /// unknown.
    pub(crate) async fn rotates_in(&self) -> Result<Option<u32>, Failed> {
        let now = Timestamp::now().map_err(Failed::when("the clock", "set the system's clock"))?;
        let preview = self
            .by_hand
            .preview(&|situation| situation.rotate(false))
            .await;
        match preview {
            Ok(_) => Ok(Some(0)),
            Err(KeeperError::Refused(Refused::NotHeld(wait))) => {
                Ok(wait.until.map(|until| until.seconds_since(now).max(1)))
            }
            Err(error) => Err(failed(&error)),
        }
    }

    /// Once a period has passed, rotates in one step, which is wrong: the new key seals at once,
    /// and replicas that read the ring later do not know it.
    pub(crate) fn rotate_in_one_phase(&mut self) -> Result<(), Failed> {
        let now = Timestamp::now().map_err(Failed::when("the clock", "set the system's clock"))?;
        if now < self.ring.issued_at().saturating_add(SHORTEST_PERIOD) {
            return Ok(());
        }
        let mut next = self.ring.draft();
        next.epoch += 1;
        next.issued_at = now;
        let key = Key::generate(Suite::Xaes256Gcm).map_err(Failed::when("a key", MISTAKE))?;
        let mut key = RingKey::standby(key, LIFETIME, next.epoch, now);
        key.seals_from = Some(now.saturating_sub(SKEW));
        next.keys.push(key);
        let ring = next.build().map_err(Failed::when("the ring", MISTAKE))?;
        let beside = self.document().with_extension("new");
        std::fs::write(&beside, ring.to_json().as_bytes())
            .and_then(|()| std::fs::set_permissions(&beside, Permissions::from_mode(0o600)))
            .and_then(|()| std::fs::rename(&beside, self.document()))
            .map_err(Failed::when("the ring cannot be written", "set TMPDIR"))?;
        self.look().map(|_| ())
    }
}

/// Runs the keeper until standard input ends.
pub(crate) fn run(plan: &KeeperPlan) -> Result<ExitCode, Failed> {
    process::end_with_parent();
    process::log();
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Failed::when("the runtime does not start", MISTAKE))?
        .block_on(Daemon::new(keeper(&plan.ring, plan.rotate_every)).run())
        .map_err(|error| Failed::new(error.to_string(), error.hint()))?;
    Ok(ExitCode::SUCCESS)
}

fn keeper(document: &Path, rotate_every: u32) -> Keeper<FileStore> {
    let seconds = |seconds| Some(HumanDuration::from_secs(seconds));
    let settings = PolicySettings {
        rotate_every: seconds(rotate_every),
        distribution: seconds(DISTRIBUTION),
        skew: seconds(SKEW),
        token_lifetime: seconds(LIFETIME),
        ..PolicySettings::default()
    };
    Keeper::new(FileStore::new(document), settings)
}

fn newest(ring: &KeyRing) -> Option<Timestamp> {
    ring.keys().iter().filter_map(|key| key.seals_from).max()
}

fn failed(error: &KeeperError) -> Failed {
    Failed::new(error.to_string(), error.hint())
}

/// How far apart any two clocks may be, in seconds.
const SKEW: u32 = 1;
/// Within what time every replica has read a new ring, in seconds. They look five times as often.
const DISTRIBUTION: u32 = 1;
/// The shortest period that skew and distribution allow, in seconds.
const SHORTEST_PERIOD: u32 = DISTRIBUTION + 2 * SKEW;
/// Longer than anyone watches, in seconds: once the page is open, keys change only when its visitor
/// asks.
const PERIOD_OF_THE_PAGE: u32 = 24 * 60 * 60;
/// How long a session lives without use, in seconds: what 64 keys allow.
const LIFETIME: u32 = 170;
const MISTAKE: &str = "this is a mistake in the demonstration, please report it";
