//! Why can a line not be read, and which one could be?

use std::error::Error as _;

use clap::error::{ContextKind, ContextValue};
use sealjar::{ClockError, KeyIdError};
use sealjar_keeper::__program::escaped;
use sealjar_keeper::HumanDurationError;

use crate::address::AddressError;
use crate::commands::revoke::SessionIdError;
use crate::name::EmptyName;
use crate::output::exit::{CommandError, Exit, show};
use crate::output::terminal::print_help;

/// Says why the line could not be read, or what was asked for with `--help`.
pub(crate) fn usage_error(error: clap::Error) -> Exit {
    let error = without_controls(error);
    let text = error.to_string();
    let Some(said) = text.strip_prefix("error: ") else {
        return match print_help(&error) {
            Ok(()) if !error.use_stderr() => Exit::Done,
            Ok(()) => Exit::Usage,
            Err(_) => Exit::Unexpected,
        };
    };
    let wants_json = std::env::args_os().any(|argument| argument == "--json");
    // The hint says what the last line would.
    let end = said.rfind("\n\nFor more information");
    let said = said[..end.unwrap_or(said.len())].trim_end();
    let usage = if wants_json {
        // The reason without how the command is used.
        let reason = said.split("\n\n").next().unwrap_or_default();
        let reason = reason.split_whitespace().collect::<Vec<_>>().join(" ");
        CommandError::new(Exit::Usage, "usage", reason)
    } else {
        let mut lines = said.split('\n');
        CommandError::new(Exit::Usage, "usage", lines.next().unwrap_or_default()).more(lines)
    };
    show(Err(usage.hint(hint(&error))), wants_json)
}

/// What was typed is repeated in the reason, whose other lines are clap's own.
fn without_controls(mut error: clap::Error) -> clap::Error {
    let typed: Vec<(ContextKind, ContextValue)> = error
        .context()
        .filter_map(|(kind, value)| match value {
            ContextValue::String(text) => Some((kind, ContextValue::String(escaped(text)))),
            ContextValue::Strings(texts) => {
                let texts = texts.iter().map(|text| escaped(text)).collect();
                Some((kind, ContextValue::Strings(texts)))
            }
            _ => None,
        })
        .collect();
    for (kind, value) in typed {
        error.insert(kind, value);
    }
    error
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
    } else if cause.is::<HumanDurationError>() {
        "put the unit after the number, d, h, m or s; 136 years are the most"
    } else {
        SEE_HELP
    }
}

const SEE_HELP: &str = "`--help` after the command says what it takes";
