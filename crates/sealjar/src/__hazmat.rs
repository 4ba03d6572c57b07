//! Doors for the other crates of this project. Whoever uses one can forge a session.

use crate::aead;
#[cfg(feature = "__test-keys")]
use crate::aead::Suite;
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

pub use crate::blob::{Blob, BlobError, StoreKey, StoreKeyError};

/// The purpose of a session's cookie.
pub const SESSION: &str = context::SESSION;
/// The purpose of the cookie of a session that programs in other languages share.
pub const SESSION_JSON: &str = context::SESSION_JSON;
/// How many kinds of refusals can be counted, those of tokens included.
pub const SLOTS: usize = refusal::SLOTS;
/// The slot of the first kind of refusal that only sessions have.
pub const FIRST_SLOT_OF_SESSIONS: usize = refusal::FIRST_SLOT_OF_SESSIONS;

/// Makes one of 256 keys whose secrets everybody knows, for tests: `just secrets` looks for those
/// in all that the suites print.
#[cfg(feature = "__test-keys")]
#[must_use]
pub fn known_key(suite: Suite, seed: u8) -> Key {
    Key::from_secret(suite, &crate::published::known_secret(seed))
}

/// Makes a sealer for one of the purposes that [`Sealer::new`] refuses.
///
/// # Errors
/// [`ContextError::TooLong`] for a part of more than 65 535 bytes.
pub fn library_sealer(ring: impl Into<LiveRing>, context: Context) -> Result<Sealer, ContextError> {
    Sealer::for_any_purpose(ring.into(), context)
}

/// Seals with a birth in the past, and returns the expiry the token got: `expires_at`, or the end
/// of the sealing key's lifetime where that comes first.
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
    let wanted = Wanted {
        born,
        expires_at,
        now,
    };
    sealer.seal_with(payload, wanted, aead::random)
}

/// Returns the birth for a session of `subject` that begins at `now`: the first that the ring in
/// use does not refuse, at most its skew after `now`.
///
/// Whoever is revoked gets an entry that lies ahead, so that it covers what a fast clock has
/// sealed. A session that begins with the entry known is none of those that it is to end.
#[must_use]
pub fn first_birth(sealer: &Sealer, subject: Option<&str>, now: Timestamp) -> Timestamp {
    sealer.first_birth(subject, now)
}

/// Opens a text as [`Sealer::open_at`] does, but counts it only when it is refused. Whoever judges
/// what is inside goes on with [`count_opened`] or [`count_refused`], so that each text counts
/// once.
///
/// # Errors
/// As [`Sealer::open_at`].
pub fn open_uncounted(sealer: &Sealer, text: &[u8], now: Timestamp) -> Result<Opened, OpenError> {
    sealer.open_uncounted(text, now, Forged::Counts)
}

/// Opens a text as [`open_uncounted`] does, and does not count it when it is forged: it may be one
/// of another purpose, and that one's sealer counts it then.
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

/// Makes the sealer of another of the purposes that [`Sealer::new`] refuses, with the ring, the
/// rest of the context, the padding and the counts of this one.
#[must_use]
pub fn for_purpose(sealer: &Sealer, purpose: &str) -> Sealer {
    sealer.for_purpose(purpose)
}

/// Returns whether the ring it was opened with revokes the session `id`.
#[must_use]
pub fn is_session_revoked(opened: &Opened, id: [u8; 8]) -> bool {
    opened.revocations().covers_session(id)
}

/// Returns whether the ring it was opened with revokes any subject of this application. Asking for
/// a session's subject costs something, and is not needed otherwise.
#[must_use]
pub fn lists_subjects(opened: &Opened) -> bool {
    opened.lists_subjects()
}

/// Returns for how many seconds the ring it was opened with remembers revocations.
#[must_use]
pub fn horizon(opened: &Opened) -> u32 {
    opened.revocations().horizon
}

/// Counts what opened under its key.
pub fn count_opened(opened: &Opened) {
    opened.count();
}

/// Counts a refusal under the key of what opened, or under none.
pub fn count_refused(sealer: &Sealer, opened: Option<&Opened>, kind: impl CountedKind) {
    match opened {
        Some(opened) => opened.count_refused(kind),
        None => sealer.count_refused(kind),
    }
}

/// Returns what has been done with each key, with the kinds of refusals of a crate above this one.
#[must_use]
pub fn uses<K: CountedKind>(sealer: &Sealer) -> Uses<K> {
    sealer.uses_of()
}

/// Returns the length in characters of a token with `payload` bytes under this sealer's padding.
#[must_use]
pub fn sealed_len(sealer: &Sealer, payload: usize) -> usize {
    Sealer::sealed_len(payload, sealer.padding_bucket())
}

/// Draws the 8 bytes of a session id from the operating system's random source.
///
/// # Errors
/// [`SealError::Random`] when the operating system gives no random bytes.
pub fn draw_session_id() -> Result<[u8; 8], SealError> {
    Ok(aead::random()?)
}
