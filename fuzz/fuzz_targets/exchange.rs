//! A session holds, whatever handlers, browsers, keepers and clocks do to it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sealjar_fuzz::exchange::{run, step::Step};

fuzz_target!(|steps: Vec<Step>| run(&steps, |_| ()));
