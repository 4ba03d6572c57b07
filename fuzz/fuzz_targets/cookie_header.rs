//! In any headers the session is found, or refused, as SPEC.md says, and a purge expires what came.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sealjar_fuzz::cookies::{Headers, expected, outcome};

fuzz_target!(|headers: Headers| {
    assert_eq!(outcome(&headers), expected(&headers));
});
