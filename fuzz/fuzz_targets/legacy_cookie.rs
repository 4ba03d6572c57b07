//! A former library's cookie opens only if that library has made it, and moves whole.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sealjar_fuzz::legacy::{Header, expected, outcome};

fuzz_target!(|header: Header| {
    assert_eq!(outcome(&header), expected(&header));
});
