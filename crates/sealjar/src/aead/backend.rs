//! Which library computes AES-256-GCM? The bytes and the refusals are the same with each.

use super::Forged;

/// The libraries of this build: one, and in tests with `ring` both.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Backend {
    /// `aes-gcm`, which is Rust throughout.
    #[cfg(any(test, not(feature = "ring")))]
    Pure,
    /// `ring`, whose AES-256-GCM is assembly.
    #[cfg(feature = "ring")]
    Ring,
}

impl Backend {
    /// Returns the library that new ciphers use.
    #[cfg(not(test))]
    pub(super) const fn in_use() -> Self {
        Self::BUILT_IN
    }

    /// Encrypts `buffer` in place and returns the tag.
    pub(crate) fn seal(
        self,
        key: &[u8; 32],
        nonce: &[u8; 12],
        aad: &[u8],
        buffer: &mut [u8],
    ) -> [u8; 16] {
        match self {
            #[cfg(any(test, not(feature = "ring")))]
            Self::Pure => pure::seal(key, nonce, aad, buffer),
            #[cfg(feature = "ring")]
            Self::Ring => native::seal(key, nonce, aad, buffer),
        }
    }

    /// Decrypts `buffer` in place if the tag is right. Otherwise the contents are unspecified.
    pub(crate) fn open(
        self,
        key: &[u8; 32],
        nonce: &[u8; 12],
        aad: &[u8],
        buffer: &mut [u8],
        tag: &[u8; 16],
    ) -> Result<(), Forged> {
        match self {
            #[cfg(any(test, not(feature = "ring")))]
            Self::Pure => pure::open(key, nonce, aad, buffer, tag),
            #[cfg(feature = "ring")]
            Self::Ring => native::open(key, nonce, aad, buffer, tag),
        }
    }

    #[cfg(not(feature = "ring"))]
    const BUILT_IN: Self = Self::Pure;
    #[cfg(feature = "ring")]
    const BUILT_IN: Self = Self::Ring;
}

#[cfg(any(test, not(feature = "ring")))]
mod pure {
    use aes_gcm::aead::consts::U12;
    use aes_gcm::aes::Aes256Enc;
    use aes_gcm::{AeadInOut, AesGcm, KeyInit};

    use super::Forged;

    /// AES in the encrypting direction only, which is all that GCM needs.
    type Gcm = AesGcm<Aes256Enc, U12>;

    pub(super) fn seal(
        key: &[u8; 32],
        nonce: &[u8; 12],
        aad: &[u8],
        buffer: &mut [u8],
    ) -> [u8; 16] {
        Gcm::new(key.into())
            .encrypt_inout_detached(nonce.into(), aad, buffer.into())
            .expect(super::SHORT)
            .into()
    }

    pub(super) fn open(
        key: &[u8; 32],
        nonce: &[u8; 12],
        aad: &[u8],
        buffer: &mut [u8],
        tag: &[u8; 16],
    ) -> Result<(), Forged> {
        Gcm::new(key.into())
            .decrypt_inout_detached(nonce.into(), aad, buffer.into(), tag.into())
            .map_err(|_| Forged)
    }
}

#[cfg(feature = "ring")]
mod native {
    use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, Tag, UnboundKey};

    use super::Forged;

    pub(super) fn seal(
        key: &[u8; 32],
        nonce: &[u8; 12],
        aad: &[u8],
        buffer: &mut [u8],
    ) -> [u8; 16] {
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let tag = gcm(key)
            .seal_in_place_separate_tag(nonce, Aad::from(aad), buffer)
            .expect(super::SHORT);
        let mut bytes = [0; 16];
        bytes.copy_from_slice(tag.as_ref());
        bytes
    }

    pub(super) fn open(
        key: &[u8; 32],
        nonce: &[u8; 12],
        aad: &[u8],
        buffer: &mut [u8],
        tag: &[u8; 16],
    ) -> Result<(), Forged> {
        let nonce = Nonce::assume_unique_for_key(*nonce);
        gcm(key)
            .open_in_place_separate_tag(nonce, Aad::from(aad), Tag::from(*tag), buffer, 0..)
            .map_err(|_| Forged)?;
        Ok(())
    }

    fn gcm(key: &[u8; 32]) -> LessSafeKey {
        let key = UnboundKey::new(&AES_256_GCM, key).expect("AES-256 takes keys of 32 bytes");
        LessSafeKey::new(key)
    }
}

const SHORT: &str = "tokens and rings are far shorter than the limit of AES-GCM";

/// Tests run with every library that is built in, each on a thread of its own.
#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::Backend;

    impl Backend {
        pub(crate) const ALL: &[Self] = &[
            Self::Pure,
            #[cfg(feature = "ring")]
            Self::Ring,
        ];

        pub(in crate::aead) fn in_use() -> Self {
            IN_USE.get()
        }

        /// Runs a test once per library, which the ciphers that it makes then use.
        pub(crate) fn each(test: impl Fn()) {
            for backend in Self::ALL {
                backend.during(&test);
            }
        }

        pub(crate) fn during<R>(self, work: impl FnOnce() -> R) -> R {
            let before = IN_USE.replace(self);
            let result = work();
            IN_USE.set(before);
            result
        }
    }

    thread_local! {
        static IN_USE: Cell<Backend> = const { Cell::new(Backend::BUILT_IN) };
    }
}
