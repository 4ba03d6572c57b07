//! A document is refused, or writing what was read and reading that is the same ring.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sealjar::{KeyRing, LiveRing};

fuzz_target!(|text: &[u8]| {
    if let Ok(ring) = KeyRing::from_json(text) {
        let again =
            KeyRing::from_json(ring.to_json().as_bytes()).expect("what was written is read");
        // The same epoch is taken only with the same content.
        assert_eq!(LiveRing::new(ring).replace(again), Ok(()));
    }
});
