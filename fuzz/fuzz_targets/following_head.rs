//! A head is taken only as a keeper has signed it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sealjar_fuzz::following::{SomeHead, head_expected, head_taken};

fuzz_target!(|input: SomeHead| {
    assert_eq!(head_taken(&input), head_expected(&input));
});
