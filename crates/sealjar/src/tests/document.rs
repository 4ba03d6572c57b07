//! Is a ring document read correctly, and written as it was read?

mod broken;
mod contradictions;
mod instead;
mod leaks;
mod unknown;

use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::{DAY, SUITES, at, base64url, draft, key, sealing_since, standby};
use crate::aead::Suite;
use crate::draft::Timing;
use crate::error::RingError;
use crate::key::Key;
use crate::revocation::{AppSubjects, Revocations};
use crate::ring::KeyRing;

/// A document with a key in each phase, and an entry in every list.
fn document() -> Value {
    let [sealing, opening, revoked] = secrets();
    json!({
        "format": "sealjar-ring/1",
        "critical": [],
        "ring": "web",
        "epoch": 59_875_200,
        "issued_at": "2026-11-22T05:00:00Z",
        "timing": { "rotate_every": 604_800, "distribution": 300, "skew": 30 },
        "keys": [
            {
                "id": sealing.id().to_string(),
                "suite": "xaes-256-gcm",
                "secret": &**sealing.to_text(),
                "lifetime": 86_400,
                "staged_epoch": 59_270_400,
                "staged_at": "2026-11-15T05:00:00Z",
                "seals_from": "2026-11-22T05:00:30Z",
                "seals_until": null,
                "opens_until": null,
                "revoked": false,
            },
            {
                "id": opening.id().to_string(),
                "suite": "xchacha20-poly1305",
                "secret": &**opening.to_text(),
                "lifetime": 3_600,
                "staged_epoch": 58_665_600,
                "staged_at": "2026-11-08T05:00:00Z",
                "seals_from": "2026-11-15T05:00:30Z",
                "seals_until": "2026-11-22T05:01:00Z",
                "opens_until": "2026-11-23T05:06:00Z",
                "revoked": false,
            },
            {
                "id": revoked.id().to_string(),
                "suite": "xaes-256-gcm",
                "secret": null,
                "lifetime": 86_400,
                "staged_epoch": 1,
                "staged_at": "2025-01-01T00:00:00Z",
                "seals_from": null,
                "seals_until": null,
                "opens_until": null,
                "revoked": true,
            },
        ],
        "revocations": {
            "pepper": base64url::encode(&PEPPER),
            "horizon": 604_800,
            "floor": 50_000_000,
            "subjects": [
                ["AQEBAQEBAQE", "caf\u{e9} \"1\"", 60_000_001],
                ["AAAAAAAAAAA", "shop", 60_000_000],
            ],
            "sessions": [["AgICAgICAgI", 60_000_000]],
        },
    })
}

fn secrets() -> [Key; 3] {
    SECRETS.map(|(suite, secret)| Key::from_secret(suite, &secret))
}

/// Written so that a part of one is recognized in any text.
pub(super) const SECRETS: [(Suite, [u8; 32]); 3] = [
    (Suite::Xaes256Gcm, [0xA7; 32]),
    (Suite::XChaCha20Poly1305, [0xB9; 32]),
    (Suite::Xaes256Gcm, [0xC5; 32]),
];

const PEPPER: [u8; 32] = [0xE3; 32];

fn read(document: &Value) -> Result<KeyRing, RingError> {
    KeyRing::from_json(document.to_string().as_bytes())
}

#[test]
fn every_field_is_read() {
    let ring = read(&document()).unwrap();
    assert_eq!((ring.name(), ring.epoch()), ("web", 59_875_200));
    assert_eq!(ring.issued_at().to_string(), "2026-11-22T05:00:00Z");
    let timing = Timing {
        rotate_every: 604_800,
        distribution: 300,
        skew: 30,
    };
    assert_eq!(ring.timing(), timing);

    let keys = ring.keys();
    let ids: Vec<_> = keys.iter().map(crate::RingKey::id).collect();
    assert_eq!(ids, secrets().map(|key| key.id()));
    assert_eq!(keys[1].suite_name(), "xchacha20-poly1305");
    assert_eq!(
        [86_400, 3_600, 86_400],
        [0, 1, 2].map(|at| keys[at].lifetime)
    );
    assert_eq!(keys[0].staged_epoch, 59_270_400);
    let shown = [
        Some(keys[1].staged_at),
        keys[1].seals_from,
        keys[1].seals_until,
        keys[1].opens_until,
        keys[0].opens_until,
    ]
    .map(|time| time.map(|time| time.to_string()));
    let shown = shown.each_ref().map(Option::as_deref);
    assert_eq!(
        shown,
        [
            Some("2026-11-08T05:00:00Z"),
            Some("2026-11-15T05:00:30Z"),
            Some("2026-11-22T05:01:00Z"),
            Some("2026-11-23T05:06:00Z"),
            None
        ]
    );
    assert_eq!(
        [false, false, true],
        [0, 1, 2].map(|at| keys[at].is_revoked())
    );
    assert_eq!(
        [true, true, false],
        [0, 1, 2].map(|at| keys[at].is_usable())
    );

    let revocations = ring.revocations();
    assert_eq!(revocations.pepper(), &PEPPER);
    assert_eq!(revocations.horizon, 604_800);
    assert_eq!(revocations.floor, Some(at(50_000_000)));
    assert_eq!(revocations.entries(), 3);
    let listed: Vec<_> = revocations.subjects().collect();
    assert_eq!((listed[0].0, listed[0].1.hash), ("caf\u{e9} \"1\"", [1; 8]));
    let newest = revocations.subjects_of("shop").map(AppSubjects::newest);
    assert_eq!(newest, Some(at(60_000_000)));
    assert!(revocations.covers_session([2; 8]));
}

#[test]
fn what_is_read_is_written_and_read_again_as_the_same() {
    let ring = read(&document()).unwrap();
    let text = ring.to_json();
    let written: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(written, document());
    let again = KeyRing::from_json(text.as_bytes()).unwrap();
    assert!(again.same_content(&ring));
    assert_eq!(again.to_json(), text);
    // One line for each key, so that a person can compare two epochs.
    let with_secret = |line: &&str| line.contains("\"secret\"");
    assert_eq!(text.lines().filter(with_secret).count(), 3);
}

#[test]
fn of_entries_for_one_subject_or_session_the_later_time_wins() {
    for times in [[10, 20], [20, 10]] {
        let mut document = document();
        document["revocations"]["subjects"] = json!([
            ["AAAAAAAAAAA", "shop", times[0]],
            ["AAAAAAAAAAA", "blog", 99],
            ["AAAAAAAAAAA", "shop", times[1]],
        ]);
        document["revocations"]["sessions"] =
            json!([["AgICAgICAgI", times[0]], ["AgICAgICAgI", times[1]]]);
        let ring = read(&document).unwrap();
        let revocations = ring.revocations();
        let newest = |app| revocations.subjects_of(app).map(AppSubjects::newest);
        assert_eq!(revocations.entries(), 3);
        assert_eq!(newest("shop"), Some(at(20)));
        assert_eq!(newest("blog"), Some(at(99)));
        assert_eq!(revocations.sessions()[0].revoked_at, at(20));
    }
}

#[test]
fn a_key_that_is_revoked_is_written_without_its_secret() {
    let mut draft = read(&document()).unwrap().draft();
    let secret = secrets()[0].to_text();
    draft.epoch += 1;
    assert!(draft.clone().build().unwrap().to_json().contains(&**secret));
    draft.keys[0].revoke();
    let text = draft.build().unwrap().to_json();
    assert!(!text.contains(&secret[14..22]));
    assert!(KeyRing::from_json(text.as_bytes()).unwrap().keys()[0].is_revoked());
}

#[test]
fn a_document_of_64_keys_and_one_of_500_000_bytes_are_read() {
    let keys = |count: u8| {
        (0..count)
            .map(|seed| sealing_since(key(SUITES[0], seed), 0))
            .collect()
    };
    let text = draft(1, keys(64)).build().unwrap().to_json();
    assert_eq!(
        KeyRing::from_json(text.as_bytes()).unwrap().keys().len(),
        64
    );
    assert!(draft(1, keys(65)).build().is_err());

    let mut text = text.to_string().into_bytes();
    text.resize(KeyRing::MAX_DOCUMENT, b' ');
    assert!(KeyRing::from_json(&text).is_ok());
    text.push(b'\n');
    let refused = KeyRing::from_json(&text).err();
    assert_eq!(refused, Some(RingError::TooLarge { size: 500_001 }));
}

#[test]
fn a_ring_that_no_reader_would_take_is_not_built() {
    let mut draft = draft(1, vec![standby(key(SUITES[0], 7))]);
    // Each character takes six in JSON.
    draft
        .revocations
        .revoke_subject(&"\u{1}".repeat(65_535), "ada", at(DAY))
        .unwrap();
    assert!(draft.clone().build().is_ok());
    draft
        .revocations
        .revoke_subject(&"\u{2}".repeat(65_535), "ada", at(DAY))
        .unwrap();
    let refused = draft.clone().build().err();
    assert!(
        matches!(refused, Some(RingError::TooLarge { size: 786_000.. })),
        "{refused:?}"
    );

    // Filled up to the last byte that a reader accepts, and one more.
    let with_apps = |lengths: &[usize]| {
        let mut draft = draft.clone();
        draft.revocations = Revocations::new(Zeroizing::new([9; 32]), DAY);
        for (app, length) in ["a", "b", "c", "d", "e", "f", "g", "h"].iter().zip(lengths) {
            let revoked = draft
                .revocations
                .revoke_subject(&app.repeat(*length), "ada", at(DAY));
            revoked.unwrap();
        }
        draft.build()
    };
    let mut lengths = [60_000; 8];
    let short = with_apps(&lengths).unwrap().to_json().len();
    for (at, length) in lengths.iter_mut().enumerate() {
        let missing = KeyRing::MAX_DOCUMENT - short;
        *length += missing / 8 + usize::from(at < missing % 8);
    }
    let full = with_apps(&lengths).unwrap().to_json();
    assert_eq!(full.len(), KeyRing::MAX_DOCUMENT);
    assert!(KeyRing::from_json(full.as_bytes()).is_ok());
    lengths[0] += 1;
    let refused = with_apps(&lengths).err();
    assert_eq!(refused, Some(RingError::TooLarge { size: 500_001 }));
}
