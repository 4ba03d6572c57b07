//! How is a session named where its contents must not show?

use std::error::Error;
use std::fmt;
use std::str::FromStr;

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

impl FromStr for SessionId {
    type Err = NoSessionId;

    /// Reads what [`Display`](fmt::Display) writes: 16 hexadecimal digits in lower case.
    fn from_str(text: &str) -> Result<Self, NoSessionId> {
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if text.len() != 16 || !text.bytes().all(is_digit) {
            return Err(NoSessionId);
        }
        let id = u64::from_str_radix(text, 16).map_err(|_| NoSessionId)?;
        Ok(Self(id.to_be_bytes()))
    }
}

/// A text is not the id of a session.
#[derive(Clone, Eq, PartialEq)]
pub struct NoSessionId;

impl NoSessionId {
    /// Returns what to do about it.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        "give the 16 digits, 0 to 9 and a to f, that Session::id returned"
    }
}

impl fmt::Display for NoSessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not the id of a session")
    }
}

sealjar::__debug_as_report!(NoSessionId, hint);

impl Error for NoSessionId {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_as_it_is_written_and_no_other_way() {
        for text in ["0000000000000000", "00c0ffee00c0ffee", "ffffffffffffffff"] {
            assert_eq!(text.parse::<SessionId>().expect(text).to_string(), text);
        }
        let wrong = [
            "",
            "c0ffee",
            "00C0FFEE00C0FFEE",
            "+0c0ffee00c0ffee",
            "00c0ffee00c0ffee0",
            "ä000000000000ä",
        ];
        for text in wrong {
            assert!(text.parse::<SessionId>().is_err(), "{text}");
        }
    }
}
