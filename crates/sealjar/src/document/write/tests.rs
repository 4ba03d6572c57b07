//! Does writing a ring leave no copy of its secrets behind?

use std::sync::Arc;

use super::*;
use crate::aead::Suite;
use crate::clock::Timestamp;
use crate::key::KeyId;
use crate::revocation::SubjectEntry;
use crate::ring_key::RingKey;

#[test]
fn writing_makes_room_once_and_little_more_than_it_needs() {
    // Each of these takes six characters in JSON.
    let odd = "\u{1}".repeat(10_000);
    let id = KeyId::from_bytes([7; 16]);
    let revoked = |suite: &str| {
        let suite = suite.into();
        RingKey::new(id, Material::Revoked { suite }, 1, 0, Timestamp::MIN)
    };
    let plain = || {
        let key = crate::tests::key(Suite::XChaCha20Poly1305, 7);
        let mut key = RingKey::standby(key, u32::MAX, u64::MAX, Timestamp::MAX);
        key.seals_from = Some(Timestamp::MAX);
        key.seals_until = Some(Timestamp::MAX);
        key.opens_until = Some(Timestamp::MAX);
        key
    };
    let unsupported = Material::Unsupported {
        suite: odd.as_str().into(),
        secret: Arc::new(Zeroizing::new(odd.clone())),
    };
    let list = || {
        let mut list = Revocations::new(Zeroizing::new([9; 32]), u32::MAX);
        list.floor = Some(Timestamp::MAX);
        list
    };
    let mut people = list();
    let mut sessions = list();
    for number in 0..4_000_u64 {
        people.insert_subject(
            "a",
            SubjectEntry {
                hash: number.to_be_bytes(),
                born_before: Timestamp::MAX,
            },
        );
        sessions.revoke_session(number.to_be_bytes(), Timestamp::MAX);
    }
    let mut long_app = list();
    long_app
        .revoke_subject(&odd, "ada", Timestamp::MAX)
        .unwrap();
    for (name, critical, keys, revocations) in [
        ("little", vec![], vec![revoked("x")], list()),
        ("keys", vec![], (0..64).map(|_| plain()).collect(), list()),
        (
            "a long name of a suite",
            vec![],
            vec![revoked(&odd)],
            list(),
        ),
        (
            "a key of a suite that is not known",
            vec![],
            vec![RingKey::new(id, unsupported, 1, 0, Timestamp::MIN)],
            list(),
        ),
        ("critical", vec![odd.clone()], vec![plain()], list()),
        ("people", vec![], vec![plain()], people),
        ("a long name of an app", vec![], vec![plain()], long_app),
        ("sessions", vec![], vec![plain()], sessions),
    ] {
        let ring = RingDraft {
            critical,
            issued_at: Timestamp::MAX,
            timing: Timing {
                rotate_every: u32::MAX,
                distribution: u32::MAX,
                skew: u32::MAX,
            },
            keys,
            ..RingDraft::with_revocations("n".repeat(24), u64::MAX, revocations)
        };
        let bound = written_bound(&ring);
        let text = write(&ring);
        assert_eq!(text.capacity(), bound, "{name} grew");
        assert!(text.len() <= bound, "{name}");
        assert!(
            bound <= 2 * text.len() + 1_024,
            "{name}: {bound}, {}",
            text.len()
        );
    }
}
