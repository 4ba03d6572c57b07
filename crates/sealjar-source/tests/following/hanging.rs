//! Is a place that never answers noticed, and does the replica survive and end?

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use sealjar::{KeyRing, Timestamp};
use sealjar_source::{Follower, Outcome, Readiness, Reason, RingSource, SourceError, Watcher};
use tokio::time::{sleep, timeout};

use crate::support::{HOUR, ring, sealer};

/// A source that answers only while the test lets it.
#[derive(Clone, Debug, Default)]
struct Moody {
    hangs: Arc<AtomicBool>,
    asked: Arc<AtomicUsize>,
}

impl Moody {
    fn hang(&self, hangs: bool) {
        self.hangs.store(hangs, Ordering::Relaxed);
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

impl RingSource for Moody {
    fn place(&self) -> String {
        "the mount".into()
    }

    async fn current(&mut self) -> Result<KeyRing, SourceError> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        if self.hangs.load(Ordering::Relaxed) {
            pending().await
        }
        Ok(ring(5))
    }
}

async fn is_seen(readiness: &Readiness) -> bool {
    let seen = async {
        while readiness.failure().is_none() {
            sleep(Duration::from_secs(1)).await;
        }
    };
    timeout(HOUR, seen).await.is_ok()
}

#[tokio::test(start_paused = true)]
async fn a_source_that_never_answers_is_seen_while_opening_goes_on_and_heals() {
    let source = Moody::default();
    let watcher = Watcher::start(source.clone()).await.unwrap();
    let readiness = watcher.readiness();
    let ours = sealer(watcher.ring());
    let token = ours.seal(b"ours", HOUR).unwrap();
    source.hang(true);
    let running = tokio::spawn(watcher.run());

    while source.asked() < 2 {
        sleep(Duration::from_secs(1)).await;
    }
    assert!(readiness.failure().is_none(), "it is still being asked");
    ours.open_token(&token).unwrap();

    assert!(is_seen(&readiness).await);
    ours.open_token(&token).unwrap();
    assert_eq!(readiness.check(), Ok(()));
    let error = readiness.failure().unwrap().error;
    assert!(matches!(*error, SourceError::TimedOut { .. }), "{error}");
    assert_eq!(error.to_string(), "the mount: no answer within 30 seconds");
    assert!(error.hint().contains("network"), "{error:?}");

    source.hang(false);
    sleep(HOUR).await;
    assert!(readiness.failure().is_none());
    running.abort();
}

/// The negative control.
#[tokio::test(start_paused = true)]
async fn without_a_limit_it_is_never_seen() {
    let mut source = Moody::default();
    let mut follower = Follower::new("the mount", ring(5), Duration::ZERO);
    let readiness = follower.readiness();
    source.hang(true);
    let running = tokio::spawn(async move {
        let fetched = source.current().await;
        follower.take(Reason::Poll, fetched, Duration::ZERO, Timestamp::MIN);
    });
    assert!(!is_seen(&readiness).await);
    running.abort();
}

#[tokio::test(start_paused = true)]
async fn nothing_starts_on_a_source_that_never_answers() {
    let source = Moody::default();
    source.hang(true);
    let started = timeout(HOUR, Watcher::start(source)).await.unwrap();
    let error = started.unwrap_err();
    assert!(matches!(error, SourceError::TimedOut { .. }), "{error}");
}

#[cfg(unix)]
#[tokio::test]
async fn a_pipe_in_place_of_the_ring_is_refused_at_start_and_while_running_and_left_behind() {
    use crate::support::{LIMIT, Place, pipe_over, text};

    let place = Place::new();
    pipe_over(&place);
    let started = timeout(LIMIT, Watcher::start(place.source())).await;
    let error = started.unwrap().unwrap_err();
    assert!(matches!(error, SourceError::NotAFile { .. }), "{error}");

    place.clear();
    place.write(&text(5));
    let mut watcher = Watcher::start(place.source()).await.unwrap();
    pipe_over(&place);
    let event = timeout(LIMIT, watcher.turn()).await.unwrap();
    let Outcome::Refused(error) = event.outcome else {
        panic!("{event:?}");
    };
    assert!(error.to_string().contains("ring.json: "), "{error}");
    assert!(matches!(*error, SourceError::NotAFile { .. }), "{error}");

    place.clear();
    place.write(&text(6));
    crate::support::replaced(&mut watcher).await;
    assert!(watcher.readiness().failure().is_none());
}
