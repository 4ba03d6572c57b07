//! An authentic JSON body is refused, or is a session that survives being changed and sealed again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sealjar_fuzz::json::{Body, assert_survives};

fuzz_target!(|body: Body| assert_survives(&body));
