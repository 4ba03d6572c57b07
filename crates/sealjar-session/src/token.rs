//! How does the text of one token become a session?

use sealjar::{__hazmat as hazmat, Timestamp};

use crate::codec::{self, Decoded, ReadError, Unknown};
use crate::data::{Belongs, SessionData};
use crate::incoming::Received;
use crate::refusal::Refusal;
use crate::shared::Shared;
use crate::unsealed::{Sealers, Unsealed};

/// Opens the text of one token, and counts it once.
pub(crate) fn open<T: SessionData>(
    jar: &Shared,
    sealers: &Sealers,
    text: &[u8],
    logged_out: &[[u8; 8]],
    now: Timestamp,
) -> Result<Received<T>, Refusal> {
    let unsealed = Unsealed::open(sealers, text, now)?;
    match read_session(jar, &unsealed, logged_out, now) {
        Ok(decoded) => {
            hazmat::count_opened(&unsealed.opened);
            jar.doors.count(unsealed.former, true);
            Ok(Received::new(unsealed, decoded))
        }
        Err(refusal) => {
            hazmat::count_refused(&jar.sealers.own, Some(&unsealed.opened), refusal.kind());
            jar.doors.count(unsealed.former, false);
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
    if is_subject_revoked(jar, &decoded.value, unsealed) {
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

fn is_subject_revoked<T: SessionData>(jar: &Shared, value: &T, unsealed: &Unsealed) -> bool {
    let opened = &unsealed.opened;
    if !hazmat::lists_subjects(opened) && unsealed.former.is_none() {
        return false;
    }
    match Belongs::of(value) {
        Belongs::To(subject) => {
            opened.is_subject_revoked(&subject) || is_revoked_here(jar, &subject, unsealed)
        }
        Belongs::ToNobody => false,
        Belongs::Undeclared => {
            jar.warn_of_no_subject::<T>("implement SessionData::subject");
            false
        }
    }
}

/// Returns whether a subject is revoked under the application's present name, if the session was
/// sealed under another one.
fn is_revoked_here(jar: &Shared, subject: &str, unsealed: &Unsealed) -> bool {
    let (ring, born) = (jar.sealers.own.ring(), unsealed.opened.born());
    unsealed.former.is_some() && hazmat::revokes_subject(ring, &jar.app, subject, born)
}
