//! Bytes as text: base64url without padding, one spelling for each value.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::NO_PAD;

/// Returns the number of characters that `bytes` bytes take.
pub(crate) const fn encoded_len(bytes: usize) -> usize {
    bytes / 3 * 4 + (bytes % 3 * 4).div_ceil(3)
}

pub(crate) fn encode_into(bytes: &[u8], text: &mut String) {
    // As bytes and back: the engine's function for strings uses a buffer of its own.
    let mut characters = std::mem::take(text).into_bytes();
    let end = characters.len();
    characters.resize(end + encoded_len(bytes.len()), 0);
    ENGINE
        .encode_slice(bytes, &mut characters[end..])
        .expect("it is as long as the text will be");
    *text = String::from_utf8(characters).expect("base64url is ASCII");
}

pub(crate) fn encode(bytes: &[u8]) -> String {
    ENGINE.encode(bytes)
}

/// Decodes canonical text only (no padding, no white space, unused trailing bits zero) and returns
/// the number of bytes. Returns `None` also if they do not fit.
pub(crate) fn decode_into(text: &[u8], bytes: &mut [u8]) -> Option<usize> {
    ENGINE.decode_slice(text, bytes).ok()
}

/// Decodes as [`decode_into`] does, and returns `beginning` followed by the decoded bytes.
pub(crate) fn decode_after(beginning: &[u8], text: &[u8]) -> Option<Vec<u8>> {
    let room = base64::decoded_len_estimate(text.len());
    let mut bytes = Vec::with_capacity(beginning.len() + room);
    bytes.extend_from_slice(beginning);
    if !text.is_empty() {
        ENGINE.decode_vec(text, &mut bytes).ok()?;
    }
    Some(bytes)
}

/// Returns whether [`decode_into`] would accept the text, without storing what it decodes to.
pub(crate) fn is_canonical(text: &[u8]) -> bool {
    // Whole groups of four characters, so that only the last piece may have unused bits.
    let mut bytes = [0; 768];
    text.chunks(1024)
        .all(|piece| decode_into(piece, &mut bytes).is_some())
}

/// Decodes text of exactly `N` bytes, leaving no copy behind.
pub(crate) fn decode_array<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    if text.len() != encoded_len(N) {
        return None;
    }
    (decode_into(text.as_bytes(), &mut bytes)? == N).then_some(bytes)
}

/// Takes half the time of the scalar engine on tokens. It detects once what the processor can do.
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
