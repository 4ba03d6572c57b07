//! A replica takes what a keeper has signed, and nothing else.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sealjar_fuzz::following::{SomeAnswer, answer_expected, answer_taken};

fuzz_target!(|input: SomeAnswer| {
    assert_eq!(answer_taken(&input), answer_expected(&input));
});
