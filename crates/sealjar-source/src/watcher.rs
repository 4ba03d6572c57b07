//! Follows a source while a replica runs.

use std::convert::Infallible;
use std::future::poll_fn;
use std::time::Duration;

use sealjar::{LiveRing, Timestamp};
use tokio::time::{Instant, timeout};

use crate::error::SourceError;
use crate::event::{Event, Outcome};
use crate::follower::Follower;
use crate::readiness::Readiness;
use crate::schedule::Reason;
use crate::source::{Look, RingSource};

/// Follows a source, so that a running replica always uses the newest ring.
///
/// It looks when the source reports a change, when a token names a key that the ring does not hold,
/// and every 10 seconds in any case. If a ring is missing, broken, older or another ring's, the
/// last good ring stays in use. No request ever waits for a look. If a source does not answer
/// within 30 seconds, the look has failed and is repeated.
///
/// It runs on tokio, with timers. [`Follower`] makes its decisions.
///
/// # Examples
/// ```
/// use sealjar_source::{FileSource, Watcher};
/// # use sealjar::{Key, KeyRing, Suite};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("session-ring.json");
/// # let ring = KeyRing::from(Key::generate(Suite::Xaes256Gcm)?);
/// # std::fs::write(&path, &*ring.to_json())?;
/// // An application finds its ring with `FileSource::find("session-ring")?`.
/// let watcher = Watcher::start(FileSource::new(&path)).await?;
/// // The ring goes into the jars, the readiness into the health check.
/// let (ring, readiness) = (watcher.ring().clone(), watcher.readiness());
/// tokio::spawn(watcher.run());
/// assert_eq!(ring.load().keys().len(), 1);
/// assert!(readiness.check().is_ok());
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "a ring is followed only while its watcher runs"]
pub struct Watcher<S> {
    source: S,
    follower: Follower,
    started: Instant,
}

impl<S: RingSource> Watcher<S> {
    /// Fetches the first ring. A replica cannot serve without one, so this does not retry.
    ///
    /// # Errors
    /// [`SourceError`] with the place and the reason.
    pub async fn start(mut source: S) -> Result<Self, SourceError> {
        let Look { ring, list } = look(&mut source).await?;
        // A source that says "the one in use" before there is one has none.
        let ring = ring.ok_or_else(|| SourceError::NotFound {
            places: vec![source.place()],
        })?;
        if let Ok(now) = Timestamp::now() {
            ring.check_epoch(now).map_err(|error| SourceError::Ring {
                place: source.place(),
                error,
            })?;
        }
        let mut follower = Follower::new(source.place(), ring, Duration::ZERO);
        if let Some(list) = list {
            let refuse = |error| SourceError::List {
                place: source.place(),
                error,
            };
            follower.ring().replace_list(list).map_err(refuse)?;
        }
        source.accepted(&follower.ring().load());
        follower.note_concern(source.concern());
        Ok(Self {
            follower,
            source,
            started: Instant::now(),
        })
    }

    /// Sets the poll interval: how often to look if there is no other reason. Default 10 seconds.
    /// Less than 10 milliseconds count as 10.
    pub fn poll_every(mut self, interval: Duration) -> Self {
        self.follower = self.follower.poll_every(interval);
        self
    }

    /// Returns the ring in use. Clones of it get newer rings too.
    #[must_use]
    pub const fn ring(&self) -> &LiveRing {
        self.follower.ring()
    }

    /// Returns a handle that answers health checks.
    #[must_use]
    pub fn readiness(&self) -> Readiness {
        self.follower.readiness()
    }

    /// Waits until a look at the source is due, and looks once.
    ///
    /// Use it in place of [`run`](Self::run) to handle each [`Event`] yourself.
    ///
    /// The future may be dropped at any time: the next call makes up for the look.
    pub async fn turn(&mut self) -> Event {
        let reason = self.reason().await;
        let fetched = look(&mut self.source).await;
        self.follower.note_concern(self.source.concern());
        // A time that cannot be held makes the replica unready, which its health check reports.
        let time = Timestamp::now().ok();
        let elapsed = self.started.elapsed();
        let event = self.follower.take_look(reason, fetched, elapsed, time);
        if !matches!(event.outcome, Outcome::Refused(_)) {
            self.source.accepted(&self.follower.ring().load());
        }
        event
    }

    /// Repeats [`turn`](Self::turn) for ever and [logs](Event::log) the events.
    pub async fn run(mut self) -> Infallible {
        loop {
            self.turn().await.log();
        }
    }

    async fn reason(&mut self) -> Reason {
        let Self {
            source,
            follower,
            started,
        } = self;
        loop {
            let (due, reason) = follower.next_look();
            let wait = due.saturating_sub(started.elapsed());
            tokio::select! {
                biased;
                () = tokio::time::sleep(wait) => return reason,
                () = source.changed(), if follower.awaits_change() => {
                    follower.note_change(started.elapsed());
                }
                id = poll_fn(|context| follower.ring().poll_unknown(context)),
                    if follower.awaits_unknown() =>
                {
                    follower.note_unknown(id, started.elapsed());
                }
            }
        }
    }
}

async fn look(source: &mut impl RingSource) -> Result<Look, SourceError> {
    let answer = timeout(LOOK_LIMIT, source.look()).await;
    answer.unwrap_or_else(|_| {
        Err(SourceError::TimedOut {
            place: source.place(),
            limit: LOOK_LIMIT,
        })
    })
}

/// Far longer than a file or a secret takes, and short enough to report a mount that hangs.
const LOOK_LIMIT: Duration = Duration::from_secs(30);
