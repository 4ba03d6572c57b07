//! Is a directory watched no more than needed?

use std::fs;
use std::time::Duration;

use sealjar_source::{Outcome, Reason, Watcher};

use crate::support::{HOUR, LIMIT, Place, replaced, text};

/// A look reads the file and arms the watch again. If that caused an event, each look would cause
/// another.
#[tokio::test]
async fn looking_is_no_change() {
    let place = Place::new();
    place.write(&text(1));
    let mut watcher = Watcher::start(place.source())
        .await
        .unwrap()
        .poll_every(Duration::from_millis(500));
    for _ in 0..5 {
        assert_eq!(watcher.turn().await.reason, Reason::Poll);
    }
}

#[tokio::test]
async fn what_else_happens_in_the_directory_costs_a_look_and_changes_nothing() {
    let place = Place::new();
    place.write(&text(1));
    let mut watcher = Watcher::start(place.source())
        .await
        .unwrap()
        .poll_every(HOUR);
    for name in ["a", "b"] {
        fs::write(place.directory().join(name), "").unwrap();
        let event = tokio::time::timeout(LIMIT, watcher.turn()).await.unwrap();
        assert_eq!(event.reason, Reason::Change);
        assert!(matches!(event.outcome, Outcome::Unchanged));
    }
}

#[tokio::test]
async fn two_watchers_of_one_source_both_hear() {
    let place = Place::new();
    place.write(&text(1));
    let source = place.source();
    let start = async || {
        let watcher = Watcher::start(source.clone()).await.unwrap();
        watcher.poll_every(HOUR)
    };
    let (mut one, mut other) = (start().await, start().await);
    place.write(&text(2));
    let (one, other) = tokio::join!(replaced(&mut one), replaced(&mut other));
    assert_ne!(one.reason, Reason::Poll);
    assert_ne!(other.reason, Reason::Poll);
}
