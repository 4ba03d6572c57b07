//! What does this build do with things that only a later build knows?

use serde_json::{Value, json};

use super::super::{SUITES, at, forge, inner, key, open_raw, seal_with_times, sealer};
use super::{document, read};
use crate::aead::Suite;
use crate::context::Context;
use crate::error::{OpenError, RingError, SealError};
use crate::ring_key::Phase;

#[test]
fn fields_this_build_does_not_know_are_ignored_in_every_object() {
    let known = read(&document()).unwrap();
    for pointer in ["", "/timing", "/keys/0", "/keys/2", "/revocations"] {
        for value in [
            json!(null),
            json!(-1.5),
            json!({"format": [{"id": 1}]}),
            json!("x"),
        ] {
            let mut document = document();
            document.pointer_mut(pointer).unwrap()["of_later"] = value;
            assert!(read(&document).unwrap().same_content(&known), "{pointer}");
        }
    }
}

#[test]
fn a_critical_field_has_to_be_known() {
    for name in [
        "format",
        "keys",
        "seals_from",
        "pepper",
        "revoked",
        "critical",
    ] {
        let mut document = document();
        document["critical"] = json!([name, "ring"]);
        assert!(read(&document).is_ok(), "{name}");
    }
    for (name, reason) in [
        (
            "of_later",
            "the critical field \"of_later\" is not known to this build",
        ),
        ("Keys", "a critical field is not known to this build"),
        ("", "a critical field is not known to this build"),
    ] {
        let mut document = document();
        document["critical"] = json!(["keys", name]);
        // The error says so before it complains of anything it may have misunderstood.
        document["keys"] = json!("written in a later way");
        let reason = reason.to_owned();
        assert_eq!(
            read(&document).err(),
            Some(RingError::UnsupportedFormat { reason })
        );
    }
}

#[test]
fn another_format_is_unsupported_whatever_else_the_document_says() {
    for format in ["sealjar-ring/2", "sealjar-ring/1.0", "sealjar-ring/1 ", ""] {
        let mut changed = document();
        changed["format"] = json!(format);
        for document in [
            changed,
            json!({ "format": format }),
            json!({ "format": format, "keys": 1 }),
        ] {
            let refused = read(&document).unwrap_err();
            assert!(
                matches!(refused, RingError::UnsupportedFormat { .. }),
                "{refused}"
            );
            assert!(
                refused.to_string().contains("sealjar-ring/1\""),
                "{refused}"
            );
        }
    }
}

#[test]
fn a_key_of_an_unknown_suite_is_kept_and_opens_nothing() {
    let id = key(Suite::Xaes256Gcm, 7).id();
    let secret = "not our alphabet: \"\\\n\u{1F511}\u{7}";
    let mut document = document();
    document["keys"][0]["suite"] = json!("aegis-256 \"x\"");
    document["keys"][0]["secret"] = json!(secret);
    document["keys"][0]["id"] = json!(id.to_string());
    document["revocations"]["floor"] = json!(null);
    let ring = read(&document).unwrap();
    let written: Value = serde_json::from_str(&ring.to_json()).unwrap();
    assert_eq!(written, document);
    assert!(read(&written).unwrap().same_content(&ring));

    let from = ring.keys()[0].seals_from.unwrap().stored();
    assert_eq!(ring.phase(id, at(from)), Some(Phase::Sealing));
    assert_eq!(ring.phase(id, at(from - 1)), Some(Phase::Staged));
    let context = Context::new("shop", "login");
    let sealer = sealer(ring, &context);
    // This is the key to seal with: the replica is not ready, and the older key does not replace
    // it.
    assert_eq!(sealer.longest_ttl_at(at(from)), None);
    let sealed = sealer.seal_at(b"x", std::time::Duration::from_secs(9), at(from));
    assert_eq!(sealed, Err(SealError::NoSealingKey));
    // Until then the older key seals, and it keeps opening afterwards.
    assert_eq!(sealer.longest_ttl_at(at(from - 1)), Some(3_600));
    let token = seal_with_times(&sealer, from - 1, from - 1, from + 60);
    assert!(sealer.open_token_at(&token, at(from)).is_ok());

    for suite in SUITES {
        let mut raw = forge(
            &key(suite, 7),
            "shop",
            "login",
            &inner(from, from, from + 9, b""),
        );
        raw[1..17].copy_from_slice(id.bytes());
        let refused = open_raw(&sealer, &raw, from).unwrap_err();
        assert_eq!(refused, OpenError::UnknownKey(id));
    }
}
