//! A document is refused, or is a ring that is written and read as the same, and works by its
//! dates.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sealjar_fuzz::document::{Document, assert_read};

fuzz_target!(|document: Document| assert_read(&document));
