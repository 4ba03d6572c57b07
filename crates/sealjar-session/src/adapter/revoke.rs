//! What has to be revoked so that every copy of a session ends.
//!
//! These functions say what, and change nothing elsewhere: who calls them sends it to a keeper.

use sealjar::{__hazmat as hazmat, ClockError, Revocation, Timestamp};

use crate::data::SessionData;
use crate::incoming::Received;
use crate::intent::Intent;
use crate::revoker::Revoker;
use crate::session::Session;
use crate::shared::Shared;

/// Returns what to revoke so that the session that came ends with all copies of its cookie, `None`
/// if none came.
///
/// It names the session's id. A replica that has not heard of it yet can renew the session under
/// another id; [`revocation_of_subject`] covers that, as a renewal keeps the birth.
#[must_use]
pub fn revocation<T: SessionData>(session: &Session<T>) -> Option<Revocation> {
    let received = session.inner().used().received.as_ref()?;
    Some(Revocation::Session {
        id: received.envelope().id,
        born: Some(received.born()),
    })
}

/// Returns what to revoke so that every session of this one's subject ends in this application,
/// this one too. `None` if it has no subject. If the session is purged already, the subject is that
/// of the session that came.
///
/// It refuses what was born before a skew from now, for clocks that are ahead. A session that began
/// after an earlier revocation may be born later, and is covered as well.
///
/// # Errors
/// [`ClockError`] when the jar's clock fails.
pub fn revocation_of_subject<T: SessionData>(
    session: &Session<T>,
) -> Result<Option<Revocation>, ClockError> {
    let inner = session.inner();
    let incoming = inner.used();
    let value = session.get();
    let Some(subject) = value.subject().or_else(|| incoming.value.subject()) else {
        return Ok(None);
    };
    let born = incoming.received.as_ref().map(Received::born);
    subject_record(&inner.jar, &subject, born)
}

/// Returns what to revoke so that every session of this subject ends, one that was `born` then too.
/// `None` if no session can have this subject.
pub(crate) fn subject_record(
    jar: &Shared,
    subject: &str,
    born: Option<Timestamp>,
) -> Result<Option<Revocation>, ClockError> {
    let live = jar.sealers.own.ring();
    let ring = live.load();
    // No session carries a name that is too long to be hashed.
    let Ok(hash) = ring.revocations().subject_hash(&jar.app, subject) else {
        return Ok(None);
    };
    // Who has begun a session since the last time was born at that record, not before it.
    let listed = hazmat::subject_born_before(live, &jar.app, subject);
    let latest = listed.max(born).map(|time| time.saturating_add(1));
    let now = jar.now()?.saturating_add(ring.timing().skew);
    Ok(Some(Revocation::Subject {
        hash,
        born_before: latest.map_or(now, |time| time.max(now)),
    }))
}

/// Renews the session so that this revocation of its subject does not end it: all but this one.
///
/// Its absolute lifetime begins anew, so call this only for a visitor who has just shown fresh
/// credentials, such as a new password with the old one. A revocation of a single session changes
/// nothing here. Nor does this help while the jar writes to a legacy cookie: the session gets no
/// other birth there.
pub fn outlive<T: SessionData>(session: &Session<T>, revocation: Revocation) {
    let Revocation::Subject { born_before, .. } = revocation else {
        return;
    };
    session.inner().ask(Intent::Renew, |state| {
        state.new_id = state.new_id.or_else(|| hazmat::draw_session_id().ok());
        state.begins_at = state.begins_at.max(Some(born_before));
    });
}

/// Ends every copy of the session that came, without purging it: for an adapter of sessions whose
/// own API ends them, and says so to no handler. If a keeper did not commit it, the log says so.
///
/// The future does nothing if no session came, or none that opens.
pub fn end_copies<T: SessionData>(
    revoker: &Revoker,
    session: &Session<T>,
) -> impl Future<Output = ()> + Send + use<T> {
    let sending = revocation(session).map(|revocation| revoker.sending(Ok(Some(revocation))));
    async move {
        let Some(sending) = sending else {
            return;
        };
        if let Err(error) = sending.await {
            tracing::error!(
                target: "sealjar",
                error = &error as &dyn std::error::Error,
                hint = error.hint(),
                "a session has ended in its browser, and copies of it may go on"
            );
        }
    }
}

/// Returns the birth of a session that is to outlive a revocation: no further ahead than any
/// replica takes.
pub(crate) fn birth_after(begins_at: Timestamp, now: Timestamp, skew: u32) -> Timestamp {
    begins_at.clamp(now, now.saturating_add(2 * skew))
}
