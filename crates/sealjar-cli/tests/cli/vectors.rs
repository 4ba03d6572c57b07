//! Do `open` and `seal` agree with the second implementation that made the vectors of `sealjar`?

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use hkdf::Hkdf;
use serde_json::{Map, Value, json};
use sha2::Sha256;

use crate::{Ran, Sandbox};

#[test]
fn every_valid_vector_is_opened_and_what_seal_makes_in_its_place_opens_too() {
    let it = Sandbox::empty();
    let vectors = vectors();
    let cases = vectors["valid"].as_array().unwrap();
    for case in cases {
        let case = Case(case);
        case.write_ring(&it);
        let payload = case.text("payload");
        let opened = case.run(&it, &["open"], "open_at", case.text("token"));
        assert_eq!(
            (opened.code, opened.stdout.trim_end()),
            (0, payload),
            "{}",
            case.0
        );

        let sealed = case.run(&it, &["seal", "--ttl", "1h"], "sealed_at", payload);
        if case.0["ring_key"].is_object() {
            // The case's key has ended, or the like: sealing is not what it is about.
            continue;
        }
        assert_eq!(sealed.code, 0, "{}: {sealed:?}", case.0);
        assert_ne!(sealed.stdout.trim_end(), case.text("token"));
        let opened = case.run(&it, &["open"], "open_at", &sealed.stdout);
        assert_eq!(
            (opened.code, opened.stdout.trim_end()),
            (0, payload),
            "{}",
            case.0
        );
    }
    assert_eq!(cases.len(), 23);
}

#[test]
fn every_invalid_vector_is_refused_with_its_word_and_exit_code_3() {
    let it = Sandbox::empty();
    let vectors = vectors();
    let cases = vectors["invalid"].as_array().unwrap();
    for case in cases {
        let case = Case(case);
        case.write_ring(&it);
        // One line's end is a shell's, so that the case whose token ends in one keeps its own.
        let line = format!("{}\n", case.text("token"));
        let ran = case.run(&it, &["open"], "open_at", &line);
        let kind = case.text("kind");
        assert_eq!((ran.code, ran.stdout.trim_end()), (3, kind), "{}", case.0);
        assert!(
            ran.stderr.starts_with(&format!("error: {kind}: ")),
            "{ran:?}"
        );
        let ran = case.run(&it, &["open", "--json"], "open_at", &line);
        assert_eq!(ran.json()["refused"], kind);
    }
    assert_eq!(cases.len(), 43);
}

fn vectors() -> Value {
    serde_json::from_str(include_str!("../../../sealjar/vectors/token_v1.json")).unwrap()
}

struct Case<'a>(&'a Value);

impl Case<'_> {
    fn text(&self, name: &str) -> &str {
        self.0[name].as_str().unwrap()
    }

    fn run(&self, it: &Sandbox, command: &[&str], now: &str, input: &str) -> Ran {
        let now = self.0[now].to_string();
        let context = ["app", "purpose", "cookie_name", "binding"].map(|name| self.text(name));
        let [app, purpose, cookie_name, binding] = context;
        let rest = [
            "--ring",
            "vector.json",
            "--app",
            app,
            "--purpose",
            purpose,
            "--cookie-name",
            cookie_name,
            "--binding",
            binding,
            "--now",
            &now,
        ];
        it.run_with(&[command, &rest].concat(), input)
    }

    /// Computes the id, which only some of the cases say, as SPEC.md has it.
    fn key_id(&self) -> String {
        let version = match self.text("suite") {
            "xaes-256-gcm" => 1,
            _ => 2,
        };
        let secret = self.text("secret").strip_prefix("sealjar-key-1_").unwrap();
        let secret = BASE64_URL_SAFE_NO_PAD.decode(secret).unwrap();
        let mut id = [0; 16];
        Hkdf::<Sha256>::new(Some(b"sealjar/v1"), &secret[..32])
            .expand(&[b'k', b'i', b'd', 0, version], &mut id)
            .unwrap();
        BASE64_URL_SAFE_NO_PAD.encode(id)
    }

    /// The ring that the vectors' own note describes.
    fn write_ring(&self, it: &Sandbox) {
        let begin = "2025-01-01T00:00:00Z";
        let mut key = json!({
            "id": self.key_id(), "suite": self.text("suite"), "secret": self.text("secret"),
            "lifetime": 86_400, "staged_epoch": 0, "staged_at": begin, "seals_from": begin,
            "seals_until": null, "opens_until": null, "revoked": false,
        });
        for (name, value) in self.0["ring_key"].as_object().unwrap_or(&Map::new()) {
            key[name] = value.clone();
        }
        let document = json!({
            "format": "sealjar-ring/1", "critical": [], "ring": "vectors", "epoch": 1,
            "issued_at": begin,
            "timing": { "rotate_every": 604_800, "distribution": 300, "skew": 30 },
            "keys": [key],
            "revocations": {
                "pepper": "A".repeat(43), "horizon": 604_800, "floor": self.0["floor"],
                "subjects": [], "sessions": [],
            },
        });
        it.write("vector.json", document.to_string());
    }
}
