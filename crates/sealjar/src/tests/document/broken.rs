//! Is a document refused if a field is missing or has the wrong content, with the place and the
//! reason?

use serde_json::{Value, json};

use super::document;
use super::leaks::refusal;
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
        let place = place(path);
        let reason = match place.as_str() {
            "format" => "is missing, so this is no sealjar ring document",
            _ => "is missing",
        };
        assert_refused(&broken, &place, reason);
    }
    assert_eq!(count, 8 + 3 + 3 * 10 + 5);
}

#[test]
fn json_that_is_no_ring_says_what_one_looks_like_and_what_makes_one() {
    let refused = refusal(br#"{"a":1}"#);
    let said = format!("{refused:?}");
    for words in ["no sealjar ring document", "sealjar-ring/1", "sealjar init"] {
        assert!(said.contains(words), "{said}");
    }
    // A ring with one broken field is sent again.
    let mut broken = document();
    broken["epoch"] = json!("x");
    assert!(!format!("{:?}", refusal(broken.to_string().as_bytes())).contains("sealjar init"));
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
    assert_eq!(count, 15 * 7 - 4);
}

fn document_error(place: &str, reason: &str) -> RingError {
    RingError::Document {
        place: place.into(),
        reason: reason.into(),
    }
}

#[track_caller]
pub(super) fn assert_refused(document: &Value, wanted: &str, part: &str) {
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

/// Every place in the document, except the document itself.
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
pub(super) fn place(path: &[Step]) -> String {
    path.iter().fold(String::new(), |place, step| match step {
        Step::Name(name) if place.is_empty() => name.clone(),
        Step::Name(name) => format!("{place}.{name}"),
        Step::At(at) => format!("{place}[{at}]"),
    })
}
