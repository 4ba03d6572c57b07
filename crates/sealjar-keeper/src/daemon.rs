//! How does a keeper run by itself, and how does an operator see that it does?

mod asking;
mod backoff;
mod deltas;
mod endpoints;
mod gate;
mod health;
mod limits;
mod revoking;
mod serve;
mod speaking;

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use sealjar::{KeyId, Timestamp};
use sealjar_follow::SpeakerKey;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::sleep;

use crate::daemon::asking::Asking;
use crate::daemon::backoff::Backoff;
pub use crate::daemon::endpoints::FORGET;
use crate::daemon::gate::Bounds;
pub use crate::daemon::health::HINT;
use crate::daemon::health::Health;
use crate::daemon::revoking::{Pace, Revoking};
use crate::daemon::serve::{Task, serve};
use crate::daemon::speaking::Speaking;
use crate::error::KeeperError;
use crate::followed::Followed;
use crate::keeper::{Keeper, Turn};
use crate::plan::{Wait, WaitReason};
use crate::store::{RingStore, Stored};

/// Takes a turn whenever something is due, until the process is asked to stop.
///
/// SIGTERM and SIGINT end it, between two steps of a turn if need be; SIGHUP wakes it. Several may
/// run over one store.
///
/// # Examples
/// ```no_run
/// use sealjar_keeper::policy::PolicySettings;
/// use sealjar_keeper::store::FileStore;
/// use sealjar_keeper::{Daemon, Keeper};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let store = FileStore::new("/srv/ring/session-ring.json");
/// let keeper = Keeper::new(store, PolicySettings::default());
/// Daemon::new(keeper)
///     .listen("127.0.0.1:9464".parse()?)
///     .run()
///     .await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Daemon<S> {
    keeper: Keeper<S>,
    listen: Option<SocketAddr>,
    following: Option<Following>,
}

/// How replicas that follow the ring are answered.
#[derive(Debug)]
struct Following {
    address: SocketAddr,
    speakers: Vec<SpeakerKey>,
    lease: Duration,
}

impl<S: RingStore> Daemon<S> {
    /// Makes a daemon that shows its health nowhere.
    pub const fn new(keeper: Keeper<S>) -> Self {
        Self {
            keeper,
            listen: None,
            following: None,
        }
    }

    /// Serves `/healthz`, `/livez` and `/metrics` (Prometheus text, no secrets) over HTTP at an
    /// address, best one of loopback.
    #[must_use]
    pub const fn listen(mut self, address: SocketAddr) -> Self {
        self.listen = Some(address);
        self
    }

    /// Answers replicas that follow the ring, over HTTP at this address, under one key or two. Then
    /// a rotation also waits for them.
    ///
    /// Give all keepers of a ring the same keys, and each replica the addresses of all keepers. Two
    /// keys are for the time in which replicas get another one.
    #[must_use]
    pub fn serve(mut self, address: SocketAddr, speakers: Vec<SpeakerKey>) -> Self {
        self.following = Some(Following {
            address,
            speakers,
            lease: LEASE,
        });
        self
    }

    /// Sets how long a replica counts after it was heard of. Default 10 minutes. Less than 100
    /// seconds, four times as long as a question may wait, count as 100.
    #[must_use]
    pub fn lease(mut self, lease: Duration) -> Self {
        if let Some(following) = &mut self.following {
            following.lease = lease.max(SHORTEST_LEASE);
        }
        self
    }

    /// Runs until SIGTERM or SIGINT.
    ///
    /// # Errors
    /// [`DaemonError::Listen`], [`DaemonError::SharedKey`] and [`DaemonError::Signals`] before
    /// anything is done.
    /// [`DaemonError::FirstTurn`] when the first turn fails, so that its caller can say why.
    /// Later failures are logged, counted and tried again, and so is from the first turn on a
    /// service that does not get the ring.
    pub async fn run(mut self) -> Result<(), DaemonError> {
        let signals = Signals::new().map_err(DaemonError::Signals)?;
        let now = Timestamp::now();
        let now = now.map_err(|error| DaemonError::FirstTurn(error.into()))?;
        let following = self.following.take();
        let followed = following.as_ref().map(|it| Followed::new(it.lease, now));
        let health = Arc::new(Health::of(followed.clone()));
        let _pages = match self.listen {
            Some(address) => Some(begin_serving(address, &health).await?),
            None => None,
        };
        let (Some(following), Some(followed)) = (following, followed) else {
            return self.take_turns(signals, &health).await;
        };
        let Following {
            address, speakers, ..
        } = following;
        let pace = Pace::default();
        let speaking = Arc::new(Speaking::new(speakers));
        if let Ok(Stored::Head(head)) = self.keeper.store().load().await
            && let Some(key) = speaking.shared_key(self.keeper.store(), &head)
        {
            return Err(DaemonError::SharedKey(key));
        }
        self.keeper.set_followed(followed.clone());
        let (revoking, queue) = Revoking::new(pace);
        let asking = Asking::new(Arc::clone(&speaking), followed, revoking);
        let _answers = begin_answering(address, asking).await?;
        tokio::select! {
            ended = self.take_turns(signals, &health) => ended,
            never = speaking.run(self.keeper.store()) => match never {},
            never = revoking::run(queue, &self.keeper, &speaking, pace.group) => match never {},
        }
    }

    async fn take_turns(&self, mut signals: Signals, health: &Health) -> Result<(), DaemonError> {
        let mut backoff = Backoff::default();
        let mut first = true;
        let mut waits_for = None;
        loop {
            // A turn may end anywhere: one that waits for its store, or for another keeper's lock,
            // lets signals and health checks through.
            let outcome = tokio::select! {
                outcome = self.keeper.turn() => outcome,
                _ = signals.terminate.recv() => return ended("SIGTERM"),
                _ = signals.interrupt.recv() => return ended("SIGINT"),
            };
            let now = Timestamp::now().ok();
            let pause = backoff.after(&outcome, now, fastrand::f32());
            match outcome {
                Err(error) if first && !error.may_pass() => {
                    return Err(DaemonError::FirstTurn(error));
                }
                outcome => {
                    log(&outcome, &mut waits_for);
                    health.note(outcome, now);
                }
            }
            first = false;
            tokio::select! {
                () = sleep(pause) => {}
                _ = signals.hangup.recv() => {
                    tracing::info!(target: "sealjar", "woken by SIGHUP");
                }
                _ = signals.terminate.recv() => return ended("SIGTERM"),
                _ = signals.interrupt.recv() => return ended("SIGINT"),
            }
        }
    }
}

/// Why a daemon did not run.
#[non_exhaustive]
pub enum DaemonError {
    /// The first turn failed.
    FirstTurn(KeeperError),
    /// The address cannot be listened on.
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the operating system says.
        error: io::Error,
    },
    /// The key to answer replicas under has the same secret as a key of the ring or of its store.
    SharedKey(KeyId),
    /// The process cannot be told of signals.
    Signals(io::Error),
}

impl DaemonError {
    /// Returns what to do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::FirstTurn(error) => error.hint(),
            Self::Listen { .. } => "choose another address with --listen or --serve",
            Self::SharedKey(_) => {
                "make a pair of keys for nothing else, `sealjar new-delivery-key`"
            }
            Self::Signals(_) => "see the limits of this process",
        }
    }
}

impl fmt::Display for DaemonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FirstTurn(error) => error.fmt(f),
            Self::Listen { address, error } => write!(f, "cannot listen on {address}: {error}"),
            Self::SharedKey(key) => write!(
                f,
                "the key for replicas has the same secret as the key {key} of the ring or of its store"
            ),
            Self::Signals(error) => write!(f, "cannot wait for signals: {error}"),
        }
    }
}

sealjar::__debug_as_report!(DaemonError, hint);

/// The message has the cause, so that it is printed once.
impl std::error::Error for DaemonError {}

/// The signals that a daemon answers to.
struct Signals {
    hangup: Signal,
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self {
            hangup: signal(SignalKind::hangup())?,
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }
}

async fn begin_serving(address: SocketAddr, health: &Arc<Health>) -> Result<Task, DaemonError> {
    let failed = |error| DaemonError::Listen { address, error };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    if !bound.ip().is_loopback() {
        tracing::warn!(
            target: "sealjar",
            %bound,
            "health and metrics are served beyond this machine"
        );
    }
    tracing::info!(target: "sealjar", "health at http://{bound}/healthz, metrics at /metrics");
    let pages = endpoints::router(Arc::clone(health));
    Ok(Task::spawn(serve(listener, pages)))
}

async fn begin_answering(address: SocketAddr, asking: Asking) -> Result<Task, DaemonError> {
    let failed = |error| DaemonError::Listen { address, error };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    tracing::info!(target: "sealjar", "replicas are answered at http://{bound}");
    let bounds = Bounds::of_this_process();
    let questions = asking::router(asking);
    Ok(Task::spawn(gate::serve(listener, questions, bounds)))
}

fn ended(signal: &str) -> Result<(), DaemonError> {
    tracing::info!(target: "sealjar", "ended by {signal}");
    Ok(())
}

/// How long a replica counts after it was heard of.
const LEASE: Duration = Duration::from_secs(600);
const SHORTEST_LEASE: Duration = Duration::from_secs(100);

/// Says what was done, and what is waited for when that is something else than before.
fn log(outcome: &Result<Turn, KeeperError>, waits_for: &mut Option<Wait>) {
    match outcome {
        Ok(turn) => {
            let epoch = turn.ring.epoch();
            for step in &turn.steps {
                tracing::info!(target: "sealjar", epoch, "{step}");
            }
            if turn.mended {
                tracing::warn!(target: "sealjar", epoch, "what replicas look at is put right");
            } else if turn.published {
                tracing::info!(target: "sealjar", epoch, "published");
            }
            if waits_for.as_ref() != Some(&turn.wait) {
                let ring = turn.ring.name();
                match (turn.wait.until, &turn.wait.reason) {
                    (Some(until), _) => {
                        tracing::info!(target: "sealjar", ring, epoch, "next action at {until}");
                    }
                    (None, WaitReason::Publication(what)) => {
                        tracing::info!(target: "sealjar", ring, epoch, "{what}");
                    }
                    (None, _) => {
                        tracing::info!(target: "sealjar", ring, epoch, "waiting for replicas")
                    }
                }
                *waits_for = Some(turn.wait.clone());
            }
        }
        Err(error) if error.is_lost_race() => {
            tracing::info!(target: "sealjar", "another keeper was faster, looking again");
        }
        Err(error) => {
            tracing::error!(target: "sealjar", kind = error.kind(), "{error}; hint: {}", error.hint());
        }
    }
}

#[cfg(test)]
mod tests;
