//! Any text is refused, or is the one spelling of a token; and no text opens that was not sealed.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sealjar::Token;
use sealjar_fuzz::{NOW, SEALER};

fuzz_target!(|text: &[u8]| {
    if let Ok(token) = Token::parse(text) {
        assert_eq!(token.to_string().as_bytes(), text);
        assert!(SEALER.open_at(&token, NOW).is_err());
    }
});
