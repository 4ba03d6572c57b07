//! How does a request become a session?

use std::sync::Arc;

use sealjar::{__hazmat as hazmat, OpenError, Opened, Timestamp};
use tracing::Level;

use crate::candidates::{select_session, token_text};
use crate::codec::{self, Decoded, ReadError, Unknown};
use crate::cookie::scan::Found;
use crate::data::{Belongs, SessionData};
use crate::incoming::{Incoming, Received, Tried};
use crate::legacy;
use crate::origin::Origin;
use crate::refusal::Refusal;
use crate::request::{CookieHeaders, FetchMetadata};
use crate::shared::Shared;
use crate::unsealed::Unsealed;

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
        _ => 0,
    };
    let opened = match &now {
        Some(Ok(now)) if found.any() => {
            Some(open_candidates(jar, &found, headers, *now, &mut tried))
        }
        Some(Err(error)) if found.any() => Some(Err(count(jar, OpenError::from(*error).into()))),
        Some(Ok(now)) if legacy != 0 => {
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
            .and_then(|text| open_token(jar, &text, &found.logged_out, now));
        tried.note(&opened);
        opened
    });
    select_session(candidates, |received| received.age()).map_err(|refusal| match refusal {
        Refusal::Ambiguous => count(jar, refusal),
        of_one_cookie => of_one_cookie,
    })
}

/// Opens the text of one token, and counts it once.
fn open_token<T: SessionData>(
    jar: &Shared,
    text: &[u8],
    logged_out: &[[u8; 8]],
    now: Timestamp,
) -> Result<Received<T>, Refusal> {
    let unsealed = Unsealed::open(&jar.sealers, text, now)?;
    match read_session(jar, &unsealed, logged_out, now) {
        Ok(decoded) => {
            hazmat::count_opened(&unsealed.opened);
            Ok(Received::new(unsealed, decoded))
        }
        Err(refusal) => {
            hazmat::count_refused(&jar.sealers.own, Some(&unsealed.opened), refusal.kind());
            Err(refusal)
        }
    }
}

/// Reads the value, if the session is of this type and has not ended.
fn read_session<T: SessionData>(
    jar: &Shared,
    unsealed: &Unsealed,
    logged_out: &[[u8; 8]],
    now: Timestamp,
) -> Result<Decoded<T>, Refusal> {
    let decoded = read_value::<T>(unsealed)?;
    let opened = &unsealed.opened;
    // No session outlives the time for which the ring remembers revocations.
    let lifetime = jar.settings.timeouts.lifetime.min(hazmat::horizon(opened));
    if now >= opened.born().saturating_add(lifetime) {
        return Err(Refusal::TooOld);
    }
    if unsealed.is_revoked() {
        return Err(Refusal::RevokedSession);
    }
    if is_subject_revoked(jar, &decoded.value, opened) {
        return Err(Refusal::RevokedSubject);
    }
    if logged_out.contains(&unsealed.envelope.id) {
        return Err(Refusal::LoggedOut);
    }
    Ok(decoded)
}

/// Reads the value, in this build's layout or through `migrate`.
fn read_value<T: SessionData>(unsealed: &Unsealed) -> Result<Decoded<T>, Refusal> {
    let (schema, body) = (unsealed.envelope.schema, unsealed.body());
    if schema == T::SCHEMA {
        return codec::decode::<T>(unsealed.format, body).map_err(|error| match error {
            ReadError::OtherLayout => Refusal::OldSchema,
            ReadError::Undecodable => Refusal::Undecodable,
        });
    }
    let migrated = if unsealed.format == T::FORMAT {
        T::migrate(schema, body.bytes)
    } else {
        None
    };
    let value = migrated.ok_or(if schema < T::SCHEMA {
        Refusal::OldSchema
    } else {
        Refusal::NewerSchema
    })?;
    Ok(Decoded {
        value,
        unknown: Unknown::Nothing,
    })
}

fn is_subject_revoked<T: SessionData>(jar: &Shared, value: &T, opened: &Opened) -> bool {
    if !hazmat::lists_subjects(opened) {
        return false;
    }
    match Belongs::of(value) {
        Belongs::To(subject) => opened.is_subject_revoked(&subject),
        Belongs::ToNobody => false,
        Belongs::Undeclared => {
            jar.warn_of_no_subject::<T>("implement SessionData::subject");
            false
        }
    }
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
