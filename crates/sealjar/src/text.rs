//! How are bytes written as text? base64url without padding, one spelling for each value.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::NO_PAD;

/// Returns the number of characters that `bytes` bytes take.
pub(crate) const fn encoded_len(bytes: usize) -> usize {
    bytes / 3 * 4 + (bytes % 3 * 4).div_ceil(3)
}

pub(crate) fn encode_into(bytes: &[u8], text: &mut String) {
    ENGINE.encode_string(bytes, text);
}

pub(crate) fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(encoded_len(bytes.len()));
    encode_into(bytes, &mut text);
    text
}

/// Decodes canonical text only: no padding, no white space, unused trailing bits zero.
pub(crate) fn decode(text: &[u8]) -> Option<Vec<u8>> {
    ENGINE.decode(text).ok()
}

/// Returns whether [`decode`] takes the text, without keeping what it decodes to.
pub(crate) fn is_canonical(text: &[u8]) -> bool {
    // Whole groups of four characters, so that only the last piece may have unused bits.
    let mut bytes = [0; 768];
    text.chunks(1024)
        .all(|piece| ENGINE.decode_slice(piece, &mut bytes).is_ok())
}

/// Decodes text of exactly `N` bytes, leaving no copy behind.
pub(crate) fn decode_array<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    if text.len() != encoded_len(N) {
        return None;
    }
    ENGINE
        .decode_slice(text, &mut bytes)
        .is_ok_and(|length| length == N)
        .then_some(bytes)
}

/// Half the time of the scalar engine on tokens. It finds out once what the processor can do.
#[cfg(any(
    target_arch = "x86_64",
    all(target_arch = "aarch64", target_feature = "neon")
))]
static ENGINE: LazyLock<base64::engine::Simd> =
    LazyLock::new(|| base64::engine::Simd::url_safe(NO_PAD));

#[cfg(not(any(
    target_arch = "x86_64",
    all(target_arch = "aarch64", target_feature = "neon")
)))]
static ENGINE: LazyLock<base64::engine::GeneralPurpose> =
    LazyLock::new(|| base64::engine::GeneralPurpose::new(&base64::alphabet::URL_SAFE, NO_PAD));
