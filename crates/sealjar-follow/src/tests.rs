//! What several tests share.

mod answers;
mod heads;
mod holders;
mod keys;
mod lists;
mod properties;
mod questions;
mod revoking;

use std::sync::LazyLock;

use sealjar::keeper::{ListDraft, ListRecord, Room};
use sealjar::{Key, KeyRing, RevocationList, Suite, Timestamp};

use crate::{Instance, Patience, Question, SignedHead, SpeakerKey};

/// A pair of keys with secrets that everybody knows.
fn speaker(seed: u8) -> SpeakerKey {
    SpeakerKey::from_bytes(speaker_text(seed).as_bytes()).unwrap()
}

/// The text of a speaker key, written as SPEC.md says.
fn speaker_text(seed: u8) -> String {
    key_text("sealjar-speaker-1", &known(seed), &known(seed ^ 0x80))
}

fn key_text(label: &str, secret: &[u8], other: &[u8]) -> String {
    use base64::Engine as _;
    let halves = [secret, other].concat();
    let check = crate::bytes::sha256(&[label.as_bytes(), &halves].concat());
    let bytes = [&halves[..], &check[..4]].concat();
    let engine = base64::engine::general_purpose::URL_SAFE_NO_PAD;
    format!("{label}_{}", engine.encode(bytes))
}

/// One of 256 secrets that `just secrets` looks for in what the tests print.
fn known(seed: u8) -> [u8; 32] {
    std::array::from_fn(|at| (0xA5 + 37 * at).to_le_bytes()[0] ^ seed)
}

fn at(seconds: u32) -> Timestamp {
    Timestamp::from_stored(10_000_000 + seconds)
}

fn question(instance: u8, count: u64, held: Option<SignedHead>) -> Question {
    Question {
        nonce: [7; 16],
        instance: Instance::from_bytes([instance; 16]),
        count,
        time: at(0),
        patience: Patience::Waits(25),
        name: format!("web.{instance}"),
        held,
    }
}

/// A list in which these sessions were revoked, one commit after the other.
fn list(ids: &[u8]) -> RevocationList {
    // Its pepper is random, and the same for all lists.
    static RING: LazyLock<KeyRing> =
        LazyLock::new(|| KeyRing::from(Key::generate(Suite::Xaes256Gcm).unwrap()));
    let mut list = RevocationList::empty(&RING);
    for id in ids {
        let mut draft = ListDraft::new(&list, list.seq() + 1, at(0));
        let record = ListRecord::Session {
            id: [*id; 8],
            until: at(100),
        };
        draft.add(&[record], Room::Applications).unwrap();
        list = draft.build();
    }
    list
}
