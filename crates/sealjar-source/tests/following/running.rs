//! Does the watcher disturb neither the requests nor itself?

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use sealjar::{KeyRing, OpenError};
use sealjar_source::{FileSource, Follower, Reason, RingSource, SourceError, Watcher};
use tokio::time::{Instant, sleep, timeout};

use crate::support::{HOUR, Place, Polled, ring, sealer, secrets, strange_token, text};

/// A source that takes its time, and counts how many callers wait for it.
struct Slow {
    takes: Duration,
    waiting: Arc<AtomicUsize>,
    most_waiting: Arc<AtomicUsize>,
    began: Arc<std::sync::Mutex<Vec<Instant>>>,
}

impl Slow {
    fn new(takes: Duration) -> Self {
        Self {
            takes,
            waiting: Arc::default(),
            most_waiting: Arc::default(),
            began: Arc::default(),
        }
    }
}

impl RingSource for Slow {
    fn place(&self) -> String {
        "the test".into()
    }

    async fn current(&mut self) -> Result<KeyRing, SourceError> {
        let waiting = self.waiting.fetch_add(1, Ordering::Relaxed) + 1;
        self.most_waiting.fetch_max(waiting, Ordering::Relaxed);
        self.began.lock().unwrap().push(Instant::now());
        sleep(self.takes).await;
        self.waiting.fetch_sub(1, Ordering::Relaxed);
        Ok(ring(5))
    }
}

#[tokio::test(start_paused = true)]
async fn unknown_keys_make_the_watcher_look_once_at_a_time() {
    let source = Slow::new(Duration::from_secs(1));
    let (most_waiting, began) = (Arc::clone(&source.most_waiting), Arc::clone(&source.began));
    let watcher = Watcher::start(source).await.unwrap();
    let (ours, token) = (sealer(watcher.ring()), strange_token());
    let running = tokio::spawn(watcher.run());

    let start = Instant::now();
    for _ in 0..600 {
        let refused = ours.open_token(&token).unwrap_err();
        assert!(matches!(refused, OpenError::UnknownKey(_)));
        sleep(Duration::from_millis(100)).await;
    }
    running.abort();
    assert_eq!(most_waiting.load(Ordering::Relaxed), 1);
    let began: Vec<_> = began.lock().unwrap()[1..]
        .iter()
        .map(|at| (*at - start).as_secs())
        .collect();
    // Each pause begins at the end of the look before, which took a second.
    assert_eq!(began, [0, 3, 8, 17, 28, 39, 50]);
}

#[tokio::test(start_paused = true)]
async fn a_turn_that_is_given_up_again_and_again_looks_as_often_as_one_that_is_not() {
    let place = Place::new();
    place.write(&text(1));
    let mut watcher = Watcher::start(Polled(place.source())).await.unwrap();
    let mut looks = 0;
    for _ in 0..700 {
        if let Ok(event) = timeout(Duration::from_millis(100), watcher.turn()).await {
            assert_eq!(event.reason, Reason::Poll);
            looks += 1;
        }
    }
    // Each look takes the rest of a tenth of a second.
    assert!((5..=7).contains(&looks), "{looks}");
}

#[tokio::test(start_paused = true)]
async fn a_ring_that_nobody_speaks_of_is_found_by_the_poll() {
    let place = Place::new();
    place.write(&text(1));
    let mut watcher = Watcher::start(Polled(place.source()))
        .await
        .unwrap()
        .poll_every(HOUR);
    let ring = watcher.ring().clone();
    place.write(&text(2));
    let before = Instant::now();
    assert_eq!(watcher.turn().await.reason, Reason::Poll);
    assert!(Instant::now() - before >= HOUR);
    assert_eq!(
        ring.load().epoch(),
        2,
        "every holder of the ring has the new one"
    );
}

#[test]
fn a_ring_is_read_once_without_a_runtime() {
    let place = Place::new();
    place.write(&text(7));
    assert_eq!(place.source().fetch().unwrap().epoch(), 7);
}

#[tokio::test]
async fn debug_does_not_leak_key() {
    let place = Place::new();
    let text = text(1);
    place.write(&text);
    let mut watcher = Watcher::start(place.source())
        .await
        .unwrap()
        .poll_every(Duration::from_millis(10));
    place.write(&text.replacen("sealjar-key-1_", "sealjar-key-1_A", 1));
    let event = watcher.turn().await;
    let follower = Follower::new("the test", ring(1), Duration::ZERO);
    let shown = format!(
        "{watcher:#?} {event:#?} {follower:#?} {:#?} {:#?}",
        watcher.readiness(),
        FileSource::new(place.path())
    );
    for secret in secrets(&text) {
        assert!(!shown.contains(secret));
    }
    assert!(shown.contains(&ring(1).keys()[0].id().to_string()));
}
