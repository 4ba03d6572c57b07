//! How does a keeper go on by itself, and how does an operator see that it does?

mod backoff;
mod endpoints;
mod health;
mod serve;

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use sealjar::Timestamp;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::sleep;

use crate::daemon::backoff::Backoff;
pub use crate::daemon::health::HINT;
use crate::daemon::health::Health;
use crate::daemon::serve::{Task, serve};
use crate::error::KeeperError;
use crate::keeper::{Keeper, Turn};
use crate::plan::{Wait, WaitReason};
use crate::store::RingStore;

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
}

impl<S: RingStore> Daemon<S> {
    /// Makes a daemon that shows its health nowhere.
    pub const fn new(keeper: Keeper<S>) -> Self {
        Self {
            keeper,
            listen: None,
        }
    }

    /// Serves `/healthz`, `/livez` and `/metrics` (Prometheus text, no secrets) over HTTP at an
    /// address, best one of loopback.
    #[must_use]
    pub const fn listen(mut self, address: SocketAddr) -> Self {
        self.listen = Some(address);
        self
    }

    /// Runs until SIGTERM or SIGINT.
    ///
    /// # Errors
    /// [`DaemonError::Listen`] and [`DaemonError::Signals`] before anything is done.
    /// [`DaemonError::FirstTurn`] when the first turn fails, so that its caller can say why.
    /// Later failures are logged, counted and tried again, and so is from the first turn on a
    /// service that does not get the ring.
    pub async fn run(self) -> Result<(), DaemonError> {
        let mut signals = Signals::new().map_err(DaemonError::Signals)?;
        let health = Arc::new(Health::default());
        let _server = match self.listen {
            Some(address) => Some(begin_serving(address, &health).await?),
            None => None,
        };
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
    /// The process cannot be told of signals.
    Signals(io::Error),
}

impl DaemonError {
    /// Returns what to do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::FirstTurn(error) => error.hint(),
            Self::Listen { .. } => "choose another address with --listen",
            Self::Signals(_) => "see the limits of this process",
        }
    }
}

impl fmt::Display for DaemonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FirstTurn(error) => error.fmt(f),
            Self::Listen { address, error } => write!(f, "cannot listen on {address}: {error}"),
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

fn ended(signal: &str) -> Result<(), DaemonError> {
    tracing::info!(target: "sealjar", "ended by {signal}");
    Ok(())
}

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
