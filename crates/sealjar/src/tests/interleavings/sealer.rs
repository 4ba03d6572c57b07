//! In every order in which threads can take turns: is each token made and judged under one ring,
//! the one in use?
//!
//! A check takes the code under test as an argument, as in `live.rs` beside this file.

use std::sync::Arc;

use loom::thread;

use super::{Guard, Sealer, Wanted};
use crate::aead;
use crate::clock::Timestamp;
use crate::context::Context;
use crate::live::LiveRing;
use crate::live::interleavings::{in_every_order, key_of, ring_of};
use crate::ring::KeyRing;
use crate::ring_ciphers::RingCiphers;
use crate::tests::{at, sealer};
use crate::token::Token;

type Seals = fn(&Sealer) -> (Token, Timestamp);

#[test]
fn a_token_that_is_sealed_while_the_ring_is_replaced_is_of_one_ring() {
    a_token_is_of_one_ring(seal);
}

#[test]
#[should_panic(expected = "a token of two rings")]
fn a_sealer_that_loads_the_ring_twice_is_caught() {
    a_token_is_of_one_ring(|sealer| {
        let lifetime = sealer.longest_ttl_at(at(NOW)).unwrap();
        (seal(sealer).0, at(NOW).saturating_add(lifetime))
    });
}

fn a_token_is_of_one_ring(seals: Seals) {
    in_every_order(move || {
        let live = LiveRing::new(ring_of(5));
        let ours = sealer(&live, &context());
        let replacing = thread::spawn(move || live.replace(ring_of(6)));
        let (token, expires_at) = seals(&ours);
        replacing.join().unwrap().unwrap();

        // What the ring that the token names makes without sharing.
        let of_key = |epoch: &u8| key_of(*epoch).id() == token.key_id();
        let epoch = [5, 6].into_iter().find(of_key).unwrap();
        let alone = sealer(ring_of(epoch), &context());
        assert_eq!(seal(&alone).1, expires_at, "a token of two rings");
        let opened = alone.open_token_at(&token, at(NOW)).unwrap();
        assert_eq!(opened.expires_at(), expires_at);
    });
}

type Finds = fn(&Sealer, &Token) -> bool;

#[test]
fn a_token_opens_while_its_key_gets_another_place_in_the_ring() {
    a_key_is_found_in_one_ring(|sealer, token| sealer.open_token_at(token, at(NOW)).is_ok());
}

#[test]
#[should_panic(expected = "looked for in two rings")]
fn an_opener_that_looks_for_a_key_in_two_rings_is_caught() {
    a_key_is_found_in_one_ring(|sealer, token| {
        let place = sealer.ring().load().position(token.key_id()).unwrap();
        sealer.ring_ciphers().ring.keys()[place].id() == token.key_id()
    });
}

fn a_key_is_found_in_one_ring(finds: Finds) {
    in_every_order(move || {
        let live = LiveRing::new(turned_round(6));
        let ours = sealer(&live, &context());
        let (token, _) = seal(&ours);
        let replacing = thread::spawn(move || live.replace(turned_round(7)));
        assert!(finds(&ours, &token), "looked for in two rings");
        replacing.join().unwrap().unwrap();
        assert!(finds(&ours, &token));
    });
}

/// The keys of two epochs, the later one first in odd epochs.
fn turned_round(epoch: u8) -> KeyRing {
    let mut draft = ring_of(5).draft();
    draft.keys.extend(ring_of(6).draft().keys);
    draft.keys.rotate_left(usize::from(epoch % 2));
    draft.epoch = epoch.into();
    draft.build().unwrap()
}

type Derives = fn(&Sealer) -> Arc<RingCiphers>;

#[test]
fn once_a_ring_is_replaced_nothing_is_derived_of_the_one_before() {
    what_is_derived_is_of_the_ring_in_use(|sealer| Guard::into_inner(sealer.ring_ciphers()));
}

#[test]
#[should_panic(expected = "a stale derivation")]
fn a_sealer_that_trusts_its_cache_is_caught() {
    what_is_derived_is_of_the_ring_in_use(|sealer| sealer.0.ring_ciphers.load_full());
}

/// A slower thread may have stored the ciphers of the ring before.
#[test]
#[should_panic(expected = "a stale derivation")]
fn a_sealer_that_gives_back_what_its_cache_holds_after_storing_is_caught() {
    what_is_derived_is_of_the_ring_in_use(|sealer| {
        drop(sealer.ring_ciphers());
        sealer.0.ring_ciphers.load_full()
    });
}

fn what_is_derived_is_of_the_ring_in_use(derives: Derives) {
    in_every_order(move || {
        let live = LiveRing::new(ring_of(5));
        let ours = sealer(&live, &context());
        live.replace(ring_of(6)).unwrap();
        let slower = {
            let ours = ours.clone();
            thread::spawn(move || derives(&ours).ring.epoch())
        };
        live.replace(ring_of(7)).unwrap();
        // In its own thread a replacement is complete, whatever others store meanwhile.
        for _ in 0..2 {
            assert_eq!(derives(&ours).ring.epoch(), 7, "a stale derivation");
        }
        assert!(
            [6, 7].contains(&slower.join().unwrap()),
            "a stale derivation"
        );
        assert_eq!(derives(&ours).ring.epoch(), 7, "a stale derivation");
    });
}

/// Sealing, opening a token and a text, under a known key and an unknown one, and text that is not
/// a token; `longest_ttl_at` and `uses`. `padded_to` loads none. The methods of an `Opened` load
/// none either: they use the ring that opened it.
#[test]
fn every_operation_loads_the_ring_once() {
    in_every_order(|| {
        let ours = sealer(ring_of(5), &context());
        let (token, _) = seal(&ours);
        let (stranger, _) = seal(&sealer(ring_of(6), &context()));
        let (text, strange) = (token.to_string(), stranger.to_string());
        let opens = |text: &str| drop(ours.open_at(text, at(NOW)));
        let operations: [(&str, &dyn Fn()); 8] = [
            ("seal", &|| drop(seal(&ours))),
            ("open", &|| drop(ours.open_token_at(&token, at(NOW)))),
            ("open under an unknown key", &|| {
                drop(ours.open_token_at(&stranger, at(NOW)))
            }),
            ("open a text", &|| opens(&text)),
            ("open a text under an unknown key", &|| opens(&strange)),
            ("open garbage", &|| opens("garbage")),
            ("longest_ttl_at", &|| _ = ours.longest_ttl_at(at(NOW))),
            ("uses", &|| drop(ours.uses())),
        ];
        for (name, operate) in operations {
            assert_eq!(loads_of(&ours, operate), 1, "{name}");
        }
        let opened = ours.open_token_at(&token, at(NOW)).unwrap();
        let asks = || {
            drop(ours.padded_to(64));
            _ = (opened.key_id(), opened.is_stale(), opened.lists_subjects());
            _ = opened.is_session_revoked(*b"sessions") || opened.is_subject_revoked("nobody");
        };
        assert_eq!(
            loads_of(&ours, &asks),
            0,
            "padded_to, and what Opened is asked"
        );
        let twice = || operations.iter().take(2).for_each(|(_, operate)| operate());
        assert_eq!(loads_of(&ours, &twice), 2, "the negative control");
    });
}

fn loads_of(sealer: &Sealer, operate: &dyn Fn()) -> usize {
    let before = sealer.ring().loads();
    operate();
    sealer.ring().loads() - before
}

fn seal(sealer: &Sealer) -> (Token, Timestamp) {
    let wanted = Wanted {
        born: at(NOW),
        expires_at: at(u32::MAX),
        now: at(NOW),
    };
    sealer.seal_with(b"payload", wanted, aead::random).unwrap()
}

fn context() -> Context {
    Context::new("shop", "login")
}

const NOW: u32 = 5_000;
