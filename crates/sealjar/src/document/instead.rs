//! What was given in place of a ring, if it is not JSON?

/// Names what other tools have made of a ring document, if the text looks like that. The answer
/// repeats nothing of the text.
pub(super) fn instead(text: &[u8]) -> Option<&'static str> {
    let trimmed = text.trim_ascii();
    if text.starts_with(b"\xEF\xBB\xBF") {
        Some("it begins with a byte order mark: save it as UTF-8 without one")
    } else if is_utf16(text) {
        Some("it is UTF-16: save it as UTF-8 without a byte order mark")
    } else if !text.is_empty() && text.iter().all(|byte| *byte == 0) {
        Some("it is nothing but zero bytes: its disk has lost what was written")
    } else if trimmed.starts_with(b"sealjar-key-") {
        Some("it is the secret of one key, and no ring")
    } else if is_base64_of_an_object(trimmed) {
        Some("it is base64: decode it before it is put there")
    } else {
        None
    }
}

/// Whether a text begins with the byte order mark of UTF-16, or with a brace in UTF-16.
fn is_utf16(text: &[u8]) -> bool {
    [b"\xFF\xFE", b"\xFE\xFF", b"{\0", b"\0{"]
        .iter()
        .any(|start| text.starts_with(*start))
}

/// Whether a text looks like the base64, in either alphabet, of a text that begins with a brace. It
/// decodes nothing: in base64 an opening brace is `e` and one of `w`, `x`, `y`, `z`.
fn is_base64_of_an_object(text: &[u8]) -> bool {
    matches!(text, [b'e', b'w'..=b'z', ..])
        && text.iter().all(|byte| {
            byte.is_ascii_alphanumeric() || byte.is_ascii_whitespace() || b"+/-_=".contains(byte)
        })
}
