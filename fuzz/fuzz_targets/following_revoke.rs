//! A keeper takes a request to revoke only from who has the key, and in one form.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sealjar_fuzz::following::{SomeRequest, request_expected, request_taken};

fuzz_target!(|input: SomeRequest| {
    assert_eq!(request_taken(&input), request_expected(&input));
});
