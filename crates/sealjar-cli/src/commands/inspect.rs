//! What is this cookie, and why does it not open?

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;

use clap::Args;
use sealjar::{Suite, Timestamp};
use sealjar_session::{
    Candidate, Contents, DEFAULT_COOKIE_NAME, Format, Inspection, Refusal, SessionRefusalKind,
    inspect,
};
use serde_json::{Value, json};

use crate::change::{counted, object};
use crate::commands::token::{clock, unix};
use crate::hex::{self, Hex};
use crate::name::name;
use crate::output::exit::{Answer, CommandError, Exit};
use crate::output::page::{BOLD, GREEN, PLAIN, Page, RED, style};
use crate::output::relative_time::moment;
use crate::ring_file;
use crate::stdin;

#[derive(Args, Debug)]
pub(crate) struct Inspect {
    /// Value of a cookie or a whole Cookie header; if left out, standard input, which other users
    /// of this machine cannot see
    #[arg(value_name = "COOKIE", allow_hyphen_values = true)]
    value: Option<OsString>,
    /// Ring document
    #[arg(long, value_name = "FILE")]
    ring: PathBuf,
    /// Application with its environment, such as shop-prod; without it nothing is opened
    #[arg(long, value_parser = name)]
    app: Option<String>,
    /// Exact name of the cookie, of a session or of messages (flash)
    #[arg(long, value_name = "NAME", default_value = DEFAULT_COOKIE_NAME)]
    cookie_name: String,
    /// What the application binds its sessions to, such as a tenant, in hex
    #[arg(
        long,
        value_name = "HEX",
        default_value = "",
        hide_default_value = true
    )]
    binding: Hex,
    /// Time to judge by, in Unix seconds; by default the clock's
    #[arg(long, value_name = "UNIX", value_parser = unix)]
    now: Option<Timestamp>,
    /// Show the content of the session, in hex
    #[arg(long)]
    show_body: bool,
}

impl Inspect {
    pub(crate) fn run(self) -> Result<Answer, CommandError> {
        let ring = ring_file::read(&self.ring)?;
        let now = clock(self.now)?;
        let text = match &self.value {
            Some(value) => value.as_bytes().to_vec(),
            None => stdin::read("a cookie", HEADER)?.to_vec(),
        };
        // Copied out of a browser's tools or a log, the header may have its name before it.
        let text = match text.get(..COOKIE.len()) {
            Some(name) if name.eq_ignore_ascii_case(COOKIE) => text[COOKIE.len()..].trim_ascii(),
            _ => &text,
        };
        let found = inspect(
            ring,
            self.app.as_deref(),
            &self.cookie_name,
            &self.binding.0,
            text,
            now,
        );
        let found = found.map_err(|error| {
            CommandError::new(Exit::Refused, "context", error.to_string())
                .hint("shorten it, no application has such a name")
        })?;
        if found.candidates.is_empty() {
            let message = format!("no cookie named {} came", self.cookie_name);
            return Err(CommandError::new(Exit::Refused, "absent", message)
                .hint("name the one to look at with --cookie-name"));
        }
        let mut answer = Answer::new(self.page(&found, now), object(self.json(&found)));
        if found.refusal.is_some() {
            answer.exit = Exit::Refused;
        }
        Ok(answer)
    }

    fn page(&self, found: &Inspection, now: Timestamp) -> Page {
        let mut page = Page::default();
        let name = &self.cookie_name;
        let (style, verdict) = match (&found.refusal, found.chosen) {
            (Some(refusal), _) => (RED, format!("refused: {}", refusal.kind())),
            (None, Some(_)) => (GREEN, "opens".into()),
            (None, None) => (PLAIN, "sealed".into()),
        };
        page.pieces(&[(BOLD, name), (PLAIN, &" "), (style, &verdict)]);
        for (at, candidate) in found.candidates.iter().enumerate() {
            let several = found.candidates.len() > 1;
            if several {
                let chosen = if found.chosen == Some(at) {
                    ", the session"
                } else {
                    ""
                };
                page.blank();
                page.heading(format_args!("cookie {}{chosen}", at + 1));
            }
            self.candidate(candidate, now, &mut page);
            if let (Some(refusal), true) = (&candidate.refusal, several) {
                page.fact_of("refused", &[(RED, &refusal.kind())]);
            }
        }
        page.blank();
        match &found.refusal {
            Some(refusal) => {
                page.line(refusal);
                page.note(refusal.kind().hint());
            }
            None if found.chosen.is_some() => page.note(format_args!(
                "not looked at without the application: {}",
                Inspection::UNCHECKED
                    .map(SessionRefusalKind::as_str)
                    .join(", ")
            )),
            None => page.note("give --app to open it"),
        }
        page
    }

    fn candidate(&self, candidate: &Candidate, now: Timestamp, page: &mut Page) {
        if let Some(suite) = candidate.suite {
            page.fact(
                "version",
                format_args!("{}, {}", suite.version(), suite.as_str()),
            );
        }
        if let Some(key) = candidate.key_id {
            match candidate.phase {
                Some(phase) => {
                    page.fact_of(
                        "key",
                        &[(PLAIN, &key), (PLAIN, &" "), (style(phase), &phase)],
                    );
                }
                None => page.fact_of("key", &[(PLAIN, &key), (PLAIN, &" "), (RED, &"unknown")]),
            }
        }
        if let Some(contents) = &candidate.contents {
            page.fact("sealed", moment(contents.sealed_at(), now));
            page.fact("expires", moment(contents.expires_at(), now));
            if contents.is_flash() {
                page.fact("holds", "messages for the next page, no session");
            } else {
                page.fact("session", contents.session_id());
            }
            page.fact("born", moment(contents.born(), now));
            page.fact("revision", contents.revision());
            page.fact("schema", contents.schema());
            match contents.format() {
                Format::Json => page.fact("layout", "none: JSON has names"),
                _ => page.fact("layout", hex::write(contents.layout())),
            }
        }
        let parts = counted(candidate.parts, "cookie");
        page.fact(
            "size",
            format_args!("{} characters in {parts}", candidate.size),
        );
        if let Some(contents) = &candidate.contents {
            let body = contents.plaintext_body();
            let length = counted(body.len(), "byte");
            if self.show_body {
                page.fact("body", body_text(contents))
            } else {
                page.fact("body", format_args!("{length}, --show-body shows them"))
            }
        }
    }

    fn json(&self, found: &Inspection) -> Value {
        let candidates = found.candidates.iter().map(|it| self.candidate_json(it));
        json!({
            "cookie_name": self.cookie_name,
            "verdict": match (&found.refusal, found.chosen) {
                (Some(_), _) => "refused",
                (None, Some(_)) => "opens",
                (None, None) => "sealed",
            },
            "refused": found.refusal.as_ref().map(word),
            "chosen": found.chosen,
            "candidates": candidates.collect::<Vec<_>>(),
            "unchecked": Inspection::UNCHECKED.map(SessionRefusalKind::as_str),
        })
    }

    fn candidate_json(&self, candidate: &Candidate) -> Value {
        let mut value = json!({
            "version": candidate.suite.map(Suite::version),
            "suite": candidate.suite.map(Suite::as_str),
            "key": candidate.key_id.map(|key| key.to_string()),
            "phase": candidate.phase.map(|phase| phase.as_str()),
            "size": candidate.size,
            "parts": candidate.parts,
            "refused": candidate.refusal.as_ref().map(word),
        });
        if let Some(contents) = &candidate.contents {
            let holds = if contents.is_flash() {
                "flash"
            } else {
                "session"
            };
            value["holds"] = holds.into();
            value["session"] = contents.session_id().to_string().into();
            value["born"] = contents.born().to_string().into();
            value["sealed_at"] = contents.sealed_at().to_string().into();
            value["expires_at"] = contents.expires_at().to_string().into();
            value["revision"] = contents.revision().into();
            value["schema"] = contents.schema().into();
            value["format"] = match contents.format() {
                Format::Json => "json".into(),
                _ => "postcard".into(),
            };
            value["layout"] = hex::write(contents.layout()).into();
            value["body_bytes"] = contents.plaintext_body().len().into();
            if self.show_body {
                value["body"] = body_text(contents).into();
            }
        }
        value
    }
}

fn word(refusal: &Refusal) -> &'static str {
    refusal.kind().as_str()
}

const COOKIE: &[u8] = b"cookie:";
/// What servers take as a request's head is far less.
const HEADER: usize = 1 << 20;

/// Returns what an application keeps: JSON as it is, other bytes in hexadecimal.
fn body_text(contents: &Contents) -> String {
    let body = contents.plaintext_body();
    match (contents.format(), std::str::from_utf8(body)) {
        (Format::Json, Ok(text)) => text.to_owned(),
        _ => hex::write(body).to_string(),
    }
}
