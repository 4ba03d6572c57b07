//! What is current, in the keeper's words?
//!
//! ```text
//! head = "sealjar-head-1" ‖ u64(epoch) ‖ SHA-256(ring document) ‖ u64(seq) ‖ SHA-256(list)
//!        ‖ Ed25519("sealjar/v1 head" ‖ 00 ‖ lp16(ring) ‖ the 94 bytes before)
//! ```

use std::fmt;

use crate::bytes::{Reader, lp16, sha256};
use crate::key::{DeliveryKey, SpeakerKey};

/// What a keeper says is current: a ring and a list of revocations, each by its number and hash.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Head {
    /// The epoch of the ring.
    pub epoch: u64,
    /// The SHA-256 of its document.
    pub ring: [u8; 32],
    /// The number of the list, 0 while there is none.
    pub seq: u64,
    /// The SHA-256 of the list, zeros while there is none.
    pub list: [u8; 32],
}

/// How what one head names relates to what another one names.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Standing {
    /// One number is higher and the other lower: the two were made over different states.
    Crossed,
    /// Equal numbers stand for different contents. Two stores have made them.
    Fork,
    /// At least one number is higher, and none is lower.
    Newer,
    /// At least one number is lower, and none is higher.
    Older,
    /// Both name the same.
    Same,
}

impl Head {
    /// Makes the head of a ring document and, if there is one, a list with its number, which is
    /// greater than 0.
    #[must_use]
    pub fn of(epoch: u64, document: &[u8], list: Option<(u64, &[u8])>) -> Self {
        Self {
            epoch,
            ring: sha256(document),
            seq: list.map_or(0, |(seq, _)| seq),
            list: list.map_or([0; 32], |(_, list)| sha256(list)),
        }
    }

    /// Returns how this head relates to another one.
    #[must_use]
    pub fn standing_to(&self, other: &Self) -> Standing {
        use std::cmp::Ordering::{Equal, Greater, Less};
        let ring = self.epoch.cmp(&other.epoch);
        let list = self.seq.cmp(&other.seq);
        if (ring == Equal && self.ring != other.ring) || (list == Equal && self.list != other.list)
        {
            return Standing::Fork;
        }
        match (ring, list) {
            (Equal, Equal) => Standing::Same,
            (Greater, Less) | (Less, Greater) => Standing::Crossed,
            (Greater, _) | (_, Greater) => Standing::Newer,
            (Less, _) | (_, Less) => Standing::Older,
        }
    }

    fn to_bytes(self) -> [u8; SIGNED] {
        let mut bytes = [0; SIGNED];
        let mut rest = &mut bytes[..];
        for field in [
            MAGIC,
            &self.epoch.to_be_bytes(),
            &self.ring,
            &self.seq.to_be_bytes(),
            &self.list,
        ] {
            let (place, after) = rest.split_at_mut(field.len());
            place.copy_from_slice(field);
            rest = after;
        }
        bytes
    }

    fn from_bytes(bytes: &[u8; SIGNED]) -> Option<Self> {
        let mut reader = Reader(bytes.strip_prefix(MAGIC)?);
        let head = Self {
            epoch: reader.u64()?,
            ring: *reader.array()?,
            seq: reader.u64()?,
            list: *reader.array()?,
        };
        // There is one way to write that there is no list.
        ((head.seq == 0) == (head.list == [0; 32])).then_some(head)
    }
}

/// A head that a keeper has signed.
///
/// # Examples
/// ```
/// use sealjar_follow::{Head, SignedHead, SpeakerKey};
///
/// let speaker = SpeakerKey::generate()?;
/// let signed = SignedHead::sign(&speaker, "web", Head::of(7, b"the document", None));
/// let key = speaker.delivery_key();
/// assert!(SignedHead::verify(key, "web", signed.as_bytes()).is_ok());
/// assert!(SignedHead::verify(key, "other", signed.as_bytes()).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Eq, PartialEq)]
pub struct SignedHead {
    head: Head,
    bytes: [u8; HEAD_LEN],
}

impl SignedHead {
    /// Signs a head of this ring. The same head always gets the same bytes.
    #[must_use]
    pub fn sign(speaker: &SpeakerKey, ring: &str, head: Head) -> Self {
        let said = head.to_bytes();
        let signature = speaker.sign(&message(ring, &said));
        let mut bytes = [0; HEAD_LEN];
        bytes[..SIGNED].copy_from_slice(&said);
        bytes[SIGNED..].copy_from_slice(&signature);
        Self { head, bytes }
    }

    /// Takes bytes if they are a head that the keeper of this key has signed for this ring.
    ///
    /// # Errors
    /// [`HeadError`].
    pub fn verify(key: &DeliveryKey, ring: &str, bytes: &[u8]) -> Result<Self, HeadError> {
        let bytes: &[u8; HEAD_LEN] = bytes.try_into().map_err(|_| HeadError::NotAHead)?;
        let mut reader = Reader(bytes);
        let said = reader.array().ok_or(HeadError::NotAHead)?;
        let signature = reader.array().ok_or(HeadError::NotAHead)?;
        let head = Head::from_bytes(said).ok_or(HeadError::NotAHead)?;
        if !key.has_signed(&message(ring, said), signature) {
            return Err(HeadError::Signature);
        }
        Ok(Self {
            head,
            bytes: *bytes,
        })
    }

    /// Returns what it says.
    #[must_use]
    pub const fn head(&self) -> &Head {
        &self.head
    }

    /// Returns the bytes that travel.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; HEAD_LEN] {
        &self.bytes
    }
}

impl fmt::Debug for SignedHead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SignedHead").field(&self.head).finish()
    }
}

/// Why bytes are no head that a keeper has signed.
#[derive(Clone, Copy, Eq, PartialEq)]
#[non_exhaustive]
pub enum HeadError {
    /// They do not have the form of a head.
    NotAHead,
    /// The keeper of this key has not signed it, or has signed it for another ring.
    Signature,
}

impl fmt::Display for HeadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotAHead => "it is no head: it begins with other bytes, or was cut off",
            Self::Signature => {
                "the head is not signed by the keeper that this key belongs to, or for another ring"
            }
        })
    }
}

sealjar::__debug_as_report!(HeadError);

impl std::error::Error for HeadError {}

fn message(ring: &str, said: &[u8; SIGNED]) -> Vec<u8> {
    let mut message = b"sealjar/v1 head\0".to_vec();
    lp16(ring.as_bytes(), &mut message);
    message.extend_from_slice(said);
    message
}

const MAGIC: &[u8] = b"sealjar-head-1";
/// The bytes that the signature covers.
const SIGNED: usize = MAGIC.len() + 8 + 32 + 8 + 32;
/// The length of a signed head in bytes.
pub const HEAD_LEN: usize = SIGNED + 64;
