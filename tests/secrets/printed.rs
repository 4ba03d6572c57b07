//! Did the workspace's tests print a secret? `just secrets` collects their output.
//!
//! The search covers the secrets of `__hazmat::known_key`, which the tests of `sealjar`, the
//! sessions and the adapters use, those of `sealjar`'s documents, the pseudo-random key of each,
//! and the text of any key. `sealjar`'s tests print which they are. Keys that tests draw, as the
//! keeper's do, and those in the published vectors are only searched for as text.

use std::fs;

use crate::needles::Secrets;

#[test]
#[ignore = "searches what all suites have printed: `just secrets`"]
fn what_the_suites_printed_holds_no_secret() {
    let path =
        std::env::var("SEALJAR_PRINTED").expect("`just secrets` says where SEALJAR_PRINTED is");
    let printed = fs::read(&path).unwrap();
    let suites = String::from_utf8_lossy(&printed)
        .matches("test result: ok")
        .count();
    assert!(suites > 20, "{suites} suites have run");
    let (secrets, rest) = said(&printed);
    // Two of each.
    assert!(secrets.len() >= 2 * 259, "{} are known", secrets.len());
    // The negative control: the tests that printed them on purpose show them.
    assert!(secrets.found_in(&printed).is_some());
    assert_eq!(secrets.found_in(&rest), None);
    assert_eq!(texts_of_keys(&rest), 0);
}

/// The secrets that tests printed on purpose, and all other output.
fn said(printed: &[u8]) -> (Secrets, Vec<u8>) {
    let mut secrets = Secrets::default();
    let mut rest = Vec::new();
    for line in printed.split_inclusive(|byte| *byte == b'\n') {
        match line.strip_prefix(b"a secret of tests: ") {
            Some(hex) => _ = secrets.add_master(&unhex(hex.trim_ascii_end())),
            None => rest.extend_from_slice(line),
        }
    }
    (secrets, rest)
}

fn unhex(hex: &[u8]) -> Vec<u8> {
    assert_eq!(hex.len(), 64, "a secret is said whole");
    let digit = |byte: u8| char::from(byte).to_digit(16).unwrap();
    hex.chunks(2)
        .map(|pair| u8::try_from(16 * digit(pair[0]) + digit(pair[1])).unwrap())
        .collect()
}

/// Counts the texts of keys, of any secret: every test makes some of its own.
fn texts_of_keys(printed: &[u8]) -> usize {
    let is_of_a_key = |byte: &&u8| byte.is_ascii_alphanumeric() || b"-_".contains(byte);
    let prefix = b"sealjar-key-1_";
    let places = printed.windows(prefix.len()).zip(prefix.len()..);
    let texts = places.filter(|(window, rest)| {
        *window == prefix && printed[*rest..].iter().take_while(is_of_a_key).count() > 8
    });
    texts.count()
}

#[test]
fn the_text_of_a_key_is_found_and_its_beginning_alone_is_not() {
    let key = b"secret: \"sealjar-key-1_AAECAwQFBgcICQ\"";
    assert_eq!(texts_of_keys(key), 1);
    assert_eq!(
        texts_of_keys(b"must begin with \"sealjar-key-1_\" and have 48 characters more"),
        0
    );
}

#[test]
fn a_secret_that_tests_say_is_found_where_it_is_printed_besides() {
    let secret: [u8; 32] = std::array::from_fn(|at| (0xA5 + 37 * at).to_le_bytes()[0]);
    let hex: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
    let printed = |besides: &str| format!("one\na secret of tests: {hex}\n{besides}\n");
    for (besides, found) in [
        ("nothing".to_owned(), None),
        (
            format!("{:?}", &secret[3..12]),
            Some("a master secret in decimal numbers"),
        ),
        (format!("key {hex}"), Some("a master secret in hex")),
    ] {
        let (secrets, rest) = said(printed(&besides).as_bytes());
        assert_eq!(secrets.len(), 2);
        assert_eq!(secrets.found_in(&rest), found);
        assert_eq!(rest, format!("one\n{besides}\n").as_bytes());
    }
}
