//! Does this crate agree with the second implementation that made `vectors/list_v1.json`?

use serde_json::Value;
use zeroize::Zeroizing;

use super::super::vectors::Case;
use super::super::{at, unhex, unhex_array};
use crate::list::{ListDelta, ListError, ListRecord, RevocationList};
use crate::revocation::Revocations;

#[test]
fn peppers_and_subjects_have_the_names_of_the_vectors() {
    let vectors = vectors();
    let peppers = cases(&vectors, "peppers", 2);
    for case in peppers {
        let list = Revocations::new(Zeroizing::new(unhex_array(case.text("pepper"))), 1);
        assert_eq!(list.pepper_id(), unhex_array(case.text("id")));
    }
    for case in cases(&vectors, "subjects", 7) {
        let list = Revocations::new(Zeroizing::new(unhex_array(case.text("pepper"))), 1);
        let hash = list.subject_hash(case.text("app"), case.text("subject"));
        assert_eq!(
            hash,
            Ok(unhex_array(case.text("hash"))),
            "{}",
            case.text("app")
        );
    }
}

#[test]
fn every_valid_list_is_read_and_written_to_the_byte() {
    let vectors = vectors();
    for case in cases(&vectors, "valid", 8) {
        let (name, bytes) = (case.name(), unhex(case.text("bytes")));
        let list = RevocationList::from_bytes(&bytes).unwrap();
        assert_eq!(list.to_bytes(), bytes, "{name}");
        assert_eq!(list.seq(), case.number("seq"), "{name}");
        let forgotten_before = u64::from(list.forgotten_before().stored());
        assert_eq!(forgotten_before, case.number("forgotten_before"), "{name}");
        let records: Vec<_> = list.records().collect();
        let listed = |kind: &str| case.0[kind].as_array().unwrap().iter();
        let sessions = listed("sessions").map(|it| ListRecord::Session {
            id: unhex_array(it[0].as_str().unwrap()),
            until: time(&it[1]),
        });
        let subjects = listed("subjects").map(|it| ListRecord::Subject {
            hash: unhex_array(it[0].as_str().unwrap()),
            born_before: time(&it[1]),
            until: time(&it[2]),
        });
        assert_eq!(
            records,
            sessions.chain(subjects).collect::<Vec<_>>(),
            "{name}"
        );
    }
}

#[test]
fn every_delta_leads_to_its_list_and_is_written_to_the_byte() {
    let vectors = vectors();
    for case in cases(&vectors, "deltas", 7) {
        let list = |part: &str| RevocationList::from_bytes(&unhex(case.text(part))).unwrap();
        let (name, older, newer) = (case.name(), list("older"), list("newer"));
        let delta = ListDelta::from_bytes(&unhex(case.text("delta"))).unwrap();
        assert_eq!(older.updated(&delta), Ok(newer.clone()), "{name}");
        let made = ListDelta::between(&older, &newer).unwrap();
        assert_eq!(made.to_bytes(), unhex(case.text("delta")), "{name}");
    }
}

#[test]
fn every_invalid_list_is_refused_with_its_kind() {
    let vectors = vectors();
    for case in cases(&vectors, "invalid", 27) {
        let kind = match RevocationList::from_bytes(&unhex(case.text("bytes"))).unwrap_err() {
            ListError::Ahead { .. } => "ahead",
            ListError::Forgotten { .. } => "forgotten",
            ListError::Length { .. } => "length",
            ListError::NotAList => "not_a_list",
            ListError::TooMany { .. } => "too_many",
            ListError::Unsorted { .. } => "unsorted",
            other => panic!("{}: {other}", case.name()),
        };
        assert_eq!(kind, case.text("kind"), "{}", case.name());
    }
}

fn vectors() -> Value {
    let text = include_str!("../../../vectors/list_v1.json");
    let vectors: Value = serde_json::from_str(text).unwrap();
    assert_eq!(vectors["format"], "sealjar list 1");
    vectors
}

fn cases<'a>(vectors: &'a Value, name: &str, count: usize) -> Vec<Case<'a>> {
    let cases: Vec<_> = vectors[name].as_array().unwrap().iter().map(Case).collect();
    assert_eq!(cases.len(), count);
    cases
}

fn time(value: &Value) -> crate::Timestamp {
    at(value.as_u64().unwrap().try_into().unwrap())
}
