//! Keys and their ids.

use std::fmt;
use std::str::FromStr;

use zeroize::{Zeroize, Zeroizing};

use crate::aead::{self, Prk, PurposeCipher, RandomError, Suite};
use crate::base64url;
use crate::published::is_published;

/// The name of a key: 16 bytes computed from its secret, written as 22 characters of base64url.
///
/// The id commits to the secret and its suite, so two keys never share one. It is no secret.
///
/// # Examples
/// ```
/// use sealjar::{Key, KeyId, Suite};
///
/// let id = Key::generate(Suite::Xaes256Gcm)?.id();
/// assert_eq!(id.to_string().parse::<KeyId>()?, id);
/// assert!("too short".parse::<KeyId>().is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct KeyId([u8; 16]);

impl KeyId {
    pub(crate) const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Returns the 16 bytes, as a token carries them.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&base64url::encode(&self.0))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({self})")
    }
}

impl FromStr for KeyId {
    type Err = KeyIdError;

    /// Reads 22 characters of canonical base64url.
    fn from_str(text: &str) -> Result<Self, KeyIdError> {
        base64url::decode_array(text).map(Self).ok_or(KeyIdError)
    }
}

/// The text is not a key id: 22 characters of base64url without padding, unused bits zero.
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct KeyIdError;

impl fmt::Display for KeyIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key id is 22 characters of base64url without padding")
    }
}

crate::__debug_as_report!(KeyIdError);

impl std::error::Error for KeyIdError {}

/// A master secret of 32 bytes, with its suite.
///
/// # Examples
/// ```
/// use sealjar::{Key, Suite};
///
/// // In a test: applications read a ring that a keeper writes.
/// let key = Key::generate(Suite::Xaes256Gcm)?;
/// assert_eq!(key.suite(), Suite::Xaes256Gcm);
/// assert!(format!("{key:?}").contains(&key.id().to_string()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Security
/// The secret is wiped from memory on drop. There is no `Clone`, no `PartialEq` and no access to
/// the bytes; `Debug` shows the id. A key can leave the process only as part of
/// [`KeyRing::to_json`](crate::KeyRing::to_json).
pub struct Key {
    suite: Suite,
    id: KeyId,
    secret: Zeroizing<[u8; 32]>,
    prk: Prk,
}

impl Key {
    /// Draws a new key from the operating system's random source.
    ///
    /// Applications do not call this: replicas that make their own keys cannot open each other's
    /// tokens. It is for the one program that writes the ring, and for tests.
    ///
    /// # Errors
    /// [`RandomError`] when the operating system gives no random bytes.
    pub fn generate(suite: Suite) -> Result<Self, RandomError> {
        let secret = Zeroizing::new(aead::random()?);
        Ok(Self::from_secret(suite, &secret))
    }

    pub(crate) fn from_secret(suite: Suite, secret: &[u8; 32]) -> Self {
        let prk = Prk::extract(secret);
        Self {
            suite,
            id: KeyId(prk.key_id(suite)),
            secret: Zeroizing::new(*secret),
            prk,
        }
    }

    /// Reads `sealjar-key-1_` and the base64url of 32 secret and 4 check bytes.
    pub(crate) fn from_text(suite: Suite, text: &str) -> Result<Self, SecretTextError> {
        let encoded = text
            .strip_prefix(SECRET_PREFIX)
            .ok_or(SecretTextError::Prefix)?;
        let bytes = Zeroizing::new(
            base64url::decode_array::<36>(encoded).ok_or(SecretTextError::Encoding)?,
        );
        let (secret, check) = bytes
            .split_first_chunk::<32>()
            .ok_or(SecretTextError::Encoding)?;
        if aead::check_bytes(SECRET_LABEL, secret) != *check {
            return Err(SecretTextError::Check);
        }
        Ok(Self::from_secret(suite, secret))
    }

    pub(crate) fn to_text(&self) -> Zeroizing<String> {
        let mut bytes = Zeroizing::new([0; 36]);
        bytes[..32].copy_from_slice(&*self.secret);
        bytes[32..].copy_from_slice(&aead::check_bytes(SECRET_LABEL, &self.secret));
        let mut text = Zeroizing::new(String::with_capacity(
            SECRET_PREFIX.len() + base64url::encoded_len(36),
        ));
        text.push_str(SECRET_PREFIX);
        let mut encoded = base64url::encode(&*bytes);
        text.push_str(&encoded);
        encoded.zeroize();
        text
    }

    /// Returns the id, which is computed from the secret and the suite.
    #[must_use]
    pub const fn id(&self) -> KeyId {
        self.id
    }

    /// Returns the suite this key belongs to.
    #[must_use]
    pub const fn suite(&self) -> Suite {
        self.suite
    }

    pub(crate) fn purpose_cipher(&self, app: &str, purpose: &str) -> PurposeCipher {
        self.prk.purpose_cipher(self.suite, app, purpose)
    }

    /// Derives the key of a purpose that is no cipher's.
    #[cfg(feature = "__hazmat")]
    pub(crate) fn purpose_key(&self, app: &str, purpose: &str) -> Zeroizing<[u8; 32]> {
        self.prk.purpose_key(self.suite, app, purpose)
    }

    /// Derives a secret for a program that seals by itself.
    pub(crate) fn export(&self, app: &str, target: &str, length: usize) -> Zeroizing<Vec<u8>> {
        self.prk.export(app, target, length)
    }

    /// Returns whether the secret is public.
    pub(crate) fn is_published(&self) -> bool {
        is_published(&self.secret)
    }

    #[cfg(test)]
    pub(crate) fn prk_bytes(&self) -> &[u8; 32] {
        self.prk.bytes()
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key")
            .field("id", &self.id)
            .field("suite", &self.suite)
            .finish_non_exhaustive()
    }
}

/// Why the text of a secret was refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum SecretTextError {
    Check,
    Encoding,
    Prefix,
}

impl fmt::Display for SecretTextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Check => "the check bytes do not match the secret: it was cut or mistyped",
            Self::Encoding => {
                "must be 48 characters of canonical base64url after \"sealjar-key-1_\""
            }
            Self::Prefix => "must begin with \"sealjar-key-1_\"",
        })
    }
}

const SECRET_PREFIX: &str = "sealjar-key-1_";
const SECRET_LABEL: &[u8] = b"sealjar-key-1";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_does_not_leak_key() {
        let key = Key::from_secret(Suite::Xaes256Gcm, &[0xAB; 32]);
        let shown = format!("{key:?} {key:#?}").to_lowercase();
        assert!(shown.contains(&key.id().to_string().to_lowercase()));
        let base64_of_secret = base64url::encode(&[0xAB; 32]).to_lowercase();
        for needle in ["abab", "171, 171", &base64_of_secret[..8]] {
            assert!(!shown.contains(needle), "{shown}");
        }
    }

    #[test]
    fn a_secret_survives_its_text_and_no_edited_text_is_read() {
        let key = Key::from_secret(Suite::Xaes256Gcm, &[7; 32]);
        let text = key.to_text();
        let again = Key::from_text(Suite::Xaes256Gcm, &text).unwrap();
        assert_eq!(again.id(), key.id());
        assert_eq!(again.to_text(), text);
        for at in 0..text.len() {
            for replacement in ['A', 'B', '_', '=', ' '] {
                let mut edited: Vec<char> = text.chars().collect();
                if edited[at] == replacement {
                    continue;
                }
                edited[at] = replacement;
                let edited: String = edited.into_iter().collect();
                assert!(
                    Key::from_text(Suite::Xaes256Gcm, &edited).is_err(),
                    "{at} {replacement}"
                );
            }
            assert!(Key::from_text(Suite::Xaes256Gcm, &text[..at]).is_err());
        }
    }

    #[test]
    fn the_same_secret_has_another_id_in_another_suite() {
        let ids = [Suite::Xaes256Gcm, Suite::XChaCha20Poly1305]
            .map(|suite| Key::from_secret(suite, &[7; 32]).id());
        assert_ne!(ids[0], ids[1]);
    }

    #[test]
    fn generated_keys_differ() {
        let keys = [(); 2].map(|()| Key::generate(Suite::Xaes256Gcm).unwrap().id());
        assert_ne!(keys[0], keys[1]);
    }
}
