//! Encrypts and authenticates bytes. Only this module names a cipher.
//!
//! ```text
//! master -> PRK -> key id                                  derive
//!            |---> key of an app and purpose -> ciphertext ‖ tag
//!                    suite 1: XAES-256-GCM                 xaes, over the AES-256-GCM of a backend
//!                    suite 2: XChaCha20-Poly1305           with the 24-byte nonce as it is
//! ```

mod backend;
mod derive;
mod random;
mod xaes;

use chacha20poly1305::{AeadInOut, KeyInit, XChaCha20Poly1305};
use zeroize::Zeroize;

use xaes::Xaes;

#[cfg(test)]
pub(crate) use backend::Backend;
#[cfg(feature = "__hazmat")]
pub(crate) use derive::legacy_session_id;
#[cfg(test)]
pub(crate) use derive::{DERIVED, HASHED};
pub(crate) use derive::{Prk, SubjectHasher, check_bytes, lp16_len, pepper_id, ring_id};
pub use random::RandomError;
pub(crate) use random::random;

/// A way to encrypt and authenticate. It belongs to a key, never to a call.
///
/// # Examples
/// ```
/// use sealjar::Suite;
///
/// assert_eq!(Suite::Xaes256Gcm.as_str(), "xaes-256-gcm");
/// assert_eq!(Suite::XChaCha20Poly1305.version(), 2);
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Suite {
    /// XChaCha20-Poly1305 with 24-byte nonces (draft-irtf-cfrg-xchacha-03). Token version 2.
    XChaCha20Poly1305,
    /// XAES-256-GCM with 24-byte nonces (C2SP). Token version 1, the default.
    Xaes256Gcm,
}

impl Suite {
    /// Returns the name that ring documents use: `xaes-256-gcm` or `xchacha20-poly1305`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::XChaCha20Poly1305 => "xchacha20-poly1305",
            Self::Xaes256Gcm => "xaes-256-gcm",
        }
    }

    /// Returns the suite that ring documents name so, `None` if this build knows none.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Xaes256Gcm, Self::XChaCha20Poly1305]
            .into_iter()
            .find(|suite| suite.as_str() == name)
    }

    /// Returns the first byte of every token under this suite.
    #[must_use]
    pub const fn version(self) -> u8 {
        match self {
            Self::Xaes256Gcm => 1,
            Self::XChaCha20Poly1305 => 2,
        }
    }

    pub(crate) const fn from_version(version: u8) -> Option<Self> {
        match version {
            1 => Some(Self::Xaes256Gcm),
            2 => Some(Self::XChaCha20Poly1305),
            _ => None,
        }
    }
}

/// A cipher under the key of one application and purpose.
pub(crate) struct PurposeCipher(Cipher);

impl PurposeCipher {
    pub(crate) fn new(suite: Suite, key: &[u8; 32]) -> Self {
        Self(match suite {
            Suite::Xaes256Gcm => Cipher::Xaes(Box::new(Xaes::new(key))),
            Suite::XChaCha20Poly1305 => {
                Cipher::XChaCha(Box::new(XChaCha20Poly1305::new(key.into())))
            }
        })
    }

    /// Encrypts `buffer` in place and returns the tag.
    pub(crate) fn seal(&self, nonce: &[u8; 24], aad: &[u8], buffer: &mut [u8]) -> [u8; 16] {
        match &self.0 {
            Cipher::Xaes(xaes) => xaes.seal(nonce, aad, buffer),
            Cipher::XChaCha(cipher) => cipher
                .encrypt_inout_detached(nonce.into(), aad, buffer.into())
                .expect("tokens are far shorter than the limit of ChaCha20")
                .into(),
        }
    }

    /// Decrypts `buffer` in place, or wipes it if the tag is wrong.
    pub(crate) fn open(
        &self,
        nonce: &[u8; 24],
        aad: &[u8],
        buffer: &mut [u8],
        tag: &[u8; 16],
    ) -> Result<(), Forged> {
        let opened = match &self.0 {
            Cipher::Xaes(xaes) => xaes.open(nonce, aad, buffer, tag),
            Cipher::XChaCha(cipher) => cipher
                .decrypt_inout_detached(nonce.into(), aad, (&mut *buffer).into(), tag.into())
                .map_err(|_| Forged),
        };
        opened.inspect_err(|_| buffer.zeroize())
    }
}

/// The tag does not match the key, the nonce, the ciphertext and the context.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Forged;

enum Cipher {
    Xaes(Box<Xaes>),
    XChaCha(Box<XChaCha20Poly1305>),
}
