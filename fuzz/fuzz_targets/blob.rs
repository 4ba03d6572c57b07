//! A sealed ring opens only if it was sealed, for its own name and epoch.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sealjar_fuzz::blob::{Sealed, expected, opened};

fuzz_target!(|sealed: Sealed| {
    assert_eq!(opened(&sealed), expected(&sealed));
});
