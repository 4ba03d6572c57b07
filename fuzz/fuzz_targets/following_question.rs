//! A keeper takes a question only from who has the key, and in one form.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sealjar_fuzz::following::{SomeQuestion, question_expected, question_taken};

fuzz_target!(|input: SomeQuestion| {
    assert_eq!(question_taken(&input), question_expected(&input));
});
