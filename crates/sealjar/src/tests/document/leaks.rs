//! Is a text that is not a document refused without a panic, and does any error repeat a secret?

use std::collections::HashSet;
use std::sync::LazyLock;

use serde_json::{Value, json};

use super::broken::{Step, at, paths};
use super::{PEPPER, document, read, secrets};
use crate::base64url;
use crate::context::Context;
use crate::error::RingError;
use crate::ring::KeyRing;

/// Reads a broken document, and looks for secrets in the error.
#[track_caller]
pub(super) fn refusal(text: &[u8]) -> RingError {
    match KeyRing::from_json(text) {
        Ok(_) => panic!("read: {}", String::from_utf8_lossy(text)),
        Err(error) => {
            assert_shows_no_secret(&format!("{error} {error:?} {error:#?}"));
            error
        }
    }
}

#[track_caller]
fn assert_shows_no_secret(shown: &str) {
    assert!(!shows_secret(shown), "{shown}");
}

/// Eight characters of a secret in a row count as a leak.
fn shows_secret(text: &str) -> bool {
    static PARTS: LazyLock<HashSet<Vec<u8>>> = LazyLock::new(|| {
        let secrets = secret_texts();
        let parts = secrets.iter().flat_map(|text| text.as_bytes().windows(8));
        parts.map(<[u8]>::to_vec).collect()
    });
    text.as_bytes().windows(8).any(|part| PARTS.contains(part))
}

/// The secrets without their prefix, which may be shown.
fn secret_texts() -> Vec<String> {
    let [first, second, third] = secrets().map(|key| key.to_text()[14..].to_owned());
    vec![first, second, third, base64url::encode(&PEPPER)]
}

#[test]
fn the_search_for_secrets_finds_one() {
    for secret in secret_texts() {
        let shown = format!("keys[0].secret: invalid value {}", &secret[20..28]);
        assert!(shows_secret(&shown), "{shown}");
    }
    assert_shows_no_secret("keys[0].secret: must begin with \"sealjar-key-1_\"");
}

#[test]
fn text_that_is_not_one_json_value_is_refused() {
    let whole = document().to_string();
    let with_byte = |byte: u8| {
        let at = whole.find("\"web\"").unwrap() + 1;
        let mut text = whole.clone().into_bytes();
        text[at] = byte;
        text
    };
    for (name, text) in [
        ("nothing", Vec::new()),
        ("white space", b" \n\t ".to_vec()),
        ("a byte order mark", format!("\u{feff}{whole}").into_bytes()),
        (
            "UTF-16",
            whole.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        ),
        ("no UTF-8", with_byte(0xFF)),
        ("a lone continuation byte", with_byte(0x80)),
        ("a control character", with_byte(0x01)),
        ("a second value", format!("{whole} {whole}").into_bytes()),
        (
            "a second value of another kind",
            format!("{whole}1").into_bytes(),
        ),
        (
            "a closing brace too many",
            format!("{whole}}}").into_bytes(),
        ),
        ("a zero byte at the end", format!("{whole}\0").into_bytes()),
        (
            "a comma at the end",
            whole.replace("]]},", "]],},").into_bytes(),
        ),
        ("a comment", format!("// ring\n{whole}").into_bytes()),
        ("single quotes", whole.replace('"', "'").into_bytes()),
        (
            "a number with a leading zero",
            whole.replace(":300,", ":0300,").into_bytes(),
        ),
        ("not a number", whole.replace(":300,", ":NaN,").into_bytes()),
        (
            "a lone surrogate",
            whole.replace("\"web\"", "\"\\ud800\"").into_bytes(),
        ),
        ("lists without an end", vec![b'['; 100_000]),
        ("objects without an end", b"{\"a\":".repeat(50_000)),
    ] {
        assert!(text != whole.as_bytes(), "{name}");
        let refused = refusal(&text);
        assert!(
            matches!(refused, RingError::Syntax { .. }),
            "{name}: {refused}"
        );
    }
}

#[test]
fn a_document_cut_anywhere_is_refused() {
    let whole = document().to_string();
    assert!(KeyRing::from_json(whole.as_bytes()).is_ok());
    for length in 0..whole.len() {
        let refused = refusal(&whole.as_bytes()[..length]);
        assert!(
            matches!(refused, RingError::Syntax { .. }),
            "{length}: {refused}"
        );
    }
}

#[test]
fn a_member_that_is_there_twice_is_named_in_every_object() {
    let mut count = 0;
    for path in paths(&document()) {
        let Some((Step::Name(name), parent)) = path.split_last() else {
            continue;
        };
        count += 1;
        let mut twice = document();
        let object = at(&mut twice, parent);
        object["@twin@"] = object[name].clone();
        let text = twice.to_string().replace("@twin@", name);
        let RingError::Syntax { reason } = refusal(text.as_bytes()) else {
            panic!("{name}");
        };
        let wanted = format!("the member \"{name}\" is there twice at line 1 column ");
        assert!(reason.starts_with(&wanted), "{reason}");
    }
    assert_eq!(count, 8 + 3 + 3 * 10 + 5);

    // Even if this build ignores the member, and if the two are spelled differently.
    for twins in [
        r#"{"a":1,"a":1}"#,
        r#"[{"b":{"a":1,"a":1}}]"#,
        r#"{"\u0061":1,"a":1}"#,
    ] {
        let mut ignored = document();
        ignored["of_later"] = json!("@twins@");
        let text = ignored.to_string().replace("\"@twins@\"", twins);
        let refused = refusal(text.as_bytes()).to_string();
        assert!(
            refused.contains("the member \"a\" is there twice"),
            "{refused}"
        );
    }
}

#[test]
fn no_edited_byte_makes_reading_panic_or_repeat_a_secret() {
    let whole = document().to_string();
    let mut edited = whole.clone().into_bytes();
    let mut refused = 0;
    for at in 0..whole.len() {
        for byte in *b"\"\\{,0Z\xFF" {
            edited[at] = byte;
            if let Err(error) = KeyRing::from_json(&edited) {
                refused += 1;
                assert_shows_no_secret(&format!("{error} {error:?}"));
            }
        }
        edited[at] = whole.as_bytes()[at];
    }
    assert!(refused > 6 * whole.len(), "{refused}");
}

#[test]
fn a_secret_in_any_wrong_place_is_not_repeated() {
    let mut refused = 0;
    for secret in secrets() {
        let secret = secret.to_text();
        // As a person would paste it: whole, cut, mistyped, without the prefix, twice.
        let pasted = [
            secret.to_string(),
            secret[..40].to_owned(),
            secret[..50].to_owned() + "!!" + &secret[52..],
            secret[14..].to_owned(),
            [&**secret, &**secret].concat(),
            secret[14..].to_lowercase(),
        ];
        for path in paths(&document()) {
            for text in &pasted {
                let mut broken = document();
                *at(&mut broken, &path) = json!(text);
                let text = broken.to_string();
                // An escaped secret is not a part of the text that the parser could point at.
                for text in [text.replace("sealjar-key", "\\u0073ealjar-key"), text] {
                    if let Err(error) = KeyRing::from_json(text.as_bytes()) {
                        refused += 1;
                        assert_shows_no_secret(&format!("{error} {error:?}"));
                    }
                }
            }
        }
    }
    assert!(refused > 1_500, "{refused}");
}

#[test]
fn a_secret_as_a_member_or_in_critical_is_not_repeated() {
    for secret in secrets() {
        let secret = secret.to_text().to_string();
        // The name of a member looks like this: lower case letters only.
        let lower = "thesecretisallletters";
        for (name, is_plain) in [(&*secret, false), (&secret[14..30], false), (lower, true)] {
            let mut twice = document();
            twice[name] = json!(1);
            twice["@twin@"] = json!(2);
            let refused = refusal(twice.to_string().replace("@twin@", name).as_bytes());
            assert_eq!(refused.to_string().contains(name), is_plain, "{refused}");

            let mut critical = document();
            critical["critical"] = json!([name]);
            let refused = refusal(critical.to_string().as_bytes());
            assert_eq!(refused.to_string().contains(name), is_plain, "{refused}");
        }
    }
}

#[test]
fn a_ring_that_is_shown_shows_no_secret() {
    let ring = read(&document()).unwrap();
    let sealer = super::super::sealer(read(&document()).unwrap(), &Context::new("shop", "x"));
    let live = crate::LiveRing::new(read(&document()).unwrap());
    let keys = secrets();
    let shown = format!(
        "{ring:?} {ring:#?} {:?} {:?} {sealer:?} {live:?} {keys:?}",
        ring.draft(),
        ring.revocations(),
    );
    assert_shows_no_secret(&shown);
    // Bytes as `Debug` of a list would write them.
    for byte in [0xA7_u8, 0xB9, 0xC5, 0xE3] {
        assert!(!shown.contains(&format!("{byte}, {byte}")), "{shown}");
        assert!(
            !shown.to_lowercase().contains(&format!("{byte:x}{byte:x}")),
            "{shown}"
        );
    }
    let id = keys[0].id().to_string();
    for (shown, told) in [
        (format!("{ring:?}"), "\"web\""),
        (format!("{ring:?}"), "issued_at: 2026-11-22T05:00:00Z"),
        (format!("{:?}", ring.keys()[0]), id.as_str()),
        (format!("{sealer:?}"), "\"shop\""),
        (format!("{live:?}"), id.as_str()),
        (format!("{keys:?}"), id.as_str()),
    ] {
        assert!(shown.contains(told), "{told}: {shown}");
    }
    // Only the document itself contains them.
    let written: Value = serde_json::from_str(&ring.to_json()).unwrap();
    assert_eq!(
        written["keys"][0]["secret"],
        document()["keys"][0]["secret"]
    );
}
