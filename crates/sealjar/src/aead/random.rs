//! Where do random bytes come from? Only this file draws them.

use std::fmt;

use aes_gcm::aead::Generate;

/// Draws bytes from the operating system's random source.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], RandomError> {
    <[u8; N]>::try_generate().map_err(|error| RandomError(error.to_string()))
}

/// The operating system's random source failed, and none of its output was used.
#[derive(Clone, Eq, PartialEq)]
pub struct RandomError(String);

impl RandomError {
    /// Makes the error of a random source, for callers that draw keys from a source of their own.
    pub fn new(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }
}

impl fmt::Display for RandomError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the operating system gave no random bytes: {}", self.0)
    }
}

crate::__debug_as_report!(RandomError);

impl std::error::Error for RandomError {}
