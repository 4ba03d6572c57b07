//! Functions for the other crates of this project. With them a caller can forge a session.

#[cfg(feature = "__test-keys")]
use crate::aead::Suite;
use crate::aead::{self, RandomError};
use crate::clock::Timestamp;
use crate::context::{self, Context};
use crate::counters::Uses;
use crate::error::{ContextError, OpenError, SealError};
#[cfg(feature = "__test-keys")]
use crate::key::Key;
use crate::live::LiveRing;
use crate::opened::Opened;
use crate::refusal::{self, CountedKind};
use crate::sealer::{Forged, Sealer, Wanted};
use crate::token::Token;

pub use crate::blob::{Blob, BlobError, DeliverySecret, StoreKey, StoreKeyError, Travelling};

/// The purpose of a session's cookie.
pub const SESSION: &str = context::SESSION;
/// The purpose of the cookie of a session that programs in other languages share.
pub const SESSION_JSON: &str = context::SESSION_JSON;
/// The purpose of the cookie of messages for the next page.
pub const FLASH: &str = context::FLASH;
/// The purpose of a token that shows that a form is the application's own.
pub const CSRF: &str = context::CSRF;
/// How many kinds of refusals can be counted, those of tokens included.
pub const SLOTS: usize = refusal::SLOTS;
/// The slot of the first kind of refusal that only sessions have.
pub const FIRST_SLOT_OF_SESSIONS: usize = refusal::FIRST_SLOT_OF_SESSIONS;

/// Makes one of 256 keys whose secrets are public, for tests: `just secrets` looks for those
/// secrets in everything that the tests print.
#[cfg(feature = "__test-keys")]
#[must_use]
pub fn known_key(suite: Suite, seed: u8) -> Key {
    Key::from_secret(suite, &crate::published::known_secret(seed))
}

/// Makes a sealer for a purpose that [`Sealer::new`] refuses.
///
/// # Errors
/// [`ContextError::TooLong`] for a part of more than 65 535 bytes.
pub fn library_sealer(ring: impl Into<LiveRing>, context: Context) -> Result<Sealer, ContextError> {
    Sealer::for_any_purpose(ring.into(), context)
}

/// Seals with a birth in the past, and returns the token's expiry: `expires_at`, or the end of the
/// sealing key's lifetime if that comes first.
///
/// # Errors
/// As [`Sealer::seal_at`].
pub fn seal_born(
    sealer: &Sealer,
    payload: &[u8],
    born: Timestamp,
    expires_at: Timestamp,
    now: Timestamp,
) -> Result<(Token, Timestamp), SealError> {
    seal_parts_born(sealer, &[payload], born, expires_at, now)
}

/// Seals as [`seal_born`] does, with these parts, joined, as the payload.
///
/// # Errors
/// As [`Sealer::seal_at`].
pub fn seal_parts_born(
    sealer: &Sealer,
    payload: &[&[u8]],
    born: Timestamp,
    expires_at: Timestamp,
    now: Timestamp,
) -> Result<(Token, Timestamp), SealError> {
    let wanted = Wanted {
        born,
        expires_at,
        now,
    };
    sealer.seal_parts(payload, wanted, aead::random)
}

/// Returns the birth for a session of `subject` that begins at `now`: the earliest that the ring in
/// use does not refuse, at most its skew after `now`.
///
/// Revoking a person adds an entry that lies ahead of the clock, so that it covers what a fast
/// clock has sealed. A session that begins later, when the entry is known, must not be refused by
/// it.
#[must_use]
pub fn first_birth(sealer: &Sealer, subject: Option<&str>, now: Timestamp) -> Timestamp {
    sealer.first_birth(subject, now)
}

/// Opens a text as [`Sealer::open_at`] does, but counts it only when it is refused. The caller
/// judges the payload and then calls [`count_opened`] or [`count_refused`], so that each text
/// counts once.
///
/// # Errors
/// As [`Sealer::open_at`].
pub fn open_uncounted(sealer: &Sealer, text: &[u8], now: Timestamp) -> Result<Opened, OpenError> {
    sealer.open_uncounted(text, now, Forged::Counts)
}

/// Opens a text as [`open_uncounted`] does, and does not count it when it is forged: it may belong
/// to another purpose, whose sealer then counts it.
///
/// # Errors
/// As [`Sealer::open_at`].
pub fn open_unless_forged(
    sealer: &Sealer,
    text: &[u8],
    now: Timestamp,
) -> Result<Opened, OpenError> {
    sealer.open_uncounted(text, now, Forged::IsTriedElsewhere)
}

/// Makes a sealer for another context, whose purpose [`Sealer::new`] may refuse, with the ring, the
/// padding and the counts of this one.
///
/// # Errors
/// [`ContextError::TooLong`] for a part of more than 65 535 bytes.
pub fn in_context(sealer: &Sealer, context: Context) -> Result<Sealer, ContextError> {
    sealer.in_context(context)
}

/// Returns whether the ring it was opened with, or the list beside that, revokes the session `id`.
#[must_use]
pub fn is_session_revoked(opened: &Opened, id: [u8; 8]) -> bool {
    opened.is_session_revoked(id)
}

/// Judges once more what has been opened, by the ring in use and the time `now`: its key, its times
/// and the floor. It decrypts and counts nothing.
///
/// # Errors
/// Those of [`Sealer::open_token_at`] that can come after a token has authenticated.
pub fn judge_again(sealer: &Sealer, opened: &Opened, now: Timestamp) -> Result<(), OpenError> {
    sealer.judge_again(opened, now)
}

/// Returns whether the ring or the list in use revokes the sessions that `subject` had at `born` in
/// the sealer's application.
#[must_use]
pub fn revokes_subject_of(sealer: &Sealer, subject: &str, born: Timestamp) -> bool {
    sealer.revokes_subject(subject, born)
}

/// Returns whether the ring or the list in use revokes the session `id`.
#[must_use]
pub fn revokes_session(ring: &LiveRing, id: [u8; 8]) -> bool {
    ring.guard().covers_session(id)
}

/// Returns whether the ring or the list in use revokes the sessions that `subject` had in `app` at
/// `born`. [`revokes_subject_of`] answers faster.
#[must_use]
pub fn revokes_subject(ring: &LiveRing, app: &str, subject: &str, born: Timestamp) -> bool {
    let listed = ring.guard().subject_born_before(app, subject);
    listed.is_some_and(|listed| born < listed)
}

/// Returns whether the ring or the list in use revokes any subject, of whichever application. Only
/// then is a session's subject needed, which costs something to compute.
#[must_use]
pub fn revokes_any_subject(ring: &LiveRing) -> bool {
    let in_use = ring.guard();
    in_use.ring.revocations().subject_entries() > 0 || in_use.list.subject_records() > 0
}

/// Returns the later of the times for `subject` in `app` in the ring and in the list in use: its
/// sessions that were born before are refused.
#[must_use]
pub fn subject_born_before(ring: &LiveRing, app: &str, subject: &str) -> Option<Timestamp> {
    ring.guard().subject_born_before(app, subject)
}

/// Returns whether the ring in use revokes any subject of `app`, or the list in use any subject of
/// some application.
#[must_use]
pub fn revokes_subjects(ring: &LiveRing, app: &str) -> bool {
    let in_use = ring.guard();
    in_use.ring.revocations().subjects_of(app).is_some() || in_use.list.subject_records() > 0
}

/// Returns whether the ring it was opened with revokes any subject of this application, or the list
/// beside that any subject. Only then is a session's subject needed, which costs something to
/// compute.
#[must_use]
pub fn lists_subjects(opened: &Opened) -> bool {
    opened.lists_subjects()
}

/// Returns for how many seconds the ring it was opened with remembers revocations.
#[must_use]
pub fn horizon(opened: &Opened) -> u32 {
    opened.horizon()
}

/// Counts a token that opened, under its key.
pub fn count_opened(opened: &Opened) {
    opened.count();
}

/// Counts a refusal under the key of the token that opened, or under no key.
pub fn count_refused(sealer: &Sealer, opened: Option<&Opened>, kind: impl CountedKind) {
    match opened {
        Some(opened) => opened.count_refused(kind),
        None => sealer.count_refused(kind),
    }
}

/// Returns the counts of each key, with the kinds of refusals of a crate above this one.
#[must_use]
pub fn uses<K: CountedKind>(sealer: &Sealer) -> Uses<K> {
    sealer.uses_of()
}

/// Returns the length in characters of a token with `payload` bytes under this sealer's padding.
#[must_use]
pub fn sealed_len(sealer: &Sealer, payload: usize) -> usize {
    Sealer::sealed_len(payload, sealer.padding_bucket())
}

/// Returns the id of a session that came in another library's cookie. It is the same for each
/// request with that cookie, so that they are one session from the start.
///
/// # Panics
/// If the name is longer than 65 535 bytes.
#[must_use]
pub fn legacy_session_id(cookie_name: &str, value: &[u8]) -> [u8; 8] {
    aead::legacy_session_id(cookie_name, value)
}

/// Draws the 8 bytes of a session id from the operating system's random source.
///
/// # Errors
/// [`SealError::Random`] when the operating system gives no random bytes.
pub fn draw_session_id() -> Result<[u8; 8], SealError> {
    Ok(aead::random()?)
}

/// Draws bytes from the operating system's random source.
///
/// # Errors
/// [`RandomError`] when the operating system gives no random bytes.
pub fn draw<const N: usize>() -> Result<[u8; N], RandomError> {
    aead::random()
}
