//! How are bytes written for people and shells? Hexadecimal, two digits a byte.

use std::fmt;
use std::str::FromStr;

use zeroize::Zeroizing;

/// Bytes that are written in hexadecimal digits, of either case.
#[derive(Clone)]
pub(crate) struct Hex(pub(crate) Zeroizing<Vec<u8>>);

/// What an option was given is not shown again.
impl fmt::Debug for Hex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hex({} bytes)", self.0.len())
    }
}

impl FromStr for Hex {
    type Err = HexError;

    fn from_str(text: &str) -> Result<Self, HexError> {
        let bytes = base16ct::mixed::decode_vec(text).map_err(|_| HexError)?;
        Ok(Self(Zeroizing::new(bytes)))
    }
}

/// The text is not hexadecimal.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct HexError;

impl fmt::Display for HexError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("bytes are written as two hexadecimal digits each")
    }
}

impl std::error::Error for HexError {}

/// Writes bytes in hexadecimal.
pub(crate) fn write(bytes: &[u8]) -> String {
    base16ct::lower::encode_string(bytes)
}
