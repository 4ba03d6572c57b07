//! How is one token sealed or opened by hand? The plumbing under cookies.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use sealjar::__hazmat::library_sealer;
use sealjar::{Context, ContextError, OpenError, Opened, SealError, Sealer, Timestamp, Token};
use sealjar_keeper::HumanDuration;
use serde_json::json;

use crate::change::object;
use crate::hex::{self, Hex};
use crate::output::exit::{Answer, CommandError, Exit};
use crate::output::page::Page;
use crate::ring_file;
use crate::stdin;

#[derive(Args, Debug)]
pub(crate) struct Open {
    #[command(flatten)]
    purpose: Purpose,
}

#[derive(Args, Debug)]
pub(crate) struct Seal {
    #[command(flatten)]
    purpose: Purpose,
    /// How long the token opens; the lifetime of the key may cut it
    #[arg(long, value_name = "DURATION")]
    ttl: HumanDuration,
}

/// Under which ring, what for, and when.
#[derive(Args, Debug)]
struct Purpose {
    /// Ring document
    #[arg(long, value_name = "FILE")]
    ring: PathBuf,
    /// Application with its environment, such as shop-prod
    #[arg(long)]
    app: String,
    /// Purpose of the token
    #[arg(long)]
    purpose: String,
    /// Cookie that it travels in; empty for a token that is no cookie
    #[arg(
        long,
        value_name = "NAME",
        default_value = "",
        hide_default_value = true
    )]
    cookie_name: String,
    /// What the application binds it to, in hex
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
}

impl Open {
    pub(crate) fn run(self) -> Result<Answer, CommandError> {
        // Anybody who has the ring may look at sessions too.
        let sealer = self.purpose.sealer(library_sealer)?;
        let now = self.purpose.now()?;
        let text = stdin::read("a token", Token::MAX_LEN)?;
        match Token::parse(&*text).and_then(|token| sealer.open_token_at(&token, now)) {
            Ok(opened) => Ok(say(&opened)),
            Err(refused) => Err(refuse(&refused)),
        }
    }
}

impl Seal {
    pub(crate) fn run(self) -> Result<Answer, CommandError> {
        // It may not look at what is the library's own: this tool is not to be the one that forges.
        let sealer = self.purpose.sealer(Sealer::new)?;
        let now = self.purpose.now()?;
        let text = stdin::read("a payload in hex", 2 * Token::MAX_LEN)?;
        let payload: Hex = std::str::from_utf8(&text)
            .ok()
            .and_then(|text| text.parse().ok())
            .ok_or_else(|| {
                CommandError::new(Exit::Usage, "usage", "the payload is not hexadecimal")
                    .hint("write two digits a byte and nothing between them")
            })?;
        let ttl = Duration::from_secs(self.ttl.as_secs().into());
        let token = sealer
            .seal_at(&payload.0, ttl, now)
            .map_err(|error| match error {
                SealError::Random(_) => {
                    CommandError::new(Exit::Unexpected, "random", error.to_string())
                        .hint("see why the operating system gives no random bytes")
                }
                SealError::TooLarge { .. } => {
                    CommandError::new(Exit::Refused, "too_large", error.to_string())
                        .hint("keep what is long elsewhere, and seal its name")
                }
                _ => CommandError::new(Exit::Refused, "no_sealing_key", error.to_string())
                    .hint("look with `sealjar status` which key seals, and check --now"),
            })?;
        let mut page = Page::default();
        page.line(&token);
        let json = json!({ "token": token.to_string(), "key": token.key_id().to_string() });
        Ok(Answer::new(page, object(json)))
    }
}

impl Purpose {
    fn sealer(
        &self,
        make: fn(sealjar::KeyRing, Context) -> Result<Sealer, ContextError>,
    ) -> Result<Sealer, CommandError> {
        let context = Context::new(&self.app, &self.purpose)
            .cookie_name(&self.cookie_name)
            .binding(self.binding.0.to_vec());
        let ring = ring_file::read(&self.ring)?;
        make(ring, context).map_err(|error| {
            let refused = CommandError::new(Exit::Refused, "context", error.to_string());
            match error {
                ContextError::ReservedPurpose(_) => {
                    refused.hint("`sealjar open` and `sealjar inspect` read such tokens")
                }
                _ => refused.hint("shorten it, no application has such a name"),
            }
        })
    }

    fn now(&self) -> Result<Timestamp, CommandError> {
        clock(self.now)
    }
}

/// Returns the time that was given, or the clock's.
pub(crate) fn clock(given: Option<Timestamp>) -> Result<Timestamp, CommandError> {
    given.map_or_else(Timestamp::now, Ok).map_err(|error| {
        CommandError::new(Exit::Refused, "clock", error.to_string())
            .hint("set this machine's clock, or give --now")
    })
}

/// Reads a count of seconds since 1970.
pub(crate) fn unix(text: &str) -> Result<Timestamp, String> {
    let seconds = text
        .parse()
        .map_err(|_| "a time is written in whole seconds since 1970")?;
    Timestamp::from_unix(seconds)
        .map_err(|_| "tokens know times from 1735689600 to 6030656895".into())
}

fn say(opened: &Opened) -> Answer {
    let payload = hex::write(opened.payload());
    let mut page = Page::default();
    page.line(&payload);
    let json = json!({
        "payload": payload,
        "key": opened.key_id().to_string(),
        "born": opened.born().to_string(),
        "sealed_at": opened.sealed_at().to_string(),
        "expires_at": opened.expires_at().to_string(),
    });
    Answer::new(page, object(json))
}

/// The word alone goes to standard output, for scripts.
fn refuse(refused: &OpenError) -> CommandError {
    let (kind, hint) = (refused.kind().as_str(), refused.kind().hint());
    let mut page = Page::default();
    page.line(kind);
    CommandError::new(Exit::Refused, kind, format!("{kind}: {refused}"))
        .hint(hint)
        .after(Answer::new(page, object(json!({ "refused": kind }))))
}
