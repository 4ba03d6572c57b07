//! An authentic payload is refused, or is a session that survives being changed and sealed again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sealjar_fuzz::payload::{Payload, assert_survives};

fuzz_target!(|payload: Payload| assert_survives(&payload));
