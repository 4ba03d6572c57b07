//! Is a document refused whose fields are well formed but contradict the format or each other?

use serde_json::json;

use super::broken::{Step, assert_refused, place};
use super::{document, read, secrets};

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
    let alone = "needs the time before it";
    for (pointer, value, elsewhere, reason) in [
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
        let changed = place(&changed.collect::<Vec<_>>());
        assert_refused(
            &broken,
            if elsewhere.is_empty() {
                &changed
            } else {
                elsewhere
            },
            reason,
        );
    }
}

#[test]
fn more_than_8192_revocations_are_refused_with_a_hint() {
    let entry = |at: u32| crate::base64url::encode(&u64::from(at).to_be_bytes());
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

#[test]
fn an_app_of_65_535_bytes_is_read_and_a_longer_one_is_refused() {
    let with_app = |app: String| {
        let mut document = document();
        document["revocations"]["subjects"][1][1] = json!(app);
        document
    };
    let ring = read(&with_app("x".repeat(65_535))).unwrap();
    let listed = ring.revocations().subjects().map(|(app, _)| app.len());
    assert_eq!(listed.max(), Some(65_535));
    // Bytes are counted, not characters.
    for app in ["x".repeat(65_536), "\u{e9}".repeat(32_768)] {
        assert_refused(
            &with_app(app),
            "revocations.subjects[1][1]",
            "is 65536 bytes long, the limit is 65535",
        );
    }
}
