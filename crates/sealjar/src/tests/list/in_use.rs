//! Does a replica refuse what either the ring or the list revokes, whichever is replaced?

use std::sync::Arc;

use super::{ring_of_the_model, session};
use crate::aead::{DERIVED, HASHED, Suite};
use crate::context::Context;
use crate::list::{ListDraft, ListError, ListRecord, RevocationList, Room};
use crate::live::LiveRing;
use crate::opened::Opened;
use crate::ring::KeyRing;
use crate::sealer::Sealer;
use crate::tests::{at, key, seal_with_times, sealer, sealing_since};

#[test]
fn what_a_list_names_is_refused_beside_what_the_ring_names() {
    let live = live();
    let (shop, blog) = (login(&live, "shop"), login(&live, "blog"));
    let before = open(&shop);
    assert!(!before.lists_subjects() && !before.is_subject_revoked("ada"));
    live.replace_list(list(&live, 1, &[session(1), person(&live, "ada", 51)]))
        .unwrap();
    let mut draft = live.load().draft();
    draft.epoch += 1;
    draft.revocations.revoke_session([2; 8], at(9));
    let revoked = draft.revocations.revoke_subject("shop", "bob", at(51));
    revoked.unwrap();
    live.replace_at(draft.build().unwrap(), None).unwrap();

    let now = open(&shop);
    for (id, is_revoked) in [(1, true), (2, true), (3, false)] {
        assert_eq!(now.is_session_revoked([id; 8]), is_revoked);
        assert!(!before.is_session_revoked([id; 8]), "it was opened before");
    }
    assert!(now.lists_subjects());
    for (who, is_revoked) in [("ada", true), ("bob", true), ("eve", false)] {
        assert_eq!(now.is_subject_revoked(who), is_revoked, "{who}");
        assert!(!open(&blog).is_subject_revoked(who), "{who} of another app");
    }
    assert!(!now.is_subject_revoked(&"x".repeat(65_536)));
    // Born at the time of the record.
    let token = seal_with_times(&shop, 51, 500, 900);
    let younger = shop.open_token_at(&token, at(600)).unwrap();
    assert!(!younger.is_subject_revoked("ada"));
}

#[test]
fn a_list_under_another_pepper_refuses_its_sessions_and_no_subject_until_the_ring_follows() {
    let live = live();
    let shop = login(&live, "shop");
    let old = list(&live, 1, &[session(1), person(&live, "ada", 51)]);
    live.replace_list(old).unwrap();
    assert!(open(&shop).is_subject_revoked("ada"));

    let mut leaked = live.load().draft();
    leaked.epoch += 1;
    leaked.keep_id();
    leaked.revocations = crate::Revocations::generate(604_800).unwrap();
    let leaked = leaked.build().unwrap();
    let mut next = ListDraft::new(&live.list(), 2, at(0));
    next.follow(&leaked);
    let hash = leaked.revocations().subject_hash("shop", "bob").unwrap();
    let bob = ListRecord::Subject {
        hash,
        born_before: at(51),
        until: at(999),
    };
    next.add(&[bob], Room::Applications).unwrap();

    live.replace_list(next.build()).unwrap();
    let between = open(&shop);
    assert!(between.is_session_revoked([1; 8]));
    assert!(!between.is_subject_revoked("bob") && !between.lists_subjects());
    live.replace_at(leaked, None).unwrap();
    let after = open(&shop);
    assert!(after.is_session_revoked([1; 8]));
    assert!(after.is_subject_revoked("bob"), "under the new pepper");
    assert!(!after.is_subject_revoked("ada"));
}

#[test]
fn a_new_list_derives_no_key_and_forgets_no_person() {
    let live = live();
    let shop = login(&live, "shop");
    live.replace_list(list(&live, 1, &[person(&live, "ada", 51)]))
        .unwrap();
    assert!(open(&shop).is_subject_revoked("ada"));
    let (derived, hashed) = (DERIVED.get(), HASHED.get());
    for seq in 2..9 {
        let next = ListDraft::new(&live.list(), seq, at(0)).build();
        live.replace_list(next).unwrap();
        assert!(open(&shop).is_subject_revoked("ada"));
    }
    assert_eq!((DERIVED.get() - derived, HASHED.get() - hashed), (0, 0));
    // A new ring under the same pepper derives its keys, and forgets no person either.
    let mut draft = live.load().draft();
    draft.epoch += 1;
    live.replace_at(draft.build().unwrap(), None).unwrap();
    assert!(open(&shop).is_subject_revoked("ada"));
    assert_eq!((DERIVED.get() - derived, HASHED.get() - hashed), (1, 0));
    // The control: another sealer has to hash her.
    assert!(open(&login(&live, "shop")).is_subject_revoked("ada"));
    assert_eq!(HASHED.get() - hashed, 1);
}

#[test]
fn no_lower_number_replaces_a_list_and_no_other_content_of_the_same_number() {
    let live = live();
    let replace = |list: &RevocationList| live.replace_list_at(list.clone(), Some(at(100)));
    let seven = list(&live, 7, &[session(1)]);
    assert_eq!(replace(&seven), Ok(()));
    let in_use = live.list();
    assert_eq!(replace(&seven), Ok(()));
    assert!(Arc::ptr_eq(&in_use, &live.list()), "it changes nothing");
    let fork = list(&live, 7, &[session(1), session(2)]);
    assert_eq!(replace(&fork), Err(ListError::Conflict { seq: 7 }));
    for found in [0, 6] {
        let refused = Err(ListError::Older { current: 7, found });
        assert_eq!(replace(&list(&live, found, &[session(3)])), refused);
    }
    assert_eq!(*live.list(), seven);
    assert_eq!(replace(&list(&live, 8, &[])), Ok(()));
}

#[test]
fn a_number_that_a_wrong_clock_gave_is_refused_and_does_not_stay_for_ever() {
    let live = live();
    let (seq, latest) = (90_000, 86_500);
    let far = list(&live, seq, &[session(1)]);
    let now = Some(at(100));
    let refused = live.replace_list_at(far.clone(), now);
    assert_eq!(refused, Err(ListError::Ahead { seq, latest }));
    // Taken while this replica's clock was ahead, too.
    live.replace_list_at(far, Some(at(90_000))).unwrap();
    let right = list(&live, 100, &[session(2)]);
    let older = live.replace_list_at(right.clone(), Some(at(90_000)));
    assert!(matches!(older, Err(ListError::Older { .. })));
    assert_eq!(live.replace_list_at(right, now), Ok(()));
    assert_eq!(live.list().seq(), 100);
}

#[test]
fn a_ring_and_a_list_are_replaced_each_beside_the_other() {
    let live = live();
    live.replace_list(list(&live, 1, &[session(1)])).unwrap();
    let mut draft = live.load().draft();
    draft.epoch += 1;
    live.replace_at(draft.build().unwrap(), None).unwrap();
    assert_eq!((live.load().epoch(), live.list().seq()), (8, 1));
    live.replace_list(list(&live, 2, &[session(1)])).unwrap();
    assert_eq!((live.load().epoch(), live.list().seq()), (8, 2));
}

#[cfg(feature = "__hazmat")]
#[test]
fn a_login_of_somebody_whom_the_list_names_is_born_when_the_list_allows() {
    use crate::__hazmat::first_birth;
    let live = live();
    let shop = login(&live, "shop");
    assert_eq!(first_birth(&shop, Some("ada"), at(100)), at(100));
    let records = [person(&live, "ada", 120), person(&live, "bob", 900)];
    live.replace_list(list(&live, 1, &records)).unwrap();
    assert_eq!(first_birth(&shop, Some("ada"), at(100)), at(120));
    assert_eq!(first_birth(&shop, Some("ada"), at(130)), at(130));
    // No more than the skew ahead.
    assert_eq!(first_birth(&shop, Some("bob"), at(100)), at(130));
    assert_eq!(first_birth(&shop, Some("eve"), at(100)), at(100));
    assert_eq!(first_birth(&shop, None, at(100)), at(100));
}

fn live() -> LiveRing {
    let mut draft = ring_of_the_model().draft();
    draft.keys = vec![sealing_since(key(Suite::Xaes256Gcm, 7), 0)];
    LiveRing::new(draft.build().unwrap())
}

fn login(live: &LiveRing, app: &str) -> Sealer {
    sealer(live, &Context::new(app, "login"))
}

/// Opens a token that was born at 50.
fn open(sealer: &Sealer) -> Opened {
    let token = seal_with_times(sealer, 50, 500, 900);
    sealer.open_token_at(&token, at(600)).unwrap()
}

fn list(live: &LiveRing, seq: u64, records: &[ListRecord]) -> RevocationList {
    let empty = RevocationList::empty(&live.load());
    let mut draft = ListDraft::new(&empty, seq, at(0));
    draft.add(records, Room::Applications).unwrap();
    draft.build()
}

fn person(live: &LiveRing, who: &str, born_before: u32) -> ListRecord {
    let ring: Arc<KeyRing> = live.load();
    ListRecord::Subject {
        hash: ring.revocations().subject_hash("shop", who).unwrap(),
        born_before: at(born_before),
        until: at(999),
    }
}
