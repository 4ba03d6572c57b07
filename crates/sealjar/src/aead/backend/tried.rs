//! Every library that is built in, for tests to try one after the other.

use std::cell::Cell;

use super::pure;
use crate::aead::Forged;

/// The libraries of this build: one, and with the feature `ring` both.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Backend {
    Pure,
    #[cfg(feature = "ring")]
    Ring,
}

impl Backend {
    pub(crate) const ALL: &[Self] = &[
        Self::Pure,
        #[cfg(feature = "ring")]
        Self::Ring,
    ];

    /// Runs a test once per library, which then computes everything on this thread.
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

    pub(crate) fn seal(
        self,
        key: &[u8; 32],
        nonce: &[u8; 12],
        aad: &[u8],
        buffer: &mut [u8],
    ) -> [u8; 16] {
        match self {
            Self::Pure => pure::seal(key, nonce, aad, buffer),
            #[cfg(feature = "ring")]
            Self::Ring => super::native::seal(key, nonce, aad, buffer),
        }
    }

    pub(crate) fn open(
        self,
        key: &[u8; 32],
        nonce: &[u8; 12],
        aad: &[u8],
        buffer: &mut [u8],
        tag: &[u8; 16],
    ) -> Result<(), Forged> {
        match self {
            Self::Pure => pure::open(key, nonce, aad, buffer, tag),
            #[cfg(feature = "ring")]
            Self::Ring => super::native::open(key, nonce, aad, buffer, tag),
        }
    }
}

pub(in crate::aead) fn seal(
    key: &[u8; 32],
    nonce: &[u8; 12],
    aad: &[u8],
    buffer: &mut [u8],
) -> [u8; 16] {
    IN_USE.get().seal(key, nonce, aad, buffer)
}

pub(in crate::aead) fn open(
    key: &[u8; 32],
    nonce: &[u8; 12],
    aad: &[u8],
    buffer: &mut [u8],
    tag: &[u8; 16],
) -> Result<(), Forged> {
    IN_USE.get().open(key, nonce, aad, buffer, tag)
}

thread_local! {
    /// What a build without tests would use, until a test says otherwise.
    static IN_USE: Cell<Backend> = const { Cell::new(Backend::ALL[Backend::ALL.len() - 1]) };
}
