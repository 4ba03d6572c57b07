//! What did visitors notice, all in all?

use std::sync::Mutex;
use std::time::Duration;

use sealjar_tests::visitor::{Losses, Noticed};

/// What visitors noticed in one phase of a run.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    name: String,
    noticed: Noticed,
    took: Duration,
}

impl Row {
    /// Notes what was noticed for the table.
    pub(crate) fn noted(name: impl Into<String>, noticed: Noticed, took: Duration) -> Self {
        let row = Self {
            name: name.into(),
            noticed,
            took,
        };
        TABLE.lock().unwrap().push(row.clone());
        row
    }

    /// Nothing was lost, whichever replicas people met.
    pub(crate) fn assert_kept(&self) {
        self.assert_load();
        assert_eq!(self.noticed.losses, Losses::default(), "{self:?}");
    }

    /// Nothing was lost on the way from one replica to another.
    pub(crate) fn assert_no_loss(&self) {
        self.assert_kept();
        let Noticed {
            requests,
            crossings,
            ..
        } = self.noticed;
        // Of two replicas, while a third is lost, every other request meets the same one again.
        assert!(crossings > requests / 4, "nobody was sent around: {self:?}");
    }

    pub(crate) fn assert_logouts(&self) {
        self.assert_load();
        assert!(self.noticed.losses.logouts > 0, "{self:?}");
    }

    /// Without visitors nothing is shown.
    fn assert_load(&self) {
        let came = self.noticed.requests + self.noticed.unanswered;
        assert!(came >= 150, "this was no load: {self:?}");
    }
}

/// Prints all that was noted, if there was something.
pub(crate) fn print() {
    let table = TABLE.lock().unwrap();
    if table.is_empty() {
        return;
    }
    let headings = "requests  unanswered  logouts  undone  items lost  messages lost  seconds";
    println!("{:48}  {headings}", "");
    for Row {
        name,
        noticed,
        took,
    } in &*table
    {
        let Losses {
            logouts,
            logouts_undone,
            items,
            messages,
        } = noticed.losses;
        println!(
            "{name:48}  {:8}  {:10}  {logouts:7}  {logouts_undone:6}  {items:10}  {messages:13}  {:7.1}",
            noticed.requests,
            noticed.unanswered,
            took.as_secs_f64()
        );
    }
    println!();
    for measured in &*NOTES.lock().unwrap() {
        println!("{measured}");
    }
}

/// Notes something that was measured, to be printed below the table.
pub(crate) fn note(measured: String) {
    NOTES.lock().unwrap().push(measured);
}

static NOTES: Mutex<Vec<String>> = Mutex::new(Vec::new());
static TABLE: Mutex<Vec<Row>> = Mutex::new(Vec::new());
