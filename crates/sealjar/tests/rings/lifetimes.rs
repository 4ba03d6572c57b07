//! Does a ring say when tokens may begin to live longer?

use sealjar::keeper::NextKey;
use sealjar::{KeyRing, RingKey, Suite};

use super::{DAY, at, draft, key_with_times};

/// P 604800, D 300, S 30. The first key seals since 1000.
fn ring(next_key: Option<NextKey>, more: Vec<RingKey>) -> KeyRing {
    let mut keys = vec![key_with_times(1, [Some(1_000), None, None])];
    keys.extend(more);
    let mut draft = draft(5, keys);
    draft.next_key = next_key;
    draft.build().unwrap()
}

fn standby(number: usize, lifetime: u32, staged_at: u32) -> RingKey {
    let mut standby = super::standby(number);
    standby.lifetime = lifetime;
    standby.staged_epoch = 4;
    standby.staged_at = at(staged_at);
    standby
}

fn wanted(lifetime: u32, early: bool) -> Option<NextKey> {
    Some(NextKey {
        lifetime,
        early,
        suite: Suite::Xaes256Gcm,
    })
}

#[test]
fn a_longer_life_begins_with_the_first_key_that_has_it() {
    let month = 30 * DAY;
    let rotation = 1_000 + 604_800;
    let now = 2_000;
    let mut staged = standby(3, month, 1_900);
    staged.seals_from = Some(at(2_030));
    let mut revoked = standby(4, month, 500);
    revoked.revoke();
    for (name, ring, wanted, from) in [
        ("the sealing key", ring(None, vec![]), DAY, Some(now)),
        ("nobody asked", ring(None, vec![]), DAY + 1, None),
        (
            "nobody asked for that long",
            ring(wanted(month - 1, true), vec![]),
            month,
            None,
        ),
        (
            "a key that is about to seal",
            ring(None, vec![staged]),
            month,
            Some(2_030),
        ),
        (
            "the standby",
            ring(None, vec![standby(2, month, 500)]),
            month,
            Some(rotation + 30),
        ),
        (
            "the standby after the one that waits for the rotation",
            ring(wanted(month, false), vec![standby(2, DAY, 500)]),
            month,
            Some(rotation + 604_800 + 30),
        ),
        (
            "a standby beside the one that was there",
            ring(
                wanted(month, false),
                vec![standby(2, DAY, 500), standby(3, month, 1_900)],
            ),
            month,
            Some(rotation + 30),
        ),
        (
            "a standby that does not wait for the rotation",
            ring(
                wanted(month, true),
                vec![standby(2, DAY, 500), standby(3, month, 1_900)],
            ),
            month,
            Some(1_900 + 330 + 30),
        ),
        (
            "one that is held already",
            ring(wanted(month, true), vec![standby(3, month, 500)]),
            month,
            Some(now + 30),
        ),
        ("a revoked key", ring(None, vec![revoked]), month, None),
    ] {
        assert_eq!(ring.allows_from(wanted, at(now)), from.map(at), "{name}");
    }
}
