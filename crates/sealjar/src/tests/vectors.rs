//! Does this crate agree with the second implementation that made `vectors/token_v1.json`?

use serde_json::{Map, Value, json};

use super::{at, unhex, unhex_array};
use crate::aead::{Backend, PurposeCipher, Suite};
use crate::base64url;
use crate::clock::Timestamp;
use crate::context::Context;
use crate::error::OpenError;
use crate::key::Key;
use crate::opened::Opened;
use crate::ring::KeyRing;
use crate::sealer::{Sealer, Wanted};
use crate::token::Token;

#[test]
fn every_valid_vector_is_sealed_to_the_byte_and_opened() {
    Backend::each(|| {
        let vectors = vectors();
        let cases = vectors["valid"].as_array().unwrap();
        for case in cases {
            let case = Case(case);
            let name = case.name();
            let key = case.key();
            assert_eq!(key.prk_bytes()[..], unhex(case.text("prk")), "{name}");
            assert_eq!(key.id().to_string(), case.text("key_id"), "{name}");

            let plain_ring = case.ring(&Map::new(), None);
            let wanted = Wanted {
                born: case.time("born"),
                expires_at: case.time("expires_at"),
                now: case.time("sealed_at"),
            };
            let nonce = unhex_array(case.text("nonce"));
            let payload = unhex(case.text("payload"));
            let sealed = case
                .sealer(plain_ring)
                .padded_to(u16::try_from(case.number("bucket")).unwrap())
                .unwrap()
                .seal_with(&payload, wanted, || Ok(nonce))
                .unwrap();
            assert_eq!(sealed.1, case.time("expires_at"), "{name}");
            assert_eq!(sealed.0.raw(), unhex(case.text("raw")), "{name}");
            assert_eq!(sealed.0.to_string(), case.text("token"), "{name}");

            let opened = case.open().unwrap();
            assert_eq!(opened.payload(), payload, "{name}");
            assert_eq!(opened.born(), case.time("born"), "{name}");
            assert_eq!(opened.sealed_at(), case.time("sealed_at"), "{name}");
            assert_eq!(opened.expires_at(), case.time("expires_at"), "{name}");
            assert_eq!(opened.key_id(), key.id(), "{name}");
        }
        assert_eq!(cases.len(), 23);
    });
}

/// A sealer's public functions do not show the purpose key and the additional data. Here they are
/// used directly.
#[test]
fn the_vectors_purpose_key_and_additional_data_open_their_tokens() {
    Backend::each(|| {
        let vectors = vectors();
        for case in vectors["valid"].as_array().unwrap() {
            let case = Case(case);
            let mut token = Token::parse(case.text("token")).unwrap();
            let aad = unhex(case.text("aad"));
            let parts = token.parts_mut();
            assert_eq!(aad[..41], *parts.header, "{}", case.name());
            let mut buffer = parts.inner.to_vec();
            PurposeCipher::new(case.suite(), &unhex_array(case.text("key")))
                .open(parts.nonce, &aad, &mut buffer, parts.tag)
                .unwrap();
            assert_eq!(buffer, unhex(case.text("plaintext")), "{}", case.name());
        }
    });
}

#[test]
fn every_invalid_vector_is_refused_with_its_kind() {
    Backend::each(|| {
        let vectors = vectors();
        let cases = vectors["invalid"].as_array().unwrap();
        for case in cases {
            let case = Case(case);
            let wanted = case.text("kind");
            assert_eq!(
                case.open().unwrap_err().kind().as_str(),
                wanted,
                "{}",
                case.name()
            );
            // Whatever the text alone shows is refused before a ring is asked.
            let parsed = Token::parse(case.text("token")).map_err(|error| error.kind().as_str());
            if ["malformed", "unknown_version"].contains(&wanted) {
                assert_eq!(parsed, Err(wanted), "{}", case.name());
            } else {
                assert!(parsed.is_ok(), "{}", case.name());
            }
        }
        assert_eq!(cases.len(), 43);
    });
}

#[test]
fn the_text_of_every_valid_vector_is_the_only_one() {
    for case in vectors()["valid"].as_array().unwrap() {
        let text = case["token"].as_str().unwrap();
        let token = Token::parse(text).unwrap();
        let mut written = String::from("kept ");
        token.write_to(&mut written);
        assert_eq!(written, format!("kept {text}"));
        assert_eq!(base64url::encode(token.raw()), text);
    }
}

fn vectors() -> Value {
    let text = include_str!("../../vectors/token_v1.json");
    let vectors: Value = serde_json::from_str(text).unwrap();
    assert_eq!(vectors["format"], "sealjar token 1");
    vectors
}

/// One answer of a file of known answers.
pub(super) struct Case<'a>(pub(super) &'a Value);

impl Case<'_> {
    pub(super) fn name(&self) -> String {
        format!("case {} ({})", self.0["id"], self.0["why"])
    }

    pub(super) fn text(&self, name: &str) -> &str {
        self.0[name].as_str().unwrap()
    }

    pub(super) fn number(&self, name: &str) -> u64 {
        self.0[name].as_u64().unwrap()
    }

    fn time(&self, name: &str) -> Timestamp {
        Timestamp::from_unix(self.number(name)).unwrap()
    }

    fn suite(&self) -> Suite {
        Suite::from_name(self.text("suite")).unwrap()
    }

    fn key(&self) -> Key {
        Key::from_text(self.suite(), self.text("secret")).unwrap()
    }

    fn sealer(&self, ring: KeyRing) -> Sealer {
        let context = Context::new(self.text("app"), self.text("purpose"))
            .cookie_name(self.text("cookie_name"))
            .binding(unhex(self.text("binding")));
        Sealer::new(ring, context).unwrap()
    }

    /// Opens with the case's own ring, whose key and floor it may override.
    fn open(&self) -> Result<Opened, OpenError> {
        let none = Map::new();
        let overrides = self.0["ring_key"].as_object().unwrap_or(&none);
        let ring = self.ring(overrides, self.0["floor"].as_u64());
        let token = Token::parse(self.text("token"))?;
        self.sealer(ring)
            .open_token_at(&token, self.time("open_at"))
    }

    fn ring(&self, overrides: &Map<String, Value>, floor: Option<u64>) -> KeyRing {
        let mut key = json!({
            "id": self.key().id().to_string(),
            "suite": self.text("suite"),
            "secret": self.text("secret"),
            "lifetime": 86_400,
            "staged_epoch": 0,
            "staged_at": at(0).to_string(),
            "seals_from": at(0).to_string(),
            "seals_until": null,
            "opens_until": null,
            "revoked": false,
        });
        for (name, value) in overrides {
            key[name] = value.clone();
        }
        let document = json!({
            "format": "sealjar-ring/1",
            "critical": [],
            "ring": "vectors",
            "epoch": 1,
            "issued_at": at(0).to_string(),
            "timing": { "rotate_every": 604_800, "distribution": 300, "skew": 30 },
            "keys": [key],
            "revocations": {
                "pepper": base64url::encode(&[0; 32]),
                "horizon": 604_800,
                "floor": floor,
                "subjects": [],
                "sessions": [],
            },
        });
        KeyRing::from_json(document.to_string().as_bytes()).unwrap()
    }
}
