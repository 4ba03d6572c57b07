//! A text opens only if it was sealed, and is refused for the first reason that SPEC.md names.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sealjar_fuzz::genuine::TOKENS;
use sealjar_fuzz::open::{Text, opened};
use sealjar_fuzz::{reference, ring::RING};

fuzz_target!(|text: Text| {
    let expected = reference::opened(&text.0, &RING.load(), &TOKENS);
    assert_eq!(opened(&text.0), expected);
});
