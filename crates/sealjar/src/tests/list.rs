//! What does a list of revocations refuse, and when is a list refused?

mod broken;
mod deltas;
mod in_use;
mod model;
mod vectors;

use std::collections::HashSet;

use proptest::prelude::*;

use self::model::{Model, PEPPER, apply, commits};
use super::{at, key, ring};
use crate::aead::Suite;
use crate::clock::Timestamp;
use crate::list::{ListDraft, ListError, ListRecord, RecordKind, RevocationList, Room};
use crate::ring::KeyRing;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn every_list_is_what_a_plain_model_says_and_is_written_as_spec_says(
        commits in commits(),
    ) {
        let mut list = RevocationList::empty(&ring_of_the_model());
        let mut model = Model::default();
        for commit in &commits {
            list = apply(&list, commit);
            model.apply(commit);
            let bytes = list.to_bytes();
            prop_assert_eq!(&bytes, &model.to_bytes());
            prop_assert_eq!(RevocationList::from_bytes(&bytes).unwrap(), list.clone());
            prop_assert_eq!(list.session_records(), model.sessions.len());
            prop_assert_eq!(list.subject_records(), model.subjects.len());
            for id in (0..=255).map(|byte| [byte; 8]) {
                prop_assert_eq!(list.covers_session(id), model.sessions.contains_key(&id));
                let born_before = model.subjects.get(&id).map(|times| at(times.0));
                prop_assert_eq!(list.subject_born_before(id), born_before);
                for born in 0..50 {
                    let is_covered = born_before.is_some_and(|listed| at(born) < listed);
                    prop_assert_eq!(list.covers_subject(id, at(born)), is_covered);
                }
            }
            let mut again = ListDraft::new(&RevocationList::empty(&ring_of_the_model()), list.seq(), list.forgotten_before());
            let records: Vec<_> = list.records().collect();
            again.add(&records, Room::Operators).unwrap();
            prop_assert_eq!(again.build(), list.clone());
        }
    }
}

#[test]
fn applications_leave_the_last_eighth_to_operators_and_nothing_is_added_by_halves() {
    for kind in [RecordKind::Sessions, RecordKind::Subjects] {
        let limit = match kind {
            RecordKind::Sessions => RevocationList::MAX_SESSIONS,
            RecordKind::Subjects => RevocationList::MAX_SUBJECTS,
        };
        let records = |numbers: std::ops::Range<usize>, until| -> Vec<ListRecord> {
            numbers.map(|n| record(kind, n, until)).collect()
        };
        let share = limit / 8 * 7;
        let list = RevocationList::empty(&ring_of_the_model());
        let mut draft = ListDraft::new(&list, 1, at(0));
        draft
            .add(&records(0..share, 50), Room::Applications)
            .unwrap();
        let full = |limit| Err(ListError::Full { kind, limit });
        let two = [record(kind, 3, 90), record(kind, share, 90)];
        assert_eq!(draft.add(&two, Room::Applications), full(share));
        // What is there already takes no room, and of what was refused nothing was added.
        draft.add(&two[..1], Room::Applications).unwrap();
        let half = draft.build();
        assert_eq!(half.records().filter(|it| until(it) == at(90)).count(), 1);

        let mut draft = ListDraft::new(&half, 2, at(0));
        assert_eq!(
            draft.add(&records(limit - 1..limit, 50), Room::Applications),
            full(share)
        );
        draft
            .add(&records(share..limit, 50), Room::Operators)
            .unwrap();
        let one = records(limit..limit + 1, 50);
        assert_eq!(draft.add(&one, Room::Operators), full(limit));
        let whole = draft.build();
        assert_eq!(whole.session_records() + whole.subject_records(), limit);
        assert_eq!(
            RevocationList::from_bytes(&whole.to_bytes()).unwrap(),
            whole
        );

        // A full list has room again when records are over, in the same commit.
        let mut draft = ListDraft::new(&whole, 3, at(51));
        draft
            .add(&records(limit..limit + 100, 99), Room::Applications)
            .unwrap();
        assert_eq!(draft.build().records().count(), 101);
    }
}

#[test]
fn the_longest_list_has_the_length_that_is_promised() {
    let list = RevocationList::empty(&ring_of_the_model());
    let mut draft = ListDraft::new(&list, 1, at(0));
    for (kind, count) in [
        (RecordKind::Sessions, RevocationList::MAX_SESSIONS),
        (RecordKind::Subjects, RevocationList::MAX_SUBJECTS),
    ] {
        let records: Vec<_> = (0..count).map(|n| record(kind, n, 50)).collect();
        draft.add(&records, Room::Operators).unwrap();
    }
    let bytes = draft.build().to_bytes();
    assert_eq!(
        (bytes.len(), bytes.len()),
        (RevocationList::MAX_LEN, 2_097_194)
    );
    assert!(RevocationList::from_bytes(&bytes).is_ok());
}

#[test]
fn a_record_is_kept_up_to_its_last_second_and_a_draft_forgets_no_less_than_its_list() {
    let list = RevocationList::empty(&ring_of_the_model());
    let mut draft = ListDraft::new(&list, 1, at(10));
    let over = record(RecordKind::Sessions, 1, 9);
    let last = record(RecordKind::Sessions, 2, 10);
    draft.add(&[over, last], Room::Applications).unwrap();
    let list = draft.build();
    assert_eq!(list.records().collect::<Vec<_>>(), [last]);

    let next = ListDraft::new(&list, 2, at(3)).build();
    assert_eq!(next.forgotten_before(), at(10), "it never goes back");
    assert_eq!(next.records().count(), 1);
    let next = ListDraft::new(&list, 2, at(11)).build();
    assert_eq!(next.records().count(), 0);
}

#[test]
fn when_a_horizon_rises_every_record_is_kept_longer_and_says_nothing_else_than_before() {
    let list = RevocationList::empty(&ring_of_the_model());
    let mut draft = ListDraft::new(&list, 1, at(0));
    let session = record(RecordKind::Sessions, 1, 20);
    draft.add(&[session], Room::Applications).unwrap();
    let mut draft = ListDraft::new(&draft.build(), 2, at(0));
    draft.add(&[subject(9, 7, 30)], Room::Applications).unwrap();
    draft.keep_longer(100, at(125));
    let records: Vec<_> = draft.build().records().collect();
    assert_eq!(
        records,
        [record(RecordKind::Sessions, 1, 120), subject(9, 7, 125)]
    );
}

#[test]
fn a_list_under_another_pepper_keeps_its_sessions_and_no_subject() {
    let ring = ring_of_the_model();
    let list = RevocationList::empty(&ring);
    let mut draft = ListDraft::new(&list, 1, at(0));
    let session = record(RecordKind::Sessions, 1, 20);
    let records = [session, subject(9, 7, 30)];
    draft.add(&records, Room::Applications).unwrap();
    let list = draft.build();
    assert!(list.is_of(&ring));

    let leaked = KeyRing::from(key(Suite::Xaes256Gcm, 7));
    assert!(!list.is_of(&leaked));
    let mut draft = ListDraft::new(&list, 2, at(0));
    draft.follow(&ring);
    assert_eq!(draft.build().records().count(), 2);
    let mut draft = ListDraft::new(&list, 2, at(0));
    draft.follow(&leaked);
    let next = draft.build();
    assert!(next.is_of(&leaked));
    assert_eq!(next.records().collect::<Vec<_>>(), [session]);
}

#[test]
fn no_number_lies_further_ahead_than_an_epoch_may() {
    let list = RevocationList::empty(&ring_of_the_model());
    let numbered = |seq| ListDraft::new(&list, seq, at(0)).build();
    assert_eq!(numbered(86_500).check_seq(at(100)), Ok(()));
    let ahead = ListError::Ahead {
        seq: 86_501,
        latest: 86_500,
    };
    assert_eq!(numbered(86_501).check_seq(at(100)), Err(ahead));
}

#[test]
fn each_error_says_something_of_its_own_and_what_to_do() {
    let kind = RecordKind::Sessions;
    let errors = [
        ListError::Ahead { seq: 9, latest: 8 },
        ListError::Conflict { seq: 7 },
        ListError::Forgotten { kind, at: 3 },
        ListError::Full { kind, limit: 5 },
        ListError::Length {
            expected: 42,
            found: 41,
        },
        ListError::NotAList,
        ListError::Older {
            current: 8,
            found: 7,
        },
        ListError::OtherBase {
            since: 1,
            seq: 2,
            found: 3,
        },
        ListError::OtherPepper,
        ListError::TooMany {
            kind,
            found: 9,
            limit: 8,
        },
        ListError::Unsorted { kind, at: 3 },
    ];
    let texts: HashSet<_> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(texts.len(), errors.len());
    for error in errors {
        let text = error.to_string();
        assert!(
            text.starts_with(char::is_lowercase) && !text.ends_with('.'),
            "{text}"
        );
        assert!(format!("{error:?}").starts_with(&format!("{text}\nhint: ")));
    }
}

#[test]
fn debug_shows_numbers_and_no_record() {
    let list = apply(
        &RevocationList::empty(&ring_of_the_model()),
        &model::Commit {
            forgotten_before: 0,
            sessions: vec![([0xAB; 8], 50)],
            subjects: vec![([0xCD; 8], 7, 50)],
        },
    );
    let draft = ListDraft::new(&list, 2, at(0));
    let shown = format!("{list:?} {draft:?}");
    assert!(
        shown.contains("seq: 1") && shown.contains("sessions: 1"),
        "{shown}"
    );
    assert!(!shown.contains("171") && !shown.contains("205"), "{shown}");
}

/// A ring with the pepper of the model.
fn ring_of_the_model() -> KeyRing {
    let mut draft = ring(7, vec![super::sealing_since(key(Suite::Xaes256Gcm, 7), 0)]).draft();
    draft.revocations = crate::Revocations::new(zeroize::Zeroizing::new(PEPPER), 604_800);
    draft.build().unwrap()
}

/// The record of a number, which differs from those of all other numbers.
fn record(kind: RecordKind, number: usize, until: u32) -> ListRecord {
    // In no order.
    let id = (number as u64)
        .wrapping_mul(0x9E37_79B9_7F4A_7C15)
        .to_be_bytes();
    match kind {
        RecordKind::Sessions => ListRecord::Session {
            id,
            until: at(until),
        },
        RecordKind::Subjects => ListRecord::Subject {
            hash: id,
            born_before: at(7),
            until: at(until),
        },
    }
}

fn session(byte: u8) -> ListRecord {
    ListRecord::Session {
        id: [byte; 8],
        until: at(999),
    }
}

fn subject(byte: u8, born_before: u32, until: u32) -> ListRecord {
    ListRecord::Subject {
        hash: [byte; 8],
        born_before: at(born_before),
        until: at(until),
    }
}

fn until(record: &ListRecord) -> Timestamp {
    match record {
        ListRecord::Session { until, .. } | ListRecord::Subject { until, .. } => *until,
    }
}
