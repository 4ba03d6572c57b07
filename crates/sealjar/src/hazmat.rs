//! Doors for the other crates of this project. Whoever uses one can forge a session.

use crate::aead;
use crate::clock::Timestamp;
use crate::context::Context;
use crate::error::{ContextError, SealError};
use crate::live::LiveRing;
use crate::sealer::{Sealer, Wanted};
use crate::token::Token;

/// Makes a sealer for one of the purposes that [`Sealer::new`] refuses.
///
/// # Errors
/// [`ContextError::TooLong`] for a part of more than 65 535 bytes.
pub fn library_sealer(ring: impl Into<LiveRing>, context: Context) -> Result<Sealer, ContextError> {
    Sealer::for_any_purpose(ring.into(), context)
}

/// Seals with a birth in the past, and returns the expiry the token got: `expires_at`, or the end of
/// the sealing key's lifetime where that comes first.
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
