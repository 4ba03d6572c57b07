//! Does a ring say what each of its keys does at each second?

#![expect(
    clippy::unwrap_used,
    reason = "in the helpers of tests it is the assertion"
)]

mod lifetimes;
mod phases;

use std::sync::LazyLock;

use sealjar::keeper::RingDraft;
use sealjar::{Key, KeyRing, RingKey, Suite, Timestamp};

const SKEW: u32 = 30;
const DAY: u32 = 86_400;

fn at(seconds: u32) -> Timestamp {
    Timestamp::from_stored(seconds)
}

/// Returns a standby. The same number gives the same secret.
fn standby(number: usize) -> RingKey {
    static KEYS: LazyLock<Vec<RingKey>> = LazyLock::new(|| {
        let generate = |_| {
            let key = Key::generate(Suite::Xaes256Gcm).unwrap();
            RingKey::standby(key, DAY, 0, Timestamp::MIN)
        };
        (0..10).map(generate).collect()
    });
    KEYS[number].clone()
}

fn key_with_times(number: usize, [from, until, opens]: [Option<u32>; 3]) -> RingKey {
    let mut key = standby(number);
    key.seals_from = from.map(at);
    key.seals_until = until.map(at);
    key.opens_until = opens.map(at);
    key
}

fn draft(epoch: u64, keys: Vec<RingKey>) -> RingDraft {
    let mut draft = RingDraft::named("web", epoch).unwrap();
    draft.issued_at = at(100);
    draft.keys = keys;
    draft
}

fn ring(epoch: u64, keys: Vec<RingKey>) -> KeyRing {
    draft(epoch, keys).build().unwrap()
}
