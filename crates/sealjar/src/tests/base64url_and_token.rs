//! Is opening a text the same as parsing it and then opening, for any text?

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::{SUITES, at, key, seal_with_times, sealer};
use crate::aead::Suite;
use crate::context::Context;
use crate::error::OpenError;
use crate::opened::Opened;
use crate::sealer::Sealer;
use crate::token::Token;

fn in_two_steps(sealer: &Sealer, text: &[u8]) -> Result<Opened, OpenError> {
    Token::parse(text).and_then(|token| sealer.open_token_at(&token, at(150)))
}

fn assert_the_same(sealer: &Sealer, text: &[u8]) {
    let say = |opened: Result<Opened, OpenError>| opened.map(|it| it.payload().to_vec());
    assert_eq!(
        say(sealer.open_at(text, at(150))),
        say(in_two_steps(sealer, text)),
        "{:?}",
        String::from_utf8_lossy(text)
    );
}

#[test]
fn a_text_is_judged_as_its_token_is() {
    for suite in SUITES {
        let sealer = sealer(key(suite, 7), &Context::new("shop", "login"));
        let good = seal_with_times(&sealer, 100, 100, 200)
            .to_string()
            .into_bytes();
        assert!(sealer.open_at(&good, at(150)).is_ok());
        for place in 0..good.len() {
            for character in *b"AEQZz09-_=+/. \n\xff" {
                let mut edited = good.clone();
                edited[place] = character;
                assert_the_same(&sealer, &edited);
            }
            assert_the_same(&sealer, &good[..place]);
        }
    }
}

#[test]
fn long_and_short_texts_are_judged_as_their_tokens_are() {
    let sealer = sealer(key(Suite::Xaes256Gcm, 7), &Context::new("shop", "login"));
    for length in [
        0, 23, 24, 93, 94, 95, 511, 512, 513, 1023, 1024, 1025, 4096, 12_288, 12_289,
    ] {
        for beginning in ["A", "_", "AQ", "Ag", "Aw"] {
            let mut text = beginning.as_bytes().to_vec();
            text.resize(length.max(text.len()), b'A');
            assert_the_same(&sealer, &text);
            for (place, character) in [(length / 2, b'!'), (length.saturating_sub(1), b'B')] {
                let mut edited = text.clone();
                if let Some(at) = edited.get_mut(place) {
                    *at = character;
                }
                assert_the_same(&sealer, &edited);
            }
        }
    }
}

/// A text of more than 512 characters is decoded in two pieces.
#[test]
fn a_text_is_read_in_pieces_as_it_would_be_in_one() {
    let sealer = sealer(key(Suite::Xaes256Gcm, 7), &Context::new("shop", "login"));
    let mut seen = [0; 2];
    let mut check = |text: &[u8]| {
        let parsed = Token::parse(text);
        match URL_SAFE_NO_PAD.decode(text) {
            Ok(raw) => assert_eq!(parsed.unwrap().raw(), raw),
            Err(_) => assert_eq!(parsed, Err(OpenError::Malformed)),
        }
        assert_the_same(&sealer, text);
        seen[usize::from(Token::parse(text).is_ok())] += 1;
    };
    for payload in 300..340 {
        let ttl = Duration::from_secs(60);
        let token = sealer.seal_at(&vec![7; payload], ttl, at(100)).unwrap();
        let text = token.to_string().into_bytes();
        for place in (505..text.len()).chain([2, 30, 93]) {
            for replacement in [b'A', b'B', b'=', b'+', 0x80] {
                let mut edited = text.clone();
                edited[place] = replacement;
                check(&edited);
            }
            check(&text[..place.max(Token::MIN_LEN)]);
        }
        check(&text);
    }
    assert!(seen.iter().all(|count| *count > 1_000), "{seen:?}");
}

/// A log that contains a token's text, or its contents, is as good as the cookie.
#[test]
fn debug_names_the_key_and_does_not_leak_the_token() {
    let key = key(Suite::Xaes256Gcm, 7);
    let id = key.id().to_string();
    let sealer = sealer(key, &Context::new("shop", "login"));
    let token = seal_with_times(&sealer, 100, 100, 200);
    let opened = sealer.open_token_at(&token, at(150)).unwrap();
    let nonce_and_more = &token.to_string()[23..];
    for shown in [format!("{token:?}"), format!("{opened:?}")] {
        assert!(shown.contains(&id), "{shown}");
        assert!(!shown.contains(&nonce_and_more[..8]), "{shown}");
        assert!(!shown.contains("payload\""), "{shown}");
        assert!(!shown.contains(&format!("{:?}", b"payload")), "{shown}");
    }
}
