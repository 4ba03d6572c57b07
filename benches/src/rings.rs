//! The rings of the measurements.

use sealjar::keeper::{ListDraft, ListRecord, RingDraft, Room};
use sealjar::{Key, KeyRing, LiveRing, RevocationList, Revocations, RingKey, Suite, Timestamp};
use sealjar_session::Jar;

use crate::data::User;

/// A ring with this many keys, of which the first seals, and its revocations for [`APP`].
pub(crate) fn ring(keys: &[RingKey], revocations: Revocations) -> KeyRing {
    RingDraft {
        issued_at: Timestamp::MIN,
        keys: keys.to_vec(),
        revocations,
        ..RingDraft::named("bench", 1).expect("random bytes")
    }
    .build()
    .expect("a ring of sound keys")
}

/// Makes keys of which the first seals now, and the others sealed before it and still open.
pub(crate) fn keys(count: u32, now: Timestamp) -> Vec<RingKey> {
    (0..count)
        .map(|age| {
            let key = Key::generate(Suite::Xaes256Gcm).expect("random bytes");
            let mut key = RingKey::standby(key, 86_400, 0, Timestamp::MIN);
            let before = |seconds: u32| Timestamp::from_stored(now.stored() - seconds);
            key.seals_from = Some(before(2 * DAY + age));
            if age > 0 {
                key.seals_until = Some(before(2 * DAY - 1));
            }
            key
        })
        .collect()
}

pub(crate) fn no_revocations() -> Revocations {
    Revocations::generate(604_800).expect("random bytes")
}

/// As many entries as a ring may hold: half of them people revoked up to `newest`, half sessions.
pub(crate) fn full_revocations(newest: Timestamp) -> Revocations {
    let mut list = no_revocations();
    for at in 0..Revocations::MAX_ENTRIES / 2 {
        list.revoke_subject(APP, &format!("somebody else {at}"), newest)
            .expect("the name is short");
        list.revoke_session(scattered(at), newest);
    }
    list
}

/// A ring beside a list with as many sessions as it may hold, and as many people, revoked up to
/// `newest`.
pub(crate) fn beside_full_list(ring: KeyRing, newest: Timestamp) -> LiveRing {
    let until = Timestamp::MAX;
    let sessions = (0..RevocationList::MAX_SESSIONS).map(|at| ListRecord::Session {
        id: scattered(at),
        until,
    });
    let subjects = (0..RevocationList::MAX_SUBJECTS).map(|at| ListRecord::Subject {
        hash: scattered(at),
        born_before: newest,
        until,
    });
    let records: Vec<_> = sessions.chain(subjects).collect();
    let mut draft = ListDraft::new(&RevocationList::empty(&ring), 1, Timestamp::MIN);
    let added = draft.add(&records, Room::Operators);
    added.expect("it is full, and no more");
    let live = LiveRing::new(ring);
    live.replace_list(draft.build()).expect("it is newer");
    live
}

/// Numbers that are spread as random ids are.
fn scattered(at: usize) -> [u8; 8] {
    (at as u64)
        .wrapping_mul(0x9E37_79B9_7F4A_7C15)
        .to_be_bytes()
}

/// Returns the `Cookie` header of a session that began at a time, under the first of these keys.
pub(crate) fn cookie_of(keys: &[RingKey], born: Timestamp) -> String {
    let jar = Jar::<User>::builder(ring(&keys[..1], no_revocations()), APP)
        .clock(move || Ok(born))
        .build()
        .expect("a sound jar");
    jar.cookie_for(&User::typical()).expect("it fits")
}

pub(crate) const APP: &str = "shop-bench";
const DAY: u32 = 86_400;
