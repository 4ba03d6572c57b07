//! How does a command end? In words, in JSON, and in a number.

use std::io;
use std::process::ExitCode;

use sealjar_keeper::store::StoreError;
use sealjar_keeper::{KeeperError, Refused};
use serde_json::{Map, Value};

use crate::address::StoreAddress;
use crate::output::page::Page;
use crate::output::terminal;

/// What a command has to say.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) page: Page,
    pub(crate) json: Map<String, Value>,
    pub(crate) exit: Exit,
}

impl Answer {
    /// Makes an answer of what people read and what machines read.
    pub(crate) const fn new(page: Page, json: Map<String, Value>) -> Self {
        Self {
            page,
            json,
            exit: Exit::Done,
        }
    }
}

/// Why a command did not do it.
#[derive(Debug)]
pub(crate) struct CommandError {
    exit: Exit,
    kind: &'static str,
    message: String,
    /// Whether the message speaks of the store without its name.
    is_about_store: bool,
    /// More lines of it, for people.
    more: Vec<String>,
    hint: Option<String>,
    /// An answer to print first.
    said: Option<Box<Answer>>,
}

impl CommandError {
    /// `kind` is a word for machines.
    pub(crate) fn new(exit: Exit, kind: &'static str, message: impl Into<String>) -> Self {
        Self {
            exit,
            kind,
            message: message.into(),
            is_about_store: false,
            more: Vec::new(),
            hint: None,
            said: None,
        }
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds what people read after the message.
    pub(crate) fn more<'a>(mut self, lines: impl IntoIterator<Item = &'a str>) -> Self {
        self.more = lines.into_iter().map(str::to_owned).collect();
        self
    }

    /// Names the store where the message only says "the store".
    pub(crate) fn of(mut self, store: &StoreAddress) -> Self {
        if self.is_about_store {
            self.message = format!("{store}: {}", self.message);
        }
        self
    }

    pub(crate) fn after(mut self, said: Answer) -> Self {
        self.said = Some(Box::new(said));
        self
    }
}

impl From<KeeperError> for CommandError {
    fn from(error: KeeperError) -> Self {
        let exit = match &error {
            KeeperError::Refused(Refused::Random(_)) => Exit::Unexpected,
            KeeperError::Store(StoreError::LostRace) => Exit::LostRace,
            // What is unfinished is the publication.
            KeeperError::Damaged(_)
            | KeeperError::NoRing
            | KeeperError::Store(_)
            | KeeperError::Unfinished { .. } => Exit::Store,
            // The clock, what exists already, and what must not be done.
            _ => Exit::Refused,
        };
        Self {
            is_about_store: matches!(error, KeeperError::Exists { .. } | KeeperError::NoRing),
            ..Self::new(exit, error.kind(), error.to_string()).hint(error.hint())
        }
    }
}

/// The number that a process ends with. `sealjar --help` explains each.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Exit {
    Done = 0,
    Unexpected = 1,
    Usage = 2,
    Refused = 3,
    Store = 4,
    LostRace = 5,
    Hurts = 6,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Says how a command ended: the answer on standard output, what went wrong on standard error. With
/// `json`, standard output has one object, whatever happened.
pub(crate) fn show(outcome: Result<Answer, CommandError>, json: bool) -> Exit {
    show_with(outcome, json, terminal::print_json)
}

/// Says how one of many looks ended, in place of the one before where a terminal is. `note` says
/// that there is more to come. In JSON each look is one line.
pub(crate) fn show_again(
    mut outcome: Result<Answer, CommandError>,
    json: bool,
    note: &str,
) -> Exit {
    if !json && terminal::take_back_all().is_err() {
        return Exit::Unexpected;
    }
    if let Ok(answer) = &mut outcome {
        answer.page.blank();
        answer.page.note(note);
    }
    show_with(outcome, json, terminal::print_json_line)
}

fn show_with(
    outcome: Result<Answer, CommandError>,
    json: bool,
    print_json: fn(&Value) -> io::Result<()>,
) -> Exit {
    let (answer, error) = match outcome {
        Ok(answer) => (Some(answer), None),
        Err(mut error) => (error.said.take().map(|said| *said), Some(error)),
    };
    let exit = match (&error, &answer) {
        (Some(error), _) => error.exit,
        (None, Some(answer)) => answer.exit,
        (None, None) => Exit::Done,
    };
    let written = if json {
        let mut object = answer.map(|answer| answer.json).unwrap_or_default();
        if let Some(error) = &error {
            object.insert("error".into(), error.message.as_str().into());
            object.insert("hint".into(), error.hint.as_deref().into());
            object.insert("kind".into(), error.kind.into());
        }
        if object.is_empty() {
            Ok(())
        } else {
            print_json(&Value::Object(object))
        }
    } else {
        answer.map_or(Ok(()), |answer| terminal::print(&answer.page))
    };
    if let Some(error) = error {
        terminal::error(&error.message);
        error.more.iter().for_each(|line| terminal::remark(line));
        if let Some(hint) = error.hint {
            terminal::hint(&hint);
        }
    }
    match written {
        Ok(()) => exit,
        // The reader has closed the pipe.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Exit::Unexpected,
        Err(error) => {
            terminal::error(&format!("standard output: {error}"));
            Exit::Unexpected
        }
    }
}

/// Warns, and continues.
pub(crate) fn warn(message: &str, hint: &str) {
    terminal::warning(message);
    terminal::hint(hint);
}
