//! What is revoked before it expires? Every comparison uses `born`.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, DefaultHasher, Hasher};

use super::{at, draft, key, seal_with_times, sealer, sealing_since};
use crate::aead::{HASHED, Suite};
use crate::clock::Timestamp;
use crate::context::Context;
use crate::draft::RingDraft;
use crate::live::LiveRing;
use crate::revocation::SubjectMemo;
use crate::sealer::Sealer;

/// The negative control is inside: the test asserts the times that a comparison with `sealed_at`
/// would accept.
#[cfg(feature = "__hazmat")]
#[test]
fn sealing_again_does_not_bring_a_token_back_over_the_floor() {
    let before = shop(one_key());
    let floor = at(150);
    let mut raised = one_key();
    raised.revocations.floor = Some(floor);
    let after = shop(raised);

    // A lagging replica, without the floor, seals the old session again.
    let seal_born = |born| {
        crate::__hazmat::seal_born(&before, b"x", at(born), at(900), at(200))
            .unwrap()
            .0
    };
    let old = before.open_token_at(&seal_born(149), at(210)).unwrap();
    assert!(old.sealed_at() >= floor && old.born() < floor);
    let refused = after.open_token_at(&seal_born(149), at(210));
    assert_eq!(refused.unwrap_err(), crate::OpenError::RevokedAll);
    assert!(after.open_token_at(&seal_born(150), at(210)).is_ok());
}

#[test]
fn what_a_subject_had_before_is_revoked_in_its_app_alone() {
    let mut draft = one_key();
    draft
        .revocations
        .revoke_subject("shop", "ada", at(100))
        .unwrap();
    draft
        .revocations
        .revoke_subject("shop", "bob", at(120))
        .unwrap();
    draft
        .revocations
        .revoke_subject("blog", "eve", at(100))
        .unwrap();
    let live = LiveRing::new(draft.build().unwrap());
    let open = |app: &str, born| {
        let sealer = sealer(&live, &Context::new(app, "login"));
        // Sealed again long afterwards: only its birth counts.
        let token = seal_with_times(&sealer, born, 500, 900);
        sealer.open_token_at(&token, at(600)).unwrap()
    };
    for (app, subject, born, wanted) in [
        ("shop", "ada", 99, true),
        ("shop", "ada", 100, false),
        // The newest entry of the app is bob's, and says nothing about ada.
        ("shop", "ada", 110, false),
        ("shop", "bob", 119, true),
        ("shop", "bob", 120, false),
        ("shop", "eve", 0, false),
        ("shop", "", 0, false),
        ("blog", "eve", 99, true),
        ("blog", "ada", 0, false),
        ("wiki", "ada", 0, false),
    ] {
        let opened = open(app, born);
        assert_eq!(
            opened.is_subject_revoked(subject),
            wanted,
            "{app} {subject} {born}"
        );
        assert_eq!(opened.lists_subjects(), app != "wiki", "{app}");
    }
}

#[test]
fn who_is_remembered_as_unlisted_is_refused_once_a_later_ring_lists_them() {
    let mut draft = one_key();
    let revoke = |draft: &mut RingDraft, who: &str| {
        draft
            .revocations
            .revoke_subject("shop", who, at(100))
            .unwrap();
    };
    revoke(&mut draft, "ada");
    let live = LiveRing::new(draft.clone().build().unwrap());
    let sealer = sealer(&live, &Context::new("shop", "login"));
    let token = seal_with_times(&sealer, 50, 500, 900);
    let is_revoked = |who: &str| {
        let opened = sealer.open_token_at(&token, at(600)).unwrap();
        opened.is_subject_revoked(who)
    };
    // More people than fit into the cache, each asked about twice.
    for _ in 0..2 {
        for number in 0..6000 {
            assert!(!is_revoked(&format!("visitor {number}")), "{number}");
        }
        assert!(is_revoked("ada"));
        assert!(!is_revoked("bob"));
    }
    draft.epoch = 2;
    revoke(&mut draft, "bob");
    live.replace(draft.build().unwrap()).unwrap();
    assert!(is_revoked("bob") && is_revoked("ada"));
    assert!(!is_revoked("visitor 1"));
}

#[test]
fn who_is_remembered_is_judged_by_the_birth_of_each_session() {
    let mut draft = one_key();
    let people: Vec<String> = (0..400).map(|at| format!("visitor {at}")).collect();
    for (who, born_before) in people.iter().take(300).zip([100, 200].into_iter().cycle()) {
        draft
            .revocations
            .revoke_subject("shop", who, at(born_before))
            .unwrap();
    }
    let list = draft.build().unwrap().revocations().clone();
    let listed = list.subjects_of("shop").unwrap();
    let agrees = |covers: &mut dyn FnMut(&str, Timestamp) -> bool| {
        let births = [199, 50, 250, 99, 100, 50].map(at);
        let mut asked = births.iter().flat_map(|born| {
            // First everybody once, then everybody twice in a row.
            let twice = people.iter().flat_map(|who| [who; 2]);
            people.iter().chain(twice).map(move |who| (who, *born))
        });
        asked.all(|(who, born)| covers(who, born) == list.covers_subject("shop", who, born))
    };
    let memo = SubjectMemo::new(&list, "shop");
    assert!(agrees(
        &mut |who, born| listed.covers(memo.hash(who).unwrap(), born)
    ));
    // All in one place, told apart by their marks alone.
    let crowded = SubjectMemo::with_marker(&list, "shop", Keeping::<{ !0xfff }>::default());
    assert!(agrees(
        &mut |who, born| listed.covers(crowded.hash(who).unwrap(), born)
    ));

    // The negative controls: marks that are all equal, and remembering the answer.
    let unmarked = SubjectMemo::with_marker(&list, "shop", Keeping::<0xfff>::default());
    assert!(!agrees(
        &mut |who, born| listed.covers(unmarked.hash(who).unwrap(), born)
    ));
    let mut answers = HashMap::new();
    assert!(!agrees(&mut |who, born| {
        let judge = || list.covers_subject("shop", who, born);
        *answers.entry(who.to_owned()).or_insert_with(judge)
    }));
}

#[test]
fn a_crowd_is_remembered_at_once_and_not_one_in_place_of_the_other() {
    let list = one_key().revocations;
    let crowd: Vec<String> = (0..200).map(|at| format!("visitor {at}")).collect();
    let memo = SubjectMemo::with_marker(&list, "shop", Keeping::<{ !0 }>::default());
    let hashed = || {
        let before = HASHED.get();
        for who in &crowd {
            memo.hash(who);
        }
        HASHED.get() - before
    };
    assert_eq!(hashed(), 200);
    // A few share a place.
    let again = hashed();
    assert!(again < 20, "{again}");
}

#[test]
fn the_longest_name_of_a_person_is_judged_and_one_byte_more_is_nobodys() {
    let longest = "x".repeat(65_535);
    let mut draft = one_key();
    draft
        .revocations
        .revoke_subject("shop", &longest, at(100))
        .unwrap();
    let shop = shop(draft);
    let token = seal_with_times(&shop, 99, 500, 900);
    let opened = shop.open_token_at(&token, at(600)).unwrap();
    assert!(opened.is_subject_revoked(&longest));
    assert!(!opened.is_subject_revoked(&"x".repeat(65_536)));
}

#[test]
fn a_memo_takes_memory_only_for_a_session_older_than_the_newest_entry() {
    let mut draft = one_key();
    draft
        .revocations
        .revoke_subject("shop", "ada", at(100))
        .unwrap();
    let shop = shop(draft);
    for (born, is_made) in [(100, false), (99, true)] {
        let token = seal_with_times(&shop, born, 500, 900);
        let opened = shop.open_token_at(&token, at(600)).unwrap();
        assert_eq!(opened.is_subject_revoked("ada"), is_made);
        assert_eq!(opened.ring_ciphers.subject_memo.get().is_some(), is_made);
    }
}

#[test]
fn a_listed_session_is_revoked_whenever_it_was_born() {
    let mut draft = one_key();
    draft.revocations.revoke_session([1; 8], at(100));
    let shop = shop(draft);
    for born in [0, 99, 100, 101, 500] {
        let token = seal_with_times(&shop, born, 500, 900);
        let opened = shop.open_token_at(&token, at(600)).unwrap();
        assert!(opened.is_session_revoked([1; 8]), "{born}");
        assert!(!opened.is_session_revoked([2; 8]), "{born}");
        assert!(!opened.lists_subjects());
    }
}

/// A draft with one key that seals.
fn one_key() -> RingDraft {
    draft(1, vec![sealing_since(key(Suite::Xaes256Gcm, 7), 0)])
}

fn shop(ring: RingDraft) -> Sealer {
    sealer(ring.build().unwrap(), &Context::new("shop", "login"))
}

/// Makes hashes that keep only some of their bits.
type Keeping<const BITS: u64> = BuildHasherDefault<Masked<BITS>>;

#[derive(Default)]
struct Masked<const BITS: u64>(DefaultHasher);

impl<const BITS: u64> Hasher for Masked<BITS> {
    fn write(&mut self, bytes: &[u8]) {
        self.0.write(bytes);
    }

    fn finish(&self) -> u64 {
        self.0.finish() & BITS
    }
}
