//! How may a secret show itself? As bytes, and in the encodings in which bytes are printed.

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD};
use hkdf::Hkdf;
use serde_json::Value;
use sha2::Sha256;

/// Secrets that must not be found. Nine consecutive bytes of one are enough: an encoding in groups
/// of three bytes has a group that begins within any eleven.
#[derive(Default)]
pub(crate) struct Secrets {
    /// By their first bytes, so that a text is read once for all of them.
    needles: HashMap<[u8; NINE], Vec<Needle>>,
    /// The two-byte beginnings of all needles: one look here skips nearly all of a log.
    pairs: Vec<bool>,
    known: Vec<Vec<u8>>,
}

#[derive(Clone)]
struct Needle {
    text: Vec<u8>,
    name: String,
}

impl Secrets {
    pub(crate) fn add(&mut self, name: &str, secret: &[u8]) {
        if self.known.iter().any(|known| known == secret) {
            return;
        }
        self.known.push(secret.to_vec());
        self.pairs.resize(0x1_0000, false);
        for nine in secret.windows(NINE) {
            for (spelling, text) in spellings(nine) {
                let begins = *text.first_chunk().unwrap();
                self.pairs[pair(&begins)] = true;
                let name = format!("{name} in {spelling}");
                let needles = self.needles.entry(begins).or_default();
                needles.push(Needle { text, name });
            }
        }
    }

    /// Learns the secrets of a ring document, and everything derived from them for each app and
    /// purpose.
    pub(crate) fn learn(&mut self, document: &[u8], purposes: &[(&str, &str)]) {
        let document: Value = serde_json::from_slice(document).unwrap();
        let pepper = document["revocations"]["pepper"].as_str().unwrap();
        self.add("the pepper", &URL_SAFE_NO_PAD.decode(pepper).unwrap());
        for key in document["keys"].as_array().unwrap() {
            // A revoked key has none.
            let Some(secret) = key["secret"].as_str() else {
                continue;
            };
            let secret = secret.strip_prefix("sealjar-key-1_").unwrap();
            let master = &URL_SAFE_NO_PAD.decode(secret).unwrap()[..32];
            let prk = self.add_master(master);
            assert_eq!(key["suite"], "xaes-256-gcm", "the only suite of new keys");
            for (app, purpose) in purposes {
                let mut purpose_key = [0; 32];
                let info = [&b"key\0\x01"[..], &lp16(app), &lp16(purpose)].concat();
                prk.expand(&info, &mut purpose_key).unwrap();
                self.add(&format!("the key of {app}'s {purpose}"), &purpose_key);
            }
        }
    }

    /// Adds a key's secret, and the key from which all its other keys are derived.
    pub(crate) fn add_master(&mut self, master: &[u8]) -> Hkdf<Sha256> {
        self.add("a master secret", master);
        let (extracted, prk) = Hkdf::<Sha256>::extract(Some(b"sealjar/v1"), master);
        self.add("a pseudo-random key", &extracted);
        prk
    }

    /// Returns the first finding and its encoding, never the place, so that the report shows no
    /// secret.
    pub(crate) fn found_in(&self, text: &[u8]) -> Option<&str> {
        // Lists of numbers are formatted in several ways.
        let dense = || -> Vec<u8> {
            let bytes = text.iter().copied();
            bytes.filter(|byte| !byte.is_ascii_whitespace()).collect()
        };
        self.search(text).or_else(|| self.search(&dense()))
    }

    fn search(&self, text: &[u8]) -> Option<&str> {
        let places = (0..text.len()).zip(text.windows(NINE));
        let mut likely = places.filter(|(_, begins)| self.pairs[pair(begins)]);
        likely.find_map(|(at, _)| {
            let rest = &text[at..];
            let needles = self.needles.get(rest.first_chunk::<NINE>()?)?;
            let needle = needles
                .iter()
                .find(|needle| rest.starts_with(&needle.text))?;
            Some(&*needle.name)
        })
    }

    /// How many secrets are known.
    pub(crate) fn len(&self) -> usize {
        self.known.len()
    }
}

fn pair(begins: &[u8]) -> usize {
    usize::from(u16::from_be_bytes([begins[0], begins[1]]))
}

/// A text after its length in two bytes, as in the derivation of keys.
fn lp16(text: &str) -> Vec<u8> {
    [&[0, u8::try_from(text.len()).unwrap()], text.as_bytes()].concat()
}

fn spellings(bytes: &[u8]) -> [(&'static str, Vec<u8>); 10] {
    let each = |spell: fn(&u8) -> String| -> Vec<_> { bytes.iter().map(spell).collect() };
    let hex = each(|byte| format!("{byte:02x}"));
    [
        ("raw bytes", bytes.to_vec()),
        ("upper-case hex", hex.concat().to_uppercase().into_bytes()),
        ("hex", hex.concat().into_bytes()),
        ("base64", STANDARD.encode(bytes).into_bytes()),
        ("base64url", URL_SAFE.encode(bytes).into_bytes()),
        (
            "decimal numbers",
            each(u8::to_string).join(",").into_bytes(),
        ),
        (
            "upper-case hex with commas",
            hex.join(",").to_uppercase().into_bytes(),
        ),
        ("hex with commas", hex.join(",").into_bytes()),
        (
            "hex with 0x",
            each(|byte| format!("{byte:#04x}")).join(",").into_bytes(),
        ),
        ("escapes", bytes.escape_ascii().to_string().into_bytes()),
    ]
}

const NINE: usize = 9;

/// The negative control.
#[test]
fn a_secret_is_found_in_every_spelling_at_every_place_whole_and_in_part() {
    // Each byte has a letter in hex, and a character that differs in the two alphabets of base64.
    let secret: [u8; 32] = std::array::from_fn(|at| 0xF8 | (at * at / 3).to_le_bytes()[0]);
    let mut secrets = Secrets::default();
    secrets.add("the secret", &secret);
    let mut other = secret;
    other.iter_mut().for_each(|byte| *byte ^= 0x10);
    for before in 0..4 {
        for shown in [0..32, 0..11, 11..22, 21..32] {
            let printed = |secret: &[u8]| {
                let stream = [&vec![b'-'; before], &secret[shown.clone()], b"--"].concat();
                spellings(&stream)
                    .map(|(spelling, text)| (spelling, [b"shown: ", &text[..], b"\n"].concat()))
            };
            for (spelling, text) in printed(&secret) {
                let found = secrets.found_in(&text);
                assert!(
                    found.is_some_and(|it| it.ends_with(spelling)),
                    "{spelling} {found:?}"
                );
            }
            for (spelling, text) in printed(&other) {
                assert_eq!(secrets.found_in(&text), None, "{spelling}");
            }
        }
    }
}

/// As the standard library prints bytes, independently of `spellings`.
#[test]
fn a_secret_is_found_however_rust_prints_bytes() {
    // Some of them are letters and signs, which an escape leaves as they are.
    let secret: [u8; 32] = std::array::from_fn(|at| (0x1D + 53 * at).to_le_bytes()[0]);
    let mut secrets = Secrets::default();
    secrets.add("the secret", &secret);
    for (shown, spelling) in [
        (format!("{secret:?}"), "decimal numbers"),
        (format!("{secret:#?}"), "decimal numbers"),
        (format!("{secret:02x?}"), "hex with commas"),
        (format!("{secret:#04x?}"), "hex with 0x"),
        (format!("{secret:02X?}"), "upper-case hex with commas"),
        (secret.escape_ascii().to_string(), "escapes"),
    ] {
        let found = secrets.found_in(shown.as_bytes());
        let wanted = format!("the secret in {spelling}");
        assert_eq!(found, Some(&*wanted), "{shown}");
    }
}
