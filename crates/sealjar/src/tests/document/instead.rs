//! Does the error name the tool that has changed a ring's text?

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use super::{SECRETS, document};
use crate::error::RingError;
use crate::key::Key;
use crate::ring::KeyRing;

fn reason(text: &[u8]) -> String {
    match KeyRing::from_json(text) {
        Err(RingError::Syntax { reason }) => reason,
        other => panic!("{other:?}"),
    }
}

fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(bytes).collect()
}

#[test]
fn a_ring_in_another_spelling_is_refused_by_the_name_of_that_spelling() {
    let compact = document().to_string();
    let pretty = format!("{:#}\n", document());
    for text in [&compact, &pretty] {
        let marked = format!("\u{feff}{text}");
        assert!(KeyRing::from_json(text.as_bytes()).is_ok());
        for (made, words) in [
            (marked.clone().into_bytes(), "byte order mark"),
            (utf16(text, u16::to_le_bytes), "UTF-16"),
            (utf16(text, u16::to_be_bytes), "UTF-16"),
            (utf16(&marked, u16::to_le_bytes), "UTF-16"),
            (utf16(&marked, u16::to_be_bytes), "UTF-16"),
            (STANDARD.encode(text).into_bytes(), "base64"),
            (URL_SAFE_NO_PAD.encode(text).into_bytes(), "base64"),
            (wrapped(&STANDARD.encode(text)).into_bytes(), "base64"),
            (vec![0; text.len()], "zero bytes"),
        ] {
            let reason = reason(&made);
            assert!(reason.contains(words), "{words}: {reason}");
        }
    }
    let (suite, secret) = SECRETS[0];
    let key = Key::from_secret(suite, &secret).to_text();
    let reason = reason(format!("{}\n", &**key).as_bytes());
    assert!(reason.contains("one key"), "{reason}");
    assert!(
        !reason.contains(&key["sealjar-key-1_".len()..][..4]),
        "{reason}"
    );
}

/// The negative control: any other text that is not JSON is refused with its line and column, as
/// before.
#[test]
fn a_text_that_only_looks_a_little_like_it_is_told_by_line_and_column() {
    for text in [
        "",
        "e",
        "ey",
        "eyJ{",
        "ewog\u{e9}",
        "nothing",
        "{\"format\": ",
        "\0",
        "AAAA",
        "\u{feff}",
    ] {
        let reason = reason(text.as_bytes());
        let named = reason.contains("line 1 column ");
        let is_one = ["ey", "\0", "\u{feff}"].contains(&text);
        assert_ne!(named, is_one, "{text:?}: {reason}");
    }
}

/// As the `base64` command wraps it.
fn wrapped(text: &str) -> String {
    let lines = text.as_bytes().chunks(76);
    lines
        .map(|line| format!("{}\n", String::from_utf8_lossy(line)))
        .collect()
}
