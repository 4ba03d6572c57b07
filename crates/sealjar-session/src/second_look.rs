//! Has a session ended since it was opened? A request may take long, and what is sealed at its end
//! outlives it.

use sealjar::{__hazmat as hazmat, OpenError, Timestamp};
use tracing::Level;

use crate::data::{Belongs, SessionData};
use crate::incoming::{Incoming, Received};
use crate::intent::Intent;
use crate::refusal::Refusal;
use crate::shared::Shared;
use crate::state::State;

/// Returns whether the session that the response would seal has ended meanwhile. It is judged by
/// the ring, the list and the clock of this moment, as if its cookie came only now.
///
/// A write that its handler has been promised is dropped then. Nobody can tell that from a session
/// that ended just after the response: either way it is over, with all that was in it. Only the
/// end of the idle time, or one that the session gave itself, does not break the promise: other
/// responses may have extended the session meanwhile.
pub(crate) fn has_ended<T: SessionData>(
    jar: &Shared,
    incoming: &Incoming<T>,
    state: &State<T>,
) -> bool {
    let Some(received) = &incoming.received else {
        return false;
    };
    // A session that begins with this request has a birth of its own.
    if state.intent == Intent::Purge || state.ended.is_some() {
        return false;
    }
    // Without a clock nothing is sealed either, and the handler is told so.
    let Ok(now) = jar.now() else {
        return false;
    };
    // A clock that was set back during the request ends nothing.
    let now = now.max(received.opened_at());
    let last = received.expires_at().saturating_sub(1);
    let judged_at = match state.intent {
        Intent::Keep => now,
        _ => now.min(last),
    };
    // A session that outlives a revocation of its subject is judged by its new birth.
    let born = state
        .begins_at
        .map_or(received.born(), |begins_at| begins_at.max(received.born()));
    match judge(jar, received, born, now, judged_at) {
        Ok(()) => false,
        Err(refusal) => {
            log(jar, &refusal, now);
            true
        }
    }
}

fn judge<T: SessionData>(
    jar: &Shared,
    received: &Received<T>,
    subject_born: Timestamp,
    now: Timestamp,
    judged_at: Timestamp,
) -> Result<(), Refusal> {
    let (sealer, born) = (&jar.sealers.own, received.born());
    let (live, ring) = (sealer.ring(), sealer.ring().load());
    let revocations = ring.revocations();
    match received.unsealed() {
        Some(unsealed) => hazmat::judge_again(sealer, &unsealed.opened, judged_at)?,
        None if judged_at >= received.expires_at() => return Err(OpenError::Expired.into()),
        None if revocations.floor.is_some_and(|floor| born < floor) => {
            return Err(OpenError::RevokedAll.into());
        }
        None => {}
    }
    let lifetime = jar.settings.timeouts.lifetime.min(revocations.horizon);
    if now >= born.saturating_add(lifetime) {
        return Err(Refusal::TooOld);
    }
    if hazmat::revokes_session(live, received.envelope().id) {
        return Err(Refusal::RevokedSession);
    }
    // Whose it is costs something to compute.
    if !hazmat::revokes_any_subject(live) {
        return Ok(());
    }
    if let Belongs::To(subject) = Belongs::of(&*received.value) {
        let place = received.legacy();
        let former = place.and_then(|place| jar.doors.at(place).app.as_deref());
        if hazmat::revokes_subject_of(sealer, &subject, subject_born)
            || former.is_some_and(|app| hazmat::revokes_subject(live, app, &subject, subject_born))
        {
            return Err(Refusal::RevokedSubject);
        }
    }
    Ok(())
}

/// Logs that a session ended during its request, as loudly as a cookie that is refused.
fn log(jar: &Shared, refusal: &Refusal, now: Timestamp) {
    macro_rules! log {
        ($level:expr) => {
            tracing::event!(
                target: "sealjar",
                $level,
                cookie = jar.cookie_name(),
                refusal = refusal.kind().as_str(),
                "a session ended during its request and was not sealed again"
            )
        };
    }
    if jar.loudness.refused(refusal.kind()).is_new(Some(now)) {
        log!(Level::INFO);
    } else {
        log!(Level::DEBUG);
    }
}
