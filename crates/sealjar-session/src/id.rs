//! How is a session named where its contents must not show?

use std::fmt;

/// The name of a session in logs and revocations: 8 random bytes, written as 16 hexadecimal digits.
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
pub struct SessionId(pub(crate) [u8; 8]);

impl SessionId {
    /// Returns the bytes, as [`sealjar::Revocations::revoke_session`] takes them.
    #[must_use]
    pub const fn bytes(self) -> [u8; 8] {
        self.0
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{:016x}", u64::from_be_bytes(self.0)))
    }
}

impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SessionId({self})")
    }
}
