//! Did the workspace's suites print a secret? `just secrets` collects what they say.

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
    assert_eq!(secrets_of_tests().found_in(&printed), None);
    assert_eq!(texts_of_keys(&printed), 0);
}

/// Those that the tests of `sealjar` make their keys of.
fn secrets_of_tests() -> Secrets {
    let mut secrets = Secrets::default();
    for seed in 0..=255_u8 {
        // As crates/sealjar/src/tests/mod.rs makes them.
        let secret: [u8; 32] = std::array::from_fn(|at| (0xA5 + 37 * at).to_le_bytes()[0] ^ seed);
        secrets.add("the secret of a test", &secret);
    }
    secrets
}

/// Counts the texts of keys, whichever secret they are of: every suite makes some of its own.
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
    let known = secrets_of_tests();
    let first: [u8; 9] = std::array::from_fn(|at| (0xA5 + 37 * at).to_le_bytes()[0] ^ 7);
    assert!(known.found_in(format!("{first:?}").as_bytes()).is_some());
}
