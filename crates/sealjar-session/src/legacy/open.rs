//! How does a legacy cookie become a session?

use sealjar::{__hazmat as hazmat, OpenError, Timestamp};

use super::{Door, Passage};
use crate::candidates::{select_session, token_text};
use crate::cookie::scan::Found;
use crate::data::{Belongs, SessionData};
use crate::incoming::{Received, Tried};
use crate::refusal::Refusal;
use crate::request::CookieHeaders;
use crate::shared::Shared;
use crate::token;
use crate::unsealed::Sealers;

/// Opens the legacy cookie that came, `None` if none did: the first in the jar's order that
/// authenticates. For requests without a cookie of the jar's own, which counts for more.
pub(crate) fn open<T: SessionData>(
    jar: &Shared,
    headers: &dyn CookieHeaders,
    logged_out: &[[u8; 8]],
    now: Timestamp,
    tried: &mut Tried,
) -> Option<Result<Received<T>, Refusal>> {
    let mut forged = None;
    for (place, door) in jar.doors.open_at(now) {
        let found = Found::scan(headers, &door.name);
        if !found.any() {
            continue;
        }
        let opened = if let Some(sealers) = door.sealers() {
            let out = [logged_out, &found.logged_out].concat();
            open_sealed(jar, sealers, door, &found, headers, &out, now)
        } else {
            let opened = unlock::<T>(door, &found).and_then(|(value, passage)| {
                let id = hazmat::legacy_session_id(&door.name, value);
                judge(jar, door, &passage, id, logged_out, now)?;
                Ok(Received::from_legacy(place, door, passage, id, now))
            });
            door.count(opened.is_ok());
            opened
        };
        // One name may be that of several: a key of the former library was changed too, say.
        match opened {
            Err(refusal) if is_of_another(&refusal) => forged = forged.or(Some(refusal)),
            opened => {
                tried.note(&opened);
                return Some(opened);
            }
        }
    }
    forged.map(|refusal| {
        let refused = Err(refusal);
        tried.note(&refused);
        refused
    })
}

/// Returns whether a cookie may be one that another key opens.
const fn is_of_another(refusal: &Refusal) -> bool {
    matches!(
        refusal,
        Refusal::Token(
            OpenError::Forged
                | OpenError::Malformed
                | OpenError::UnknownKey(_)
                | OpenError::UnknownVersion
        )
    )
}

/// Opens a cookie that the application has sealed itself, as one of the jar's own.
fn open_sealed<T: SessionData>(
    jar: &Shared,
    sealers: &Sealers,
    door: &Door,
    found: &Found<'_>,
    headers: &dyn CookieHeaders,
    logged_out: &[[u8; 8]],
    now: Timestamp,
) -> Result<Received<T>, Refusal> {
    let values = found.candidates().ok_or(Refusal::Ambiguous)?;
    let candidates = values.iter().map(|value| {
        let text = token_text(value, headers, &door.name)?;
        token::open(jar, sealers, &text, logged_out, now)
    });
    select_session(candidates, |received| received.age())
}

/// Returns the value that authenticates, and what it says. The former library may have sealed one
/// text twice; two that differ are nobody's session.
fn unlock<'a, T: SessionData>(
    door: &Door,
    found: &Found<'a>,
) -> Result<(&'a [u8], Passage<T>), Refusal> {
    let values = found.candidates().ok_or(Refusal::Ambiguous)?;
    let mut best: Option<(&[u8], Passage<T>)> = None;
    let mut first_refusal = None;
    for value in values {
        match (door.unlock(value), &best) {
            (Err(refusal), _) => {
                first_refusal.get_or_insert(refusal);
            }
            (Ok(passage), Some((_, other))) if passage.text != other.text => {
                return Err(Refusal::Ambiguous);
            }
            (Ok(_), Some(_)) => {}
            (Ok(passage), None) => best = Some((value, passage)),
        }
    }
    best.ok_or(first_refusal.unwrap_or(Refusal::Ambiguous))
}

/// Refuses a session that is over, by the rules of those that the jar has sealed.
fn judge<T: SessionData>(
    jar: &Shared,
    door: &Door,
    passage: &Passage<T>,
    id: [u8; 8],
    logged_out: &[[u8; 8]],
    now: Timestamp,
) -> Result<(), Refusal> {
    if passage.expires_at.is_some_and(|end| now >= end) {
        return Err(OpenError::Expired.into());
    }
    let live = jar.sealers.own.ring();
    let ring = live.load();
    let revocations = ring.revocations();
    if revocations.floor.is_some_and(|floor| door.since < floor) {
        return Err(OpenError::RevokedAll.into());
    }
    let lifetime = jar.settings.timeouts.lifetime.min(revocations.horizon);
    if now >= door.since.saturating_add(lifetime) {
        return Err(Refusal::TooOld);
    }
    if hazmat::revokes_session(live, id) {
        return Err(Refusal::RevokedSession);
    }
    match Belongs::of(&*passage.value) {
        Belongs::To(subject) if hazmat::revokes_subject(live, &jar.app, &subject, door.since) => {
            return Err(Refusal::RevokedSubject);
        }
        Belongs::Undeclared if hazmat::revokes_subjects(live, &jar.app) => {
            jar.warn_of_no_subject::<T>("implement SessionData::subject");
        }
        _ => {}
    }
    if logged_out.contains(&id) {
        return Err(Refusal::LoggedOut);
    }
    Ok(())
}
