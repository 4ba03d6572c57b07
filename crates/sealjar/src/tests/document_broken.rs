//! Is every broken document refused, with the place and the reason?

use serde_json::{Value, json};

use super::document::{document, read, secrets};
use super::document_leaks::refusal;
use crate::error::RingError;

#[test]
fn a_missing_field_is_named_wherever_it_is_missing() {
    let paths = paths(&document());
    let members = paths
        .iter()
        .filter(|path| matches!(path.last(), Some(Step::Name(_))));
    let mut count = 0;
    for path in members {
        count += 1;
        let mut broken = document();
        remove(&mut broken, path);
        assert_refused(&broken, &place(path), "is missing");
    }
    assert_eq!(count, 8 + 3 + 3 * 10 + 5);
}

#[test]
fn a_value_of_the_wrong_type_is_named_wherever_it_stands() {
    let kinds = [
        json!(null),
        json!(true),
        json!(7),
        json!("x"),
        json!([]),
        json!({}),
    ];
    let kind_of = std::mem::discriminant::<Value>;
    let mut count = 0;
    for path in paths(&document()) {
        let original = at(&mut document(), &path).clone();
        let name = match path.last() {
            Some(Step::Name(name)) => name.as_str(),
            _ => "",
        };
        let also: &[Value] = match name {
            "seals_from" | "seals_until" | "opens_until" => &[json!(null), json!("x")],
            "floor" => &[json!(null), json!(7)],
            _ => &[],
        };
        for wrong in &kinds {
            if [&original]
                .into_iter()
                .chain(also)
                .any(|right| kind_of(right) == kind_of(wrong))
            {
                continue;
            }
            count += 1;
            let mut broken = document();
            *at(&mut broken, &path) = wrong.clone();
            let reason = match name {
                "secret" if original.is_null() => "must be null, because the key is revoked",
                "secret" if wrong.is_null() => "is null, and the key is not revoked",
                _ => "must be",
            };
            assert_refused(&broken, &place(&path), reason);
        }
    }
    assert!(count > 200, "{count}");
    for wrong in &kinds[..5] {
        assert_refused(wrong, "the document", "must be an object");
    }
}

#[test]
fn numbers_that_are_no_count_of_seconds_are_named() {
    let mut count = 0;
    for path in paths(&document()) {
        let original = at(&mut document(), &path).clone();
        if !original.is_u64() {
            continue;
        }
        let place = place(&path);
        for (text, reason) in [
            ("-1", "must be a whole number, 0 or more"),
            ("-0", "must be a whole number, 0 or more"),
            ("1.5", "must be a whole number, 0 or more"),
            ("1.0", "must be a whole number, 0 or more"),
            ("1e3", "must be a whole number, 0 or more"),
            ("18446744073709551616", "must be a whole number, 0 or more"),
            ("4294967296", "must be at most 4294967295 seconds"),
        ] {
            if text == "4294967296" && place.ends_with("epoch") {
                continue;
            }
            count += 1;
            let mut broken = document();
            *at(&mut broken, &path) = json!("@number@");
            let text = broken.to_string().replace("\"@number@\"", text);
            let refused = refusal(text.as_bytes());
            assert_eq!(refused, document_error(&place, reason));
        }
    }
    assert_eq!(count, 16 * 7 - 4);
}

#[test]
fn what_contradicts_itself_is_refused_with_place_and_reason() {
    let [sealing, opening, _] = secrets();
    let other_suite = crate::Key::from_secret(opening.suite(), &[0xA7; 32]).id();
    let mut edited_check = sealing.to_text().to_string();
    edited_check.replace_range(
        61..62,
        if edited_check.ends_with('A') {
            "E"
        } else {
            "A"
        },
    );
    let too_short = &sealing.to_text()[..61].to_owned();
    let no_time = "the time is not a YYYY-MM-DDTHH:MM:SSZ between 2025-01-01 and 2161-02-07";
    let no_order = "is before the time that comes first";
    let alone = "stands without the time before it";
    for (pointer, value, place, reason) in [
        // Secrets and ids.
        (
            "/keys/0/secret",
            json!(edited_check),
            "",
            "the check bytes do not match the secret",
        ),
        (
            "/keys/0/secret",
            json!(too_short),
            "",
            "must be 48 characters of canonical base64url",
        ),
        (
            "/keys/0/secret",
            json!(sealing.to_text()[14..]),
            "",
            "must begin with",
        ),
        (
            "/keys/0/secret",
            json!(&**opening.to_text()),
            "keys[0].id",
            "is not the id of this secret",
        ),
        (
            "/keys/0/id",
            json!(opening.id().to_string()),
            "",
            "is not the id of this secret",
        ),
        (
            "/keys/0/id",
            json!(other_suite.to_string()),
            "",
            "is not the id of this secret",
        ),
        (
            "/keys/0/id",
            json!("AAAAAAAAAAAAAAAAAAAAAB"),
            "",
            "a key id is 22 characters",
        ),
        (
            "/keys/0/id",
            json!("AAAAAAAAAAAAAAAAAAAAA"),
            "",
            "a key id is 22 characters",
        ),
        (
            "/keys/0/id",
            json!("AAAAAAAAAAAAAAAAAAAAAA=="),
            "",
            "a key id is 22 characters",
        ),
        (
            "/keys/0/suite",
            json!("xchacha20-poly1305"),
            "keys[0].id",
            "is not the id of this secret",
        ),
        (
            "/keys/2/id",
            document()["keys"][0]["id"].clone(),
            "",
            "is also the id of keys[0]",
        ),
        (
            "/keys/1",
            document()["keys"][0].clone(),
            "keys[1].id",
            "is also the id of keys[0]",
        ),
        // Revoked or not.
        (
            "/keys/0/revoked",
            json!(true),
            "keys[0].secret",
            "must be null, because the key is revoked",
        ),
        (
            "/keys/2/revoked",
            json!(false),
            "keys[2].secret",
            "is null, and the key is not revoked",
        ),
        // Times: their order, and their one spelling.
        (
            "/keys/1/seals_until",
            json!("2026-11-15T05:00:29Z"),
            "",
            no_order,
        ),
        (
            "/keys/1/opens_until",
            json!("2026-11-22T05:00:59Z"),
            "",
            no_order,
        ),
        (
            "/keys/1/seals_from",
            json!(null),
            "keys[1].seals_until",
            alone,
        ),
        (
            "/keys/1/seals_until",
            json!(null),
            "keys[1].opens_until",
            alone,
        ),
        (
            "/keys/2/opens_until",
            json!("2026-11-22T05:00:59Z"),
            "",
            alone,
        ),
        (
            "/keys/0/seals_from",
            json!("2026-11-22T05:00:30+00:00"),
            "",
            no_time,
        ),
        (
            "/keys/0/seals_from",
            json!("2026-11-22T05:00:30.0Z"),
            "",
            no_time,
        ),
        (
            "/keys/0/seals_from",
            json!("2026-11-22 05:00:30Z"),
            "",
            no_time,
        ),
        (
            "/keys/0/staged_at",
            json!("2024-12-31T23:59:59Z"),
            "",
            no_time,
        ),
        ("/issued_at", json!("2161-02-07T06:28:16Z"), "", no_time),
        (
            "/keys/0/lifetime",
            json!(0),
            "",
            "must be at least 1 second",
        ),
        // Names and counts.
        ("/ring", json!(""), "", "must be 1 to 24 of a-z, 0-9 and -"),
        (
            "/ring",
            json!("x".repeat(25)),
            "",
            "must be 1 to 24 of a-z, 0-9 and -",
        ),
        (
            "/ring",
            json!("Web"),
            "",
            "must be 1 to 24 of a-z, 0-9 and -",
        ),
        (
            "/ring",
            json!("web_1"),
            "",
            "must be 1 to 24 of a-z, 0-9 and -",
        ),
        ("/keys", json!([]), "", "holds 0 keys, 1 to 64 are allowed"),
        (
            "/keys",
            json!(vec![document()["keys"][0].clone(); 65]),
            "",
            "holds 65 entries, at most 64",
        ),
        // Revocations.
        (
            "/revocations/pepper",
            json!("A".repeat(42)),
            "",
            "must be 43 characters of canonical",
        ),
        (
            "/revocations/pepper",
            json!("B".repeat(43)),
            "",
            "must be 43 characters of canonical",
        ),
        (
            "/revocations/subjects/0/0",
            json!("AAAAAAAAAAB"),
            "",
            "must be 11 characters of canonical",
        ),
        (
            "/revocations/subjects/1/0",
            json!("AAAAAAAAA+A"),
            "",
            "must be 11 characters of canonical",
        ),
        (
            "/revocations/sessions/0/0",
            json!("AAAAAAAAAA="),
            "",
            "must be 11 characters of canonical",
        ),
        (
            "/revocations/subjects/0",
            json!(["AAAAAAAAAAA", 1]),
            "",
            "must be a list of 3",
        ),
        (
            "/revocations/sessions/0",
            json!(["AAAAAAAAAAA", "shop", 1]),
            "",
            "must be a list of 2",
        ),
    ] {
        let mut broken = document();
        *broken.pointer_mut(pointer).unwrap() = value;
        let changed = pointer[1..].split('/').map(|step| match step.parse() {
            Ok(at) => Step::At(at),
            Err(_) => Step::Name(step.to_owned()),
        });
        let changed = self::place(&changed.collect::<Vec<_>>());
        assert_refused(
            &broken,
            if place.is_empty() { &changed } else { place },
            reason,
        );
    }
}

#[test]
fn more_than_8192_revocations_are_refused_with_a_hint() {
    let entry = |at: u32| crate::text::encode(&u64::from(at).to_be_bytes());
    let with = |subjects: u32, sessions: u32| {
        let mut document = document();
        let subjects: Vec<_> = (0..subjects)
            .map(|at| json!([entry(at), "shop", at]))
            .collect();
        let sessions: Vec<_> = (0..sessions).map(|at| json!([entry(at), at])).collect();
        document["revocations"]["subjects"] = json!(subjects);
        document["revocations"]["sessions"] = json!(sessions);
        document
    };
    for (subjects, sessions, place) in [
        (8_193, 0, "revocations.subjects"),
        (0, 8_193, "revocations.sessions"),
        (8_192, 1, "revocations"),
    ] {
        let hint = "holds 8193 entries, at most 8192 are allowed: raise the floor on purpose";
        assert_refused(&with(subjects, sessions), place, hint);
    }
    for (subjects, sessions) in [(8_192, 0), (0, 8_192), (4_096, 4_096)] {
        let ring = read(&with(subjects, sessions)).unwrap();
        assert_eq!(ring.revocations().entries(), 8_192);
    }
}

pub(super) fn document_error(place: &str, reason: &str) -> RingError {
    RingError::Document {
        place: place.into(),
        reason: reason.into(),
    }
}

#[track_caller]
fn assert_refused(document: &Value, wanted: &str, part: &str) {
    let refused = refusal(document.to_string().as_bytes());
    let RingError::Document { place, reason } = &refused else {
        panic!("{refused}, wanted {wanted}: {part}");
    };
    assert_eq!(place, wanted, "{reason}");
    assert!(reason.contains(part), "{place}: {reason}, wanted {part}");
}

/// One step into a JSON tree.
#[derive(Clone, Debug)]
pub(super) enum Step {
    Name(String),
    At(usize),
}

/// Every place in the document, the document itself excepted.
pub(super) fn paths(value: &Value) -> Vec<Vec<Step>> {
    let steps: Vec<(Step, &Value)> = match value {
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| (Step::Name(name.clone()), value))
            .collect(),
        Value::Array(values) => (0..).map(Step::At).zip(values).collect(),
        _ => Vec::new(),
    };
    steps
        .into_iter()
        .flat_map(|(step, value)| {
            let below = paths(value).into_iter();
            std::iter::once(Vec::new())
                .chain(below)
                .map(move |rest| [vec![step.clone()], rest].concat())
        })
        .collect()
}

pub(super) fn at<'a>(value: &'a mut Value, path: &[Step]) -> &'a mut Value {
    path.iter().fold(value, |value, step| match step {
        Step::Name(name) => &mut value[name],
        Step::At(at) => &mut value[*at],
    })
}

fn remove(value: &mut Value, path: &[Step]) {
    if let Some((Step::Name(name), parent)) = path.split_last() {
        at(value, parent).as_object_mut().unwrap().remove(name);
    }
}

/// The place as errors write it: `keys[0].secret`.
fn place(path: &[Step]) -> String {
    path.iter().fold(String::new(), |place, step| match step {
        Step::Name(name) if place.is_empty() => name.clone(),
        Step::Name(name) => format!("{place}.{name}"),
        Step::At(at) => format!("{place}[{at}]"),
    })
}
