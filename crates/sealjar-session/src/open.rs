//! How does a request become a session?

use std::sync::Arc;

use sealjar::{__hazmat as hazmat, OpenError, Timestamp};
use tracing::Level;

use crate::candidates::{select_session, token_text};
use crate::cookie::scan::Found;
use crate::data::SessionData;
use crate::incoming::{Incoming, Received, Tried};
use crate::legacy::{self, Came};
use crate::origin::Origin;
use crate::refusal::Refusal;
use crate::request::{CookieHeaders, FetchMetadata};
use crate::shared::Shared;
use crate::token;

/// Reads the request's cookies: the session that opens, or why none does.
pub(crate) fn open<T: SessionData>(
    jar: &Shared,
    headers: &dyn CookieHeaders,
    fetch: FetchMetadata,
) -> Incoming<T> {
    let found = Found::scan(headers, jar.cookie_name());
    let mut tried = Tried::default();
    // A visitor who brings nothing costs no look at the clock.
    let now = (found.any() || !jar.doors.is_empty()).then(|| jar.now());
    let mut legacy = match &now {
        Some(Ok(now)) => jar.doors.came(headers, *now),
        _ => Came::default(),
    };
    let opened = match &now {
        Some(Ok(now)) if found.any() => {
            Some(open_candidates(jar, &found, headers, *now, &mut tried))
        }
        Some(Err(error)) if found.any() => Some(Err(count(jar, OpenError::from(*error).into()))),
        Some(Ok(now)) if !legacy.is_nothing() => {
            let opened = legacy::open(jar, headers, &found.logged_out, *now, &mut tried);
            opened.map(|opened| opened.map_err(|refusal| count(jar, refusal)))
        }
        _ => None,
    };
    let (origin, received) = match opened {
        Some(Ok(received)) => (received.origin(), Some(received)),
        Some(Err(refusal)) => {
            log_refusal(jar, &refusal, now.and_then(Result::ok));
            (Origin::Refused(refusal), None)
        }
        None => {
            let withheld = fetch.withholds(jar.settings.same_site);
            if let (true, Some(Ok(now))) = (withheld, now) {
                legacy = jar.doors.all(now);
            }
            (Origin::Absent { withheld }, None)
        }
    };
    Incoming {
        value: received
            .as_ref()
            .map_or_else(Arc::default, |received| Arc::clone(&received.value)),
        origin,
        received,
        came: found.any(),
        parts: found.parts,
        legacy,
        tried,
        logged_out: found.logged_out,
    }
}

/// Tries each cookie of the name and counts it. If all of them together are refused, that counts
/// too.
fn open_candidates<T: SessionData>(
    jar: &Shared,
    found: &Found<'_>,
    headers: &dyn CookieHeaders,
    now: Timestamp,
    tried: &mut Tried,
) -> Result<Received<T>, Refusal> {
    let values = found
        .candidates()
        .ok_or_else(|| count(jar, Refusal::Ambiguous))?;
    let candidates = values.iter().map(|value| {
        let opened = token_text(value, headers, jar.cookie_name())
            .map_err(|refusal| count(jar, refusal))
            .and_then(|text| token::open(jar, &jar.sealers, &text, &found.logged_out, now));
        tried.note(&opened);
        opened
    });
    select_session(candidates, |received| received.age()).map_err(|refusal| match refusal {
        Refusal::Ambiguous => count(jar, refusal),
        of_one_cookie => of_one_cookie,
    })
}

/// Counts a refusal that belongs to no single key.
fn count(jar: &Shared, refusal: Refusal) -> Refusal {
    hazmat::count_refused(&jar.sealers.own, None, refusal.kind());
    refusal
}

/// Logs a refusal at INFO if it is the first of its kind in this second, otherwise at DEBUG, so
/// that a client cannot fill the log with its cookies. [`Jar::uses`](crate::Jar::uses) counts all.
fn log_refusal(jar: &Shared, refusal: &Refusal, now: Option<Timestamp>) {
    macro_rules! log {
        ($level:expr) => {
            tracing::event!(
                target: "sealjar",
                $level,
                cookie = jar.cookie_name(),
                refusal = refusal.kind().as_str(),
                key_id = refusal.key_id().map(tracing::field::display),
                "a session cookie was refused"
            )
        };
    }
    if jar.loudness.refused(refusal.kind()).is_new(now) {
        log!(Level::INFO);
    } else {
        log!(Level::DEBUG);
    }
}
