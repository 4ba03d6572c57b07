//! How is a key written, and what is a text that is none?

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sealjar::__hazmat::StoreKeyError;
use sha2::{Digest as _, Sha256};
use zeroize::{Zeroize as _, Zeroizing};

/// A kind of key: its label, the text before the `_`.
pub(super) struct Kind {
    label: &'static str,
    /// What it is, for a message.
    name: &'static str,
}

pub(super) const DELIVERY: Kind = Kind {
    label: "sealjar-delivery-1",
    name: "the delivery key of a replica",
};
pub(super) const SPEAKER: Kind = Kind {
    label: "sealjar-speaker-1",
    name: "the key of a keeper",
};

/// The secret, and the public key or the seed.
type Halves = Zeroizing<([u8; 32], [u8; 32])>;

/// Reads the two halves of a key.
pub(super) fn from_text(text: &[u8], kind: &Kind) -> Result<Halves, KeyTextError> {
    let trimmed = text.trim_ascii();
    if trimmed.is_empty() {
        return Err(KeyTextError::Empty);
    }
    let encoded = trimmed
        .strip_prefix(kind.label.as_bytes())
        .and_then(|rest| rest.strip_prefix(b"_"))
        .ok_or_else(|| other_kind(text, kind))?;
    if encoded.len() != ENCODED {
        return Err(KeyTextError::Cut {
            expected: ENCODED,
            found: encoded.len(),
        });
    }
    let mut bytes = Zeroizing::new([0; BYTES]);
    let read = URL_SAFE_NO_PAD.decode_slice(encoded, &mut *bytes);
    if read != Ok(BYTES) {
        return Err(KeyTextError::Encoding);
    }
    let (halves, check) = bytes.split_at(64);
    if *check != check_of(kind, halves) {
        return Err(KeyTextError::Check);
    }
    let mut key = Zeroizing::new(([0; 32], [0; 32]));
    key.0.copy_from_slice(&halves[..32]);
    key.1.copy_from_slice(&halves[32..]);
    Ok(key)
}

pub(super) fn to_text(kind: &Kind, secret: &[u8; 32], other: &[u8; 32]) -> Zeroizing<String> {
    let mut bytes = Zeroizing::new([0; BYTES]);
    bytes[..32].copy_from_slice(secret);
    bytes[32..64].copy_from_slice(other);
    let check = check_of(kind, &bytes[..64]);
    bytes[64..].copy_from_slice(&check);
    // Never grows: growing would leave a copy behind.
    let mut text = Zeroizing::new(String::with_capacity(kind.label.len() + 1 + ENCODED));
    text.push_str(kind.label);
    text.push('_');
    let mut encoded = URL_SAFE_NO_PAD.encode(*bytes);
    text.push_str(&encoded);
    encoded.zeroize();
    text
}

fn check_of(kind: &Kind, halves: &[u8]) -> [u8; 4] {
    let full = Sha256::new()
        .chain_update(kind.label)
        .chain_update(halves)
        .finalize();
    [full[0], full[1], full[2], full[3]]
}

/// Finds out what a text is that is not the key it should be.
fn other_kind(text: &[u8], expected: &Kind) -> KeyTextError {
    let trimmed = text.trim_ascii();
    let begins = |with: &str| trimmed.starts_with(with.as_bytes());
    let found = if text.len() == 32 {
        "a key that a store is sealed under"
    } else if begins("{") {
        "a ring document"
    } else if begins("sealjar-key-") {
        "a key of a ring"
    } else if begins(DELIVERY.label) {
        DELIVERY.name
    } else if begins(SPEAKER.label) {
        SPEAKER.name
    } else if begins("sealjar-delivery-") || begins("sealjar-speaker-") {
        return KeyTextError::UnknownFormat;
    } else {
        return KeyTextError::NotAKey {
            expected: expected.label,
        };
    };
    KeyTextError::OtherKind {
        expected: expected.name,
        found,
    }
}

/// Why a text is not the key that it should be. It repeats nothing of the text.
#[derive(Clone, Copy, Eq, PartialEq)]
#[non_exhaustive]
pub enum KeyTextError {
    /// The check bytes do not match.
    Check,
    /// Characters are missing, or there are too many.
    Cut {
        /// How many there should be after the `_`.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// There is nothing.
    Empty,
    /// It is not canonical base64url.
    Encoding,
    /// It is no key at all.
    NotAKey {
        /// How the key begins.
        expected: &'static str,
    },
    /// It is a key for something else.
    OtherKind {
        /// What it should be.
        expected: &'static str,
        /// What it is.
        found: &'static str,
    },
    /// The public key in it is none.
    PublicKey,
    /// Its secret is public.
    Published,
    /// A later version of sealjar has made it.
    UnknownFormat,
}

impl KeyTextError {
    pub(super) const fn of_secret(error: StoreKeyError) -> Self {
        // The length is right. What is left is a secret that anybody can guess.
        match error {
            StoreKeyError::Length { .. } => Self::Encoding,
            _ => Self::Published,
        }
    }

    /// Returns what to do about it.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Check | Self::Cut { .. } | Self::Encoding | Self::PublicKey => {
                "copy the key again, whole and on one line"
            }
            Self::Empty | Self::NotAKey { .. } => {
                "`sealjar new-delivery-key` makes a pair: one key for replicas, one for keepers"
            }
            Self::OtherKind { .. } => {
                "replicas get the key that begins with sealjar-delivery-1, keepers the one that \
                 begins with sealjar-speaker-1"
            }
            Self::Published => "make a pair of your own with `sealjar new-delivery-key`",
            Self::UnknownFormat => "upgrade this program",
        }
    }
}

impl fmt::Display for KeyTextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Check => {
                f.write_str("the check bytes do not match the key: it was cut or mistyped")
            }
            Self::Cut { expected, found } => write!(
                f,
                "the key has {found} characters after the `_`, and should have {expected}"
            ),
            Self::Empty => f.write_str("there is no key: the text is empty"),
            Self::Encoding => f.write_str("the key is not canonical base64url"),
            Self::NotAKey { expected } => {
                write!(f, "this is no key: it does not begin with {expected}_")
            }
            Self::OtherKind { expected, found } => write!(f, "this is {found}, not {expected}"),
            Self::PublicKey => f.write_str("the keeper's public key in it is none"),
            Self::Published => f.write_str(
                "the key is no secret: it is in the tests or examples of sealjar, or follows a pattern",
            ),
            Self::UnknownFormat => f.write_str("a later version of sealjar has made this key"),
        }
    }
}

sealjar::__debug_as_report!(KeyTextError, hint);

impl std::error::Error for KeyTextError {}

/// The secret, the other half, the check.
const BYTES: usize = 32 + 32 + 4;
const ENCODED: usize = 91;
