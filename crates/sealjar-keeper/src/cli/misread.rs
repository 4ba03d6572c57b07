//! Why can a line not be read, and which one could be?

use std::error::Error as _;

use sealjar::{ClockError, KeyIdError};
use sealjar_keeper::SpanError;

use crate::cli::address::AddressError;
use crate::cli::name::EmptyName;
use crate::cli::outcome::{Exit, Failure, show};
use crate::cli::revoke::SessionIdError;

/// Says why the line could not be read, or what was asked for with `--help`.
pub(crate) fn misread(error: &clap::Error) -> Exit {
    let text = error.to_string();
    let Some(said) = text.strip_prefix("error: ") else {
        return match error.print() {
            Ok(()) if !error.use_stderr() => Exit::Done,
            Ok(()) => Exit::Usage,
            Err(_) => Exit::Unexpected,
        };
    };
    let wants_json = std::env::args_os().any(|argument| argument == "--json");
    let message = if wants_json {
        // The reason without how the command is used.
        let reason = said.split("\n\n").next().unwrap_or_default();
        reason.split_whitespace().collect::<Vec<_>>().join(" ")
    } else {
        // The hint says what this last line would.
        let end = said.rfind("\n\nFor more information");
        said[..end.unwrap_or(said.len())].trim_end().to_owned()
    };
    let failure = Failure::new(Exit::Usage, "usage", message).hint(hint(error));
    show(Err(failure), wants_json)
}

fn hint(error: &clap::Error) -> &'static str {
    let Some(cause) = error.source() else {
        return SEE_HELP;
    };
    if let Some(error) = cause.downcast_ref::<AddressError>() {
        error.hint()
    } else if cause.is::<ClockError>() {
        "write `now`, or a time in UTC such as 2026-11-22T05:00:00Z"
    } else if cause.is::<EmptyName>() {
        "write the name; is a variable of the shell not set?"
    } else if cause.is::<KeyIdError>() {
        "`sealjar status` lists the keys, copy one whole"
    } else if cause.is::<SessionIdError>() {
        "`sealjar inspect --app APP` shows it, and so do logs"
    } else if cause.is::<SpanError>() {
        "put the unit after the number, d, h, m or s; 136 years are the most"
    } else {
        SEE_HELP
    }
}

const SEE_HELP: &str = "`--help` after the command says what it takes";
