//! A subscriber that keeps the events of this crate.

use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// One event: its level, and each field as `name=value`.
pub(crate) type Line = (tracing::Level, Vec<String>);

#[derive(Clone, Default)]
pub(crate) struct Capture(Arc<Mutex<Vec<Line>>>);

impl Capture {
    /// Runs something and returns the events of this crate that it logged.
    pub(crate) fn run(work: impl FnOnce(&Self)) -> Vec<Line> {
        let capture = Self::default();
        tracing::subscriber::with_default(capture.clone(), || work(&capture));
        capture.take()
    }

    pub(crate) fn take(&self) -> Vec<Line> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

impl Subscriber for Capture {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, event: &Event<'_>) {
        assert_eq!(event.metadata().target(), "sealjar");
        let mut fields = Fields(Vec::new());
        event.record(&mut fields);
        self.0
            .lock()
            .unwrap()
            .push((*event.metadata().level(), fields.0));
    }
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

struct Fields(Vec<String>);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.push(format!("{}={value:?}", field.name()));
    }
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.push(format!("{}={value}", field.name()));
    }
}

pub(crate) fn warnings(lines: &[Line], about: &str) -> usize {
    let is =
        |line: &&Line| line.0 == tracing::Level::WARN && line.1.iter().any(|it| it.contains(about));
    lines.iter().filter(is).count()
}
