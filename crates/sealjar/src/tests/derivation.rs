//! Is a key's cipher derived once for each ring, not for each token?

use std::ptr;
use std::sync::Arc;

use super::{at, draft, key, ring, seal_with_times, sealer, sealing_since};
use crate::aead::{DERIVED, PurposeCipher, Suite};
use crate::context::Context;
use crate::opened::Opened;
use crate::sealer::Sealer;

#[test]
fn all_that_is_sealed_and_opened_under_one_ring_shares_one_derivation() {
    let before = DERIVED.get();
    let sealer = sealer(ring(1, keys()), &context());
    let [first, second] = [100, 101].map(|now| seal_and_open(&sealer, now));
    assert!(ptr::eq(cipher(&first), cipher(&second)));
    // Also by a clone, and by a sealer with padding.
    for other in [sealer.clone(), sealer.padded_to(64).unwrap()] {
        let third = seal_and_open(&other, 102);
        assert!(ptr::eq(cipher(&first), cipher(&third)));
    }
    assert_eq!(DERIVED.get() - before, 1);
}

/// The negative control: with a sealer per token the count rises with each token.
#[test]
fn a_sealer_for_each_token_derives_for_each() {
    let before = DERIVED.get();
    for now in 100..103 {
        let token = seal_with_times(&sealer(ring(1, keys()), &context()), now, now, now + 50);
        let other = sealer(ring(1, keys()), &context());
        other.open_token_at(&token, at(now)).unwrap();
    }
    assert_eq!(DERIVED.get() - before, 6);
}

#[test]
fn another_ring_and_another_sealer_derive_anew() {
    let before = DERIVED.get();
    let sealer = sealer(ring(1, keys()), &context());
    let first = seal_and_open(&sealer, 100);
    let again = seal_and_open(&super::sealer(ring(1, keys()), &context()), 100);
    assert!(!ptr::eq(cipher(&first), cipher(&again)));

    sealer
        .ring()
        .replace(draft(2, keys()).build().unwrap())
        .unwrap();
    let after = seal_and_open(&sealer, 100);
    assert!(!Arc::ptr_eq(&first.ring_ciphers, &after.ring_ciphers));
    assert!(!ptr::eq(cipher(&first), cipher(&after)));
    assert_eq!(DERIVED.get() - before, 3);
}

fn keys() -> Vec<crate::RingKey> {
    vec![sealing_since(key(Suite::Xaes256Gcm, 7), 0)]
}

fn context() -> Context {
    Context::new("shop", "login")
}

/// The opened token keeps its ring alive, so that no address is reused meanwhile.
fn seal_and_open(sealer: &Sealer, now: u32) -> Opened {
    let token = seal_with_times(sealer, now, now, now + 50);
    sealer.open_token_at(&token, at(now)).unwrap()
}

fn cipher(opened: &Opened) -> &PurposeCipher {
    opened
        .ring_ciphers
        .cipher(opened.key_at, &context())
        .unwrap()
}
