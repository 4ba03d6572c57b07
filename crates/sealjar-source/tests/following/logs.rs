//! What does the operator see, and how often?

use std::fmt::Debug;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use sealjar::{KeyId, Timestamp};
use sealjar_source::{Follower, Reason, SourceError};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

use crate::support::{DAY, Place, at, draft, ring, text};

/// One event of the log: its level, and each field as `name=value`.
type Line = (Level, String);

#[derive(Clone, Default)]
struct Capture(Arc<Mutex<Vec<Line>>>);

impl Capture {
    fn run(work: impl FnOnce()) -> Vec<Line> {
        let capture = Self::default();
        tracing::subscriber::with_default(capture.clone(), work);
        let lines = std::mem::take(&mut *capture.0.lock().unwrap());
        lines
            .into_iter()
            .filter(|line| line.0 < Level::DEBUG)
            .collect()
    }
}

impl Subscriber for Capture {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "sealjar"
    }
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields(String::new());
        event.record(&mut fields);
        let line = (*event.metadata().level(), fields.0);
        self.0.lock().unwrap().push(line);
    }
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0 += &format!("{}={value:?} ", field.name());
    }
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0 += &format!("{}={value} ", field.name());
    }
}

fn has(line: &Line, level: Level, parts: &[&str]) -> bool {
    line.0 == level && parts.iter().all(|part| line.1.contains(part))
}

#[test]
fn a_lasting_failure_is_logged_when_it_begins_changes_and_ends_and_not_at_each_look() {
    let empty = || {
        Err(SourceError::Empty {
            place: "the test".into(),
        })
    };
    let lines = Capture::run(|| {
        let mut follower = Follower::new("the test", ring(5), Duration::ZERO);
        let mut look = |found| {
            follower
                .take(Reason::Poll, found, Duration::ZERO, Timestamp::MIN)
                .log();
        };
        for _ in 0..10 {
            look(Ok(ring(5)));
        }
        for _ in 0..10 {
            look(empty());
        }
        for _ in 0..10 {
            look(Ok(ring(4)));
        }
        look(Ok(ring(5)));
        look(Ok(ring(6)));
        look(Ok(ring(6)));
    });
    assert_eq!(lines.len(), 4, "{lines:#?}");
    let kept = "the last good ring stays in use";
    assert!(has(
        &lines[0],
        Level::ERROR,
        &["the test: ", "is empty", kept, "hint=deliver"]
    ));
    assert!(has(
        &lines[1],
        Level::ERROR,
        &["the test: ", "is older", kept, "hint=deliver"]
    ));
    assert!(has(&lines[2], Level::INFO, &["can be had again"]));
    assert!(has(
        &lines[3],
        Level::INFO,
        &["from=5", "to=6", "reason=poll"]
    ));
}

#[test]
fn an_overdue_rotation_is_warned_of_when_it_begins() {
    let ring = || {
        let mut draft = draft(5);
        draft.timing.rotate_every = DAY;
        draft.build().unwrap()
    };
    let lines = Capture::run(|| {
        let mut follower = Follower::new("the test", ring(), Duration::ZERO);
        for days in [0, 1, 2, 3, 4] {
            let time = at(days * DAY);
            let event = follower.take(Reason::Poll, Ok(ring()), Duration::ZERO, time);
            assert_eq!(event.overdue.is_some(), days >= 2);
            event.log();
        }
    });
    assert_eq!(lines.len(), 1, "{lines:#?}");
    let due = at(DAY + 360).to_string();
    assert!(has(
        &lines[0],
        Level::WARN,
        &["expected_by=", &due, "keeper"]
    ));
}

#[test]
fn of_an_unknown_key_only_its_id_in_our_spelling_is_logged() {
    let id: KeyId = "AAECAwQFBgcICQoLDA0ODw".parse().unwrap();
    let lines = Capture::run(|| {
        let mut follower = Follower::new("the test", ring(5), Duration::ZERO);
        follower
            .take(
                Reason::UnknownKey(id),
                Ok(ring(6)),
                Duration::ZERO,
                Timestamp::MIN,
            )
            .log();
    });
    let reason = "reason=unknown key AAECAwQFBgcICQoLDA0ODw ";
    assert!(has(&lines[0], Level::INFO, &[reason]), "{lines:#?}");
}

#[cfg(unix)]
#[test]
fn a_mode_wider_than_0640_is_warned_of_once_at_start_or_while_running() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    place.write(&text(1));
    let mode = |mode| {
        let permissions = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(place.path(), permissions).unwrap();
    };
    for (first, then, warnings) in [
        (0o600, 0o640, 0),
        (0o600, 0o644, 1),
        (0o640, 0o650, 1),
        (0o644, 0o600, 1),
        (0o755, 0o644, 1),
    ] {
        let lines = Capture::run(|| {
            let source = place.source();
            for bits in [first, then, then] {
                mode(bits);
                source.fetch().unwrap();
            }
        });
        assert_eq!(lines.len(), warnings, "{first:o} {then:o} {lines:#?}");
        let says = ["ring.json", "hint=chmod 0640"];
        assert!(lines.iter().all(|line| has(line, Level::WARN, &says)));
    }
}
