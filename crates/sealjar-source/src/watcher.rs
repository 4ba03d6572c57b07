//! How does a running replica learn of a new key?

use std::convert::Infallible;
use std::future::poll_fn;
use std::time::Duration;

use sealjar::{KeyRing, LiveRing, Timestamp};
use tokio::time::{Instant, timeout};

use crate::error::SourceError;
use crate::event::Event;
use crate::follower::Follower;
use crate::readiness::Readiness;
use crate::schedule::Reason;
use crate::source::RingSource;

/// Follows a source, so that a running replica always uses the newest ring.
///
/// It looks when the source says that it may have changed, when a token names a key that the ring
/// does not hold, and every 10 seconds in any case. What is missing, broken, older or of another
/// ring leaves the last good ring in use. No request ever waits for it. A source that does not
/// answer within 30 seconds has failed, and is looked at again.
///
/// It runs on tokio, with its timers. [`Follower`] decides all that is decided here.
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
    /// Fetches the first ring. Without one there is no service, so this does not try again.
    ///
    /// # Errors
    /// [`SourceError`] with the place and the reason.
    pub async fn start(mut source: S) -> Result<Self, SourceError> {
        let ring = look(&mut source).await?;
        if let Ok(now) = Timestamp::now() {
            ring.check_epoch(now).map_err(|error| SourceError::Ring {
                place: source.place(),
                error,
            })?;
        }
        let mut follower = Follower::new(source.place(), ring, Duration::ZERO);
        follower.note_concern(source.concern());
        Ok(Self {
            follower,
            source,
            started: Instant::now(),
        })
    }

    /// Sets how often the source is looked at without any other reason, instead of 10 seconds. Less
    /// than 10 milliseconds count as 10.
    pub fn poll_every(mut self, interval: Duration) -> Self {
        self.follower = self.follower.poll_every(interval);
        self
    }

    /// Returns the ring in use. Clones of it follow the source too.
    #[must_use]
    pub const fn ring(&self) -> &LiveRing {
        self.follower.ring()
    }

    /// Returns a handle that answers health checks.
    #[must_use]
    pub fn readiness(&self) -> Readiness {
        self.follower.readiness()
    }

    /// Waits for the next reason to look at the source, and looks once.
    ///
    /// Use it in place of [`run`](Self::run) to do something of your own with each [`Event`].
    ///
    /// The future may be dropped at any time: the look is made up for by the next turn.
    pub async fn turn(&mut self) -> Event {
        let reason = self.reason().await;
        let fetched = look(&mut self.source).await;
        self.follower.note_concern(self.source.concern());
        // A time that cannot be held makes the replica unready, which whoever asks is told.
        let time = Timestamp::now().ok();
        self.follower
            .take(reason, fetched, self.started.elapsed(), time)
    }

    /// Takes turns for ever and [logs](Event::log) what comes of them.
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

async fn look(source: &mut impl RingSource) -> Result<KeyRing, SourceError> {
    let answer = timeout(LOOK_LIMIT, source.current()).await;
    answer.unwrap_or_else(|_| {
        Err(SourceError::TimedOut {
            place: source.place(),
            limit: LOOK_LIMIT,
        })
    })
}

/// Far longer than a file or a secret takes, and short enough to be told of a mount that hangs.
const LOOK_LIMIT: Duration = Duration::from_secs(30);
