//! A list of revocations has one reading, and a delta leads to exactly the newer list.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sealjar_fuzz::list::{History, judge};

fuzz_target!(|history: History| judge(&history));
