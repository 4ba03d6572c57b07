//! How is a session sealed, and for how long?

use sealjar::{__hazmat as hazmat, SealError, Sealer, Timestamp, Token};

use crate::adapter::revoke::birth_after;
use crate::codec::{self, Kept};
use crate::cookie::chunk::{self, Layout};
use crate::cookie::write::Writer;
use crate::data::{Expiry, SessionData};
use crate::envelope::Envelope;
use crate::error::CloseError;
use crate::incoming::{Incoming, Received};
use crate::intent::Intent;
use crate::legacy::{Door, Unwritten};
use crate::shared::{Settings, Shared};
use crate::state::{Content, State};
use crate::timeouts::whole_seconds;
use crate::unsealed::Unsealed;

/// Checks that a session fits into its cookies, before `update` answers `Ok`.
pub(crate) fn check<T: SessionData>(
    jar: &Shared,
    value: &T,
    payload_len: usize,
    now: Timestamp,
) -> Result<(), CloseError> {
    match jar.doors.written(now) {
        Some(door) => legacy_value(jar, door, value, [0; 8], now).map(|_| ()),
        None => Ok(fit(jar, value, payload_len).map(|_| ())?),
    }
}

fn fit<T: SessionData>(
    jar: &Shared,
    value: &T,
    payload_len: usize,
) -> Result<Layout, chunk::TooLarge> {
    let Settings {
        name,
        attributes,
        max_size,
        ..
    } = &jar.settings;
    // Assumes the longest possible `Max-Age`, so that whether a session fits does not depend on its
    // age.
    let max_age = is_persistent(jar, value).then(|| idle(jar, value));
    Layout::fit(
        name,
        hazmat::sealed_len(&jar.sealers.own, payload_len),
        attributes.len(max_age),
        *max_size,
    )
}

/// Seals the session as the handlers have left it.
pub(crate) fn seal_changed<T: SessionData>(
    jar: &Shared,
    incoming: &Incoming<T>,
    state: &State<T>,
    lines: &mut Writer<'_>,
) -> Result<(), CloseError> {
    let now = jar.now().map_err(SealError::from)?;
    let value = state.value(&incoming.value);
    let received = incoming.received.as_ref();
    let continued = received.filter(|_| state.intent != Intent::Renew);
    let envelope = Envelope {
        schema: T::SCHEMA,
        id: match (continued, state.new_id) {
            (Some(received), _) => received.envelope().id,
            (None, Some(id)) => id,
            (None, None) => hazmat::draw_session_id()?,
        },
        revision: match (continued, state.intent) {
            (Some(received), Intent::Keep) => received.envelope().revision,
            (Some(received), _) => received.next_revision(),
            (None, _) => 0,
        },
    };
    if let Some(door) = jar.doors.written(now) {
        let max_age = is_persistent(jar, &**value).then(|| idle(jar, &**value));
        let text = legacy_value(jar, door, &**value, envelope.id, now)?;
        door.set(&text, max_age, lines);
        jar.doors.expire(incoming.legacy, Some(door), lines);
        // The session is in one cookie at a time, so that none is the older one.
        if incoming.came || incoming.parts != 0 {
            lines.remove(incoming.parts);
        }
        return Ok(());
    }
    // A renewed session keeps its absolute lifetime, unless somebody has logged in or out.
    let born = match received {
        Some(received) if state.ended.is_none() && state.begins_at.is_none() => received.born(),
        _ => hazmat::first_birth(&jar.sealers.own, value.subject().as_deref(), now),
    };
    let born = state.begins_at.map_or(born, |begins_at| {
        let skew = jar.sealers.own.ring().load().timing().skew;
        born.max(birth_after(begins_at, now, skew))
    });
    let just_encoded;
    let encoded = if let Content::Written { encoded, .. } = &state.content {
        encoded
    } else {
        let unencodable = |reason| CloseError::Unencodable { reason };
        just_encoded = codec::encode(T::FORMAT, &**value).map_err(unencodable)?;
        just_encoded.check(&**value).map_err(unencodable)?;
        &just_encoded
    };
    let kept = continued.filter(|_| state.keeps_unknown());
    let kept = kept.map_or(Kept::NOTHING, Received::unknown);
    let payload = encoded.payload(&envelope, kept);
    let sealer = &jar.sealers.own;
    let payload = &payload.parts();
    let (token, layout, max_age) = seal(jar, sealer, &**value, payload, born, now)?;
    lines.replace(&token, layout, max_age, incoming.parts);
    jar.doors.expire(incoming.legacy, None, lines);
    Ok(())
}

/// Returns whether a session came in another cookie than the one that it is written to.
pub(crate) fn is_misplaced<T>(jar: &Shared, received: &Received<T>) -> bool {
    let written = jar.doors.written(received.opened_at());
    match (received.legacy(), written) {
        (Some(place), Some(door)) => jar.doors.at(place).name != door.name,
        (legacy, written) => legacy.is_some() || written.is_some(),
    }
}

/// Seals the session again, unchanged, with new times. If that fails the cookie stays as it is.
pub(crate) fn seal_again<T: SessionData>(
    jar: &Shared,
    incoming: &Incoming<T>,
    state: &State<T>,
    now: Timestamp,
    lines: &mut Writer<'_>,
) {
    let Some(received) = &incoming.received else {
        return;
    };
    let sealed = match received.unsealed() {
        Some(unsealed) if !is_misplaced(jar, received) => {
            reseal(jar, received, unsealed, now, lines)
                .map(|()| jar.doors.expire(incoming.legacy, None, lines))
        }
        _ => seal_changed(jar, incoming, state, lines),
    };
    match sealed {
        Ok(()) => {}
        // Every navigation gets here while it lasts.
        Err(error) if jar.loudness.not_resealed.is_new(Some(now)) => tracing::warn!(
            target: "sealjar",
            cookie = jar.cookie_name(),
            error = &error as &dyn std::error::Error,
            "a session was not sealed again and keeps its former cookie"
        ),
        Err(_) => {}
    }
}

/// Seals the received bytes again.
fn reseal<T: SessionData>(
    jar: &Shared,
    received: &Received<T>,
    unsealed: &Unsealed,
    now: Timestamp,
    lines: &mut Writer<'_>,
) -> Result<(), CloseError> {
    let payload = &[unsealed.opened.payload()];
    let sealer = jar.sealers.of(unsealed.format);
    let (token, layout, max_age) =
        seal(jar, sealer, &*received.value, payload, received.born(), now)?;
    lines.set(&token, layout, max_age);
    Ok(())
}

/// Returns what a legacy cookie is set to, so that the former library reads this session.
fn legacy_value<T: SessionData>(
    jar: &Shared,
    door: &Door,
    value: &T,
    id: [u8; 8],
    now: Timestamp,
) -> Result<String, CloseError> {
    let idle = idle(jar, value);
    let max_age = is_persistent(jar, value).then_some(idle);
    let ends = now.saturating_add(idle);
    door.write(value, id, ends, max_age)
        .map_err(|unwritten| match unwritten {
            Unwritten::NoText => CloseError::Unencodable {
                reason: format!(
                    "what `keep_writing` returns for the cookie {} is none of its texts",
                    door.name
                ),
            },
            Unwritten::TooLarge(error) => error.into(),
        })
}

/// Returns how long this session lives without use, in seconds.
pub(crate) fn idle<T: SessionData>(jar: &Shared, value: &T) -> u32 {
    let idle = jar.settings.timeouts.idle;
    match value.expiry() {
        Expiry::After(duration) => whole_seconds(duration).clamp(1, idle),
        Expiry::At(_) | Expiry::Jar | Expiry::OnBrowserClose => idle,
    }
}

/// Seals a payload, and returns over how many cookies it is spread and for how long it lives. Every
/// session that is sent passes through here.
fn seal<T: SessionData>(
    jar: &Shared,
    sealer: &Sealer,
    value: &T,
    payload: &[&[u8]],
    born: Timestamp,
    now: Timestamp,
) -> Result<(Token, Layout, Option<u32>), CloseError> {
    let layout = fit(jar, value, payload.iter().map(|part| part.len()).sum())?;
    // A later ring may remember revocations for a shorter time than the ring that the jar was built
    // with. No session may outlive them.
    let ring = jar.sealers.own.ring().load();
    let horizon = ring.revocations().horizon;
    let lifetime = jar.settings.timeouts.lifetime.min(horizon);
    // A replica whose clock is ahead may have given a login a birth in the future. If a replica
    // whose clock is behind sealed it with its own time, the session would later be refused as born
    // too late.
    let now = now.max(born.saturating_sub(ring.timing().skew));
    let mut wanted = now
        .saturating_add(idle(jar, value))
        .min(born.saturating_add(lifetime));
    if let Expiry::At(end) = value.expiry() {
        wanted = wanted.min(end.max(now));
    }
    warn_of_cut_expiry(jar, value, now);
    let (token, expires_at) = hazmat::seal_parts_born(sealer, payload, born, wanted, now)?;
    if expires_at < wanted && jar.warned_of_cut_lifetime.is_first() {
        tracing::warn!(
            target: "sealjar",
            cookie = jar.cookie_name(),
            idle_timeout = idle(jar, value),
            allowed = expires_at.seconds_since(now),
            "the ring's key allows less than the idle timeout, sessions end earlier"
        );
    }
    let max_age = is_persistent(jar, value).then(|| expires_at.seconds_since(now));
    Ok((token, layout, max_age))
}

fn warn_of_cut_expiry<T: SessionData>(jar: &Shared, value: &T, now: Timestamp) {
    let asked = match value.expiry() {
        Expiry::After(duration) => whole_seconds(duration),
        Expiry::At(end) => end.seconds_since(now),
        Expiry::Jar | Expiry::OnBrowserClose => return,
    };
    let idle_timeout = jar.settings.timeouts.idle;
    if asked > idle_timeout && jar.warned_of_cut_expiry.is_first() {
        tracing::warn!(
            target: "sealjar",
            cookie = jar.cookie_name(),
            asked,
            idle_timeout,
            "a session asked for more than the jar's idle timeout and ends earlier when it is \
             not used: raise idle_timeout, and the lifetime of the ring's keys with it"
        );
    }
}

fn is_persistent<T: SessionData>(jar: &Shared, value: &T) -> bool {
    match value.expiry() {
        Expiry::After(_) | Expiry::At(_) => true,
        Expiry::Jar => jar.settings.persistent,
        Expiry::OnBrowserClose => false,
    }
}
