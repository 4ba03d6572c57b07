//! SPEC.md, section 1: the result of opening a text, stage by stage.

use std::sync::LazyLock;

use sealjar::KeyRing;

use crate::genuine::Genuine;
use crate::ring::NOW;

/// Returns `opened` or the name of the refusal. It uses no key: a text that we did not seal is
/// `forged`.
#[must_use]
pub fn opened(text: &[u8], ring: &KeyRing, genuine: &[Genuine]) -> &'static str {
    if text.len() < 94 || text.len() > 12_288 {
        return "malformed";
    }
    let Some(raw) = decode(text) else {
        return "malformed";
    };
    let suite = match raw[0] {
        1 => "xaes-256-gcm",
        2 => "xchacha20-poly1305",
        _ => return "unknown_version",
    };
    let mut keys = ring.keys().iter();
    let Some(key) = keys.find(|key| key.id().bytes()[..] == raw[1..17]) else {
        return "unknown_key";
    };
    if key.suite_name() != suite {
        return "unknown_key";
    }
    if key.is_revoked() {
        return "revoked_key";
    }
    if key.opens_until.is_some_and(|until| NOW >= until) {
        return "spent_key";
    }
    let mut genuine = genuine.iter();
    genuine
        .find(|genuine| genuine.text.as_bytes() == text)
        .map_or("forged", |genuine| genuine.word)
}

/// Decodes base64url without padding, only in its canonical spelling: the text must be the encoding
/// of the bytes.
#[must_use]
pub fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    for four in text.chunks(4) {
        let mut bits = 0_u32;
        for place in 0..4 {
            let six = four
                .get(place)
                .map_or(0, |character| DIGITS[usize::from(*character)]);
            bits = bits << 6 | u32::from(six);
        }
        bytes.extend_from_slice(&bits.to_be_bytes()[1..]);
    }
    bytes.truncate(text.len() * 6 / 8);
    (encode(&bytes) == text).then_some(bytes)
}

/// Writes base64url without padding.
#[must_use]
pub fn encode(bytes: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(bytes.len() * 2);
    for three in bytes.chunks(3) {
        let byte = |place: usize| u32::from(*three.get(place).unwrap_or(&0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for shift in [18, 12, 6, 0] {
            text.push(ALPHABET[(bits >> shift) as usize & 63]);
        }
    }
    text.truncate((bytes.len() * 8).div_ceil(6));
    text
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// The value of each character in the alphabet. Any other character counts as the first one, and is
/// noticed when the bytes are encoded again.
static DIGITS: LazyLock<[u8; 256]> = LazyLock::new(|| {
    let mut digits = [0; 256];
    for (digit, character) in (0..).zip(ALPHABET) {
        digits[usize::from(*character)] = digit;
    }
    digits
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_one_spelling_is_read() {
        assert_eq!(decode(b"-_8A"), Some(vec![0xFB, 0xFF, 0x00]));
        assert_eq!(decode(b"-_8"), Some(vec![0xFB, 0xFF]));
        for other in [&b"-_9"[..], b"-_8=", b"+/8A", b"A", b"-_8A "] {
            assert_eq!(decode(other), None);
        }
    }
}
