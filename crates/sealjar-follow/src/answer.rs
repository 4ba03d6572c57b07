//! What does a keeper answer, and what does a relay?
//!
//! ```text
//! answer = u32(as of) ‖ head ‖ signature(64) ‖ parts
//! signature = Ed25519("sealjar/v1 answer" ‖ 00 ‖ lp16(ring) ‖ nonce ‖ u32(as of) ‖ SHA-256(head))
//!             zeros, with as of 0, from a relay
//! ```

use sealjar::Timestamp;

use crate::bytes::{Reader, lp16, sha256};
use crate::head::{HEAD_LEN, SignedHead};
use crate::key::{DeliveryKey, SpeakerKey};

/// Signs an answer to the question with this nonce: what comes before its parts. `as_of` is when
/// the keeper last read its store.
#[must_use]
pub fn sign_answer(
    speaker: &SpeakerKey,
    ring: &str,
    nonce: &[u8; 16],
    as_of: Timestamp,
    head: &SignedHead,
) -> [u8; ANSWER_LEN] {
    let signature = speaker.sign(&message(ring, nonce, as_of, head.as_bytes()));
    join(as_of, head, &signature)
}

/// Makes an answer of a relay, which has a head and no key to sign with: what comes before its
/// parts. It carries the head and vouches for nothing.
#[must_use]
pub fn relay_answer(head: &SignedHead) -> [u8; ANSWER_LEN] {
    join(Timestamp::MIN, head, &[0; 64])
}

fn join(as_of: Timestamp, head: &SignedHead, signature: &[u8; 64]) -> [u8; ANSWER_LEN] {
    let mut answer = [0; ANSWER_LEN];
    answer[..4].copy_from_slice(&as_of.stored().to_be_bytes());
    answer[4..4 + HEAD_LEN].copy_from_slice(head.as_bytes());
    answer[4 + HEAD_LEN..].copy_from_slice(signature);
    answer
}

/// The fields of an answer that nobody has checked.
pub(crate) struct UncheckedAnswer<'a> {
    as_of: Timestamp,
    pub(crate) head: &'a [u8; HEAD_LEN],
    signature: &'a [u8; 64],
    pub(crate) parts: &'a [u8],
}

/// Who vouches for an answer.
pub(crate) enum Voucher {
    /// A keeper, which last read its store then.
    Keeper(Timestamp),
    /// Nobody: it comes from a relay.
    Nobody,
}

impl<'a> UncheckedAnswer<'a> {
    pub(crate) fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut reader = Reader(bytes);
        Some(Self {
            as_of: Timestamp::from_stored(reader.u32()?),
            head: reader.array()?,
            signature: reader.array()?,
            parts: reader.0,
        })
    }

    /// Returns who vouches for it, `None` if its signature is wrong.
    pub(crate) fn voucher(
        &self,
        key: &DeliveryKey,
        ring: &str,
        nonce: &[u8; 16],
    ) -> Option<Voucher> {
        if *self.signature == [0; 64] && self.as_of == Timestamp::MIN {
            return Some(Voucher::Nobody);
        }
        let message = message(ring, nonce, self.as_of, self.head);
        key.has_signed(&message, self.signature)
            .then_some(Voucher::Keeper(self.as_of))
    }
}

fn message(ring: &str, nonce: &[u8; 16], as_of: Timestamp, head: &[u8; HEAD_LEN]) -> Vec<u8> {
    let mut message = b"sealjar/v1 answer\0".to_vec();
    lp16(ring.as_bytes(), &mut message);
    message.extend_from_slice(nonce);
    message.extend_from_slice(&as_of.stored().to_be_bytes());
    message.extend_from_slice(&sha256(head));
    message
}

/// The length in bytes of what comes before the parts of an answer.
pub const ANSWER_LEN: usize = 4 + HEAD_LEN + 64;
