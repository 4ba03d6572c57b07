//! Does a delta lead to exactly the newer list, and from no list that it is not for?

use proptest::prelude::*;

use super::model::{apply, commits};
use super::{record, ring_of_the_model, subject};
use crate::aead::Suite;
use crate::list::{ListDelta, ListDraft, ListError, RecordKind, RevocationList, Room};
use crate::ring::KeyRing;
use crate::tests::{at, key};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn a_delta_leads_from_each_list_since_its_own_to_the_bytes_of_the_newest(
        commits in commits(),
    ) {
        let mut lists = vec![RevocationList::empty(&ring_of_the_model())];
        for commit in &commits {
            lists.push(apply(lists.last().unwrap(), commit));
        }
        for (from, older) in lists.iter().enumerate() {
            let mut chained: Option<ListDelta> = None;
            for (newer, pair) in lists[from..].iter().skip(1).zip(lists[from..].windows(2)) {
                let step = ListDelta::between(&pair[0], &pair[1]).unwrap();
                chained = Some(chained.map_or_else(|| step.clone(), |it| it.then(&step).unwrap()));
                let whole = ListDelta::between(older, newer).unwrap();
                for delta in [&whole, chained.as_ref().unwrap()] {
                    let read = ListDelta::from_bytes(&delta.to_bytes()).unwrap();
                    prop_assert_eq!(&read, delta);
                    let reached = older.updated(&read).unwrap();
                    prop_assert_eq!(reached.to_bytes(), newer.to_bytes());
                }
                // A list between the two needs no other delta.
                for between in lists[from..].iter().take_while(|it| it.seq() < newer.seq()) {
                    prop_assert_eq!(&between.updated(&whole).unwrap(), newer);
                }
            }
        }
    }
}

#[test]
fn a_delta_has_what_has_changed_and_nothing_else() {
    let [older, newer] = two_lists();
    let delta = ListDelta::between(&older, &newer).unwrap();
    assert_eq!((delta.since(), delta.seq(), delta.records()), (1, 2, 2));
    assert_eq!(delta.to_bytes().len(), 15 + 8 + 28 + 12 + 16);
}

#[test]
fn a_delta_is_refused_by_a_list_before_its_own_and_by_one_that_is_not_older() {
    let [older, newer] = two_lists();
    let delta = ListDelta::between(&older, &newer).unwrap();
    let numbered = |seq, forgotten| ListDraft::new(&older, seq, at(forgotten)).build();
    for (seq, forgotten) in [(0, 0), (2, 0), (3, 0), (1, 1)] {
        let refused = numbered(seq, forgotten).updated(&delta).unwrap_err();
        let expected = ListError::OtherBase {
            since: 1,
            seq: 2,
            found: seq,
        };
        assert_eq!(refused, expected, "{seq} {forgotten}");
    }
    assert_eq!(numbered(1, 0).updated(&delta), Ok(newer.clone()));
    let mut leaked = ListDraft::new(&older, 1, at(0));
    leaked.follow(&KeyRing::from(key(Suite::Xaes256Gcm, 7)));
    let refused = leaked.build().updated(&delta);
    assert_eq!(refused, Err(ListError::OtherPepper));
}

#[test]
fn no_delta_leads_back_to_another_pepper_or_to_a_list_that_lacks_something() {
    let [older, newer] = two_lists();
    let none = |older: &RevocationList, newer: &RevocationList| {
        assert_eq!(ListDelta::between(older, newer), None);
    };
    none(&newer, &older);
    none(&newer, &newer);
    // A backup that was put back, under a new number.
    none(&newer, &ListDraft::new(&older, 9, at(0)).build());
    let mut leaked = ListDraft::new(&newer, 9, at(0));
    leaked.follow(&KeyRing::from(key(Suite::Xaes256Gcm, 7)));
    none(&newer, &leaked.build());
    // The control.
    let next = ListDraft::new(&newer, 9, at(0)).build();
    assert!(ListDelta::between(&newer, &next).is_some());
    let gap = ListDelta::between(&older, &newer).unwrap();
    let after = ListDelta::between(&next, &ListDraft::new(&next, 10, at(0)).build()).unwrap();
    assert_eq!(gap.then(&after), None, "list 9 is missing");
}

#[test]
fn a_delta_does_not_make_a_list_of_more_records_than_one_may_have() {
    let empty = RevocationList::empty(&ring_of_the_model());
    let half = RevocationList::MAX_SUBJECTS / 2 + 1;
    let filled = |numbers: std::ops::Range<usize>, seq| {
        let records: Vec<_> = numbers
            .map(|number| record(RecordKind::Subjects, number, 50))
            .collect();
        let mut draft = ListDraft::new(&empty, seq, at(0));
        draft.add(&records, Room::Operators).unwrap();
        draft.build()
    };
    let (one, other) = (filled(0..half, 1), filled(half..2 * half, 2));
    let delta = ListDelta::between(&empty, &other).unwrap();
    let refused = ListError::TooMany {
        kind: RecordKind::Subjects,
        found: 2 * half,
        limit: RevocationList::MAX_SUBJECTS,
    };
    assert_eq!(one.updated(&delta), Err(refused));
    assert_eq!(empty.updated(&delta), Ok(other));
}

/// The second has a new session, and a later time for a subject.
fn two_lists() -> [RevocationList; 2] {
    let mut draft = ListDraft::new(&RevocationList::empty(&ring_of_the_model()), 1, at(0));
    let records = [
        record(RecordKind::Sessions, 1, 50),
        subject(9, 7, 60),
        subject(8, 7, 60),
    ];
    draft.add(&records, Room::Applications).unwrap();
    let older = draft.build();
    let mut draft = ListDraft::new(&older, 2, at(0));
    let records = [record(RecordKind::Sessions, 2, 50), subject(9, 8, 61)];
    draft.add(&records, Room::Applications).unwrap();
    [older, draft.build()]
}
