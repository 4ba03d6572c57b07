//! What came of a request to revoke, in the keeper's words?
//!
//! ```text
//! answer = u8(outcome) ‖ u64(seq)
//!          ‖ Ed25519("sealjar/v1 revoked" ‖ 00 ‖ lp16(ring) ‖ nonce ‖ the 9 bytes before)
//! ```

use std::fmt;

use crate::bytes::{Reader, lp16};
use crate::key::{DeliveryKey, SpeakerKey};

/// What came of a request to revoke.
///
/// A keeper signs each outcome, also a refusal: otherwise anything between the two could say that
/// nothing was committed.
///
/// # Examples
/// ```
/// use sealjar_follow::{RevokeOutcome, SpeakerKey};
///
/// let speaker = SpeakerKey::generate()?;
/// let outcome = RevokeOutcome::Committed { seq: 3 };
/// let answer = outcome.sign(&speaker, "web", &[7; 16]);
/// let key = speaker.delivery_key();
/// assert_eq!(RevokeOutcome::verify(key, "web", &[7; 16], &answer), Some(outcome));
/// assert_eq!(RevokeOutcome::verify(key, "web", &[8; 16], &answer), None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum RevokeOutcome {
    /// Everything in the request is in the list of this number, and in those after it.
    Committed {
        /// The number of the list.
        seq: u64,
    },
    /// Nothing of the request was committed.
    NotCommitted(RevokeRefusal),
    /// The keeper cannot say whether it was committed: its store did not answer after the write.
    NotKnown,
}

/// Why a keeper has committed nothing of a request.
#[derive(Clone, Copy, Eq, PartialEq)]
#[non_exhaustive]
pub enum RevokeRefusal {
    /// The request's time differs too much from the keeper's clock.
    Clock,
    /// There is no room in the list.
    Full,
    /// A record has a time that lies too far ahead of the keeper's clock.
    InFuture,
    /// A reason that this build does not know.
    Other(u8),
    /// The keeper commits nothing at present: it has just started, or its store is behind what a
    /// replica holds.
    Stopped,
    /// This replica, or all of them, have revoked too much in the last minute.
    TooMany,
    /// The keeper cannot use its store, or has too many requests waiting.
    Unavailable,
}

impl RevokeOutcome {
    /// The length in bytes of a signed outcome.
    pub const LEN: usize = SAID + 64;

    /// Signs the outcome for the request with this nonce.
    #[must_use]
    pub fn sign(self, speaker: &SpeakerKey, ring: &str, nonce: &[u8; 16]) -> [u8; Self::LEN] {
        let said = self.said();
        let signature = speaker.sign(&message(ring, nonce, &said));
        let mut answer = [0; Self::LEN];
        answer[..SAID].copy_from_slice(&said);
        answer[SAID..].copy_from_slice(&signature);
        answer
    }

    /// Returns the outcome if the keeper of this key has signed it for the request with this nonce.
    #[must_use]
    pub fn verify(key: &DeliveryKey, ring: &str, nonce: &[u8; 16], answer: &[u8]) -> Option<Self> {
        let mut reader = Reader(answer);
        let (said, signature) = (reader.array()?, reader.array()?);
        let is_signed =
            reader.0.is_empty() && key.has_signed(&message(ring, nonce, said), signature);
        if is_signed { Self::of(said) } else { None }
    }

    fn said(self) -> [u8; SAID] {
        let (code, seq) = match self {
            Self::Committed { seq } => (COMMITTED, seq),
            Self::NotKnown => (NOT_KNOWN, 0),
            Self::NotCommitted(refusal) => (refusal.code(), 0),
        };
        let mut said = [0; SAID];
        said[0] = code;
        said[1..].copy_from_slice(&seq.to_be_bytes());
        said
    }

    fn of(said: &[u8; SAID]) -> Option<Self> {
        let mut reader = Reader(said);
        let ([code], seq) = (*reader.array()?, reader.u64()?);
        match (code, seq) {
            (COMMITTED, seq) => Some(Self::Committed { seq }),
            (NOT_KNOWN, 0) => Some(Self::NotKnown),
            (code, 0) => Some(Self::NotCommitted(RevokeRefusal::of(code))),
            _ => None,
        }
    }
}

impl RevokeRefusal {
    const fn code(self) -> u8 {
        match self {
            Self::Full => 2,
            Self::InFuture => 3,
            Self::TooMany => 4,
            Self::Clock => 5,
            Self::Stopped => 6,
            Self::Unavailable => 7,
            Self::Other(code) => code,
        }
    }

    const fn of(code: u8) -> Self {
        match code {
            2 => Self::Full,
            3 => Self::InFuture,
            4 => Self::TooMany,
            5 => Self::Clock,
            6 => Self::Stopped,
            7 => Self::Unavailable,
            code => Self::Other(code),
        }
    }

    /// Returns what to do about it.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Clock | Self::InFuture => "check the clocks of this machine and of the keeper's",
            Self::Full => {
                "records go when their sessions are over: `sealjar status` shows when; see which \
                 application revokes so many"
            }
            Self::Other(_) => "see the keeper's log; is this build older than the keeper?",
            Self::Stopped => {
                "send it again in half a minute; if that does not help, see `sealjar status`"
            }
            Self::TooMany => "send it again in a minute; see who logs in and out so often",
            Self::Unavailable => "see the log of the keeper; send it again",
        }
    }
}

impl fmt::Display for RevokeRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Clock => "the clock of this replica is not the keeper's",
            Self::Full => "the list of revocations is full",
            Self::InFuture => "a revocation has a time ahead of the keeper's clock",
            Self::Other(code) => return write!(f, "the keeper refuses, with code {code}"),
            Self::Stopped => {
                "the keeper commits nothing at present: it has just started, or its store is \
                 behind a replica"
            }
            Self::TooMany => "there were too many revocations in the last minute",
            Self::Unavailable => "the keeper cannot write to its store now",
        })
    }
}

sealjar::__debug_as_report!(RevokeRefusal, hint);

impl std::error::Error for RevokeRefusal {}

fn message(ring: &str, nonce: &[u8; 16], said: &[u8; SAID]) -> Vec<u8> {
    let mut message = b"sealjar/v1 revoked\0".to_vec();
    lp16(ring.as_bytes(), &mut message);
    message.extend_from_slice(nonce);
    message.extend_from_slice(said);
    message
}

const COMMITTED: u8 = 0;
const NOT_KNOWN: u8 = 1;
/// The bytes that the signature covers.
const SAID: usize = 1 + 8;
