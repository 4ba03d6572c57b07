//! What does each key do at each second?

use sealjar::keeper::{RingDraft, is_ring_name};
use sealjar::{Phase, RingKey};

use super::{SKEW, at, draft, key_with_times, ring, standby};

const MAX: u32 = u32::MAX;

#[test]
fn each_phase_begins_and_ends_at_its_second() {
    let id = standby(7).id();
    for (times, phases) in [
        (
            [None, None, None],
            &[(0, Phase::Standby), (MAX, Phase::Standby)][..],
        ),
        (
            [Some(100), None, None],
            &[
                (0, Phase::Staged),
                (99, Phase::Staged),
                (100, Phase::Sealing),
                (MAX, Phase::Sealing),
            ],
        ),
        (
            [Some(100), Some(200), None],
            &[
                (99, Phase::Staged),
                (100, Phase::Sealing),
                // The last second in which it seals.
                (200, Phase::Sealing),
                (201, Phase::Opening),
                (MAX, Phase::Opening),
            ],
        ),
        (
            [Some(100), Some(200), Some(300)],
            &[
                (99, Phase::Staged),
                (200, Phase::Sealing),
                (201, Phase::Opening),
                (299, Phase::Opening),
                // The first second in which it no longer opens.
                (300, Phase::Spent),
                (MAX, Phase::Spent),
            ],
        ),
        // A key that never seals, and one that stops opening when it stops sealing.
        (
            [Some(100), Some(100), Some(100)],
            &[(99, Phase::Staged), (100, Phase::Spent)],
        ),
        (
            [Some(100), Some(200), Some(200)],
            &[(199, Phase::Sealing), (200, Phase::Spent)],
        ),
        (
            [Some(0), Some(0), Some(MAX)],
            &[
                (0, Phase::Sealing),
                (1, Phase::Opening),
                (MAX, Phase::Spent),
            ],
        ),
    ] {
        let key = key_with_times(7, times);
        let whole = ring(1, vec![key.clone()]);
        let mut key = key;
        key.revoke();
        let revoked = ring(1, vec![key]);
        for (now, phase) in phases {
            let name = format!("{times:?} at {now}");
            assert_eq!(whole.phase(id, at(*now)), Some(*phase), "{name}");
            let opens = whole.opening_key(id, at(*now)).is_some();
            assert_eq!(opens, *phase != Phase::Spent, "{name}");
            let seals = whole.sealing_key(at(*now)).is_some();
            assert_eq!(seals, *phase == Phase::Sealing, "{name}");

            assert_eq!(revoked.phase(id, at(*now)), Some(Phase::Revoked), "{name}");
            assert!(revoked.opening_key(id, at(*now)).is_none(), "{name}");
            assert!(revoked.sealing_key(at(*now)).is_none(), "{name}");
        }
    }
}

#[test]
fn a_key_that_the_ring_does_not_hold_has_no_phase() {
    let ring = ring(1, vec![standby(7)]);
    let other = standby(8).id();
    assert_eq!(ring.phase(other, at(0)), None);
    assert!(ring.opening_key(other, at(0)).is_none());
}

#[test]
fn of_the_keys_that_could_seal_the_one_that_began_last_does() {
    let ring = ring(
        1,
        vec![
            key_with_times(1, [Some(100), None, None]),
            key_with_times(2, [Some(300), Some(400), None]),
            key_with_times(3, [Some(200), None, None]),
            standby(4),
        ],
    );
    let [first, second, third, _] = [1, 2, 3, 4].map(|number| standby(number).id());
    for (now, wanted) in [
        (99, None),
        (100, Some(first)),
        (199, Some(first)),
        (200, Some(third)),
        (299, Some(third)),
        (300, Some(second)),
        (400, Some(second)),
        // An older key would seal again when the newest one ends.
        (401, Some(third)),
    ] {
        let sealing = ring.sealing_key(at(now)).map(RingKey::id);
        assert_eq!(sealing, wanted, "at {now}");
    }
}

#[test]
fn ties_are_broken_by_the_greatest_id_wherever_the_key_stands() {
    let ids = |numbers: &[usize]| {
        numbers
            .iter()
            .map(|number| standby(*number).id())
            .max()
            .unwrap()
    };
    for numbers in [[1, 2, 3], [3, 2, 1], [2, 3, 1], [2, 1, 3]] {
        let keys = numbers.map(|number| key_with_times(number, [Some(100), None, None]));
        let mut draft = draft(1, keys.into());
        let sealing = draft
            .clone()
            .build()
            .unwrap()
            .sealing_key(at(100))
            .unwrap()
            .id();
        assert_eq!(sealing, ids(&numbers));
        // The others have also begun, so that they are not ahead.
        let ring = draft.clone().build().unwrap();
        for id in numbers.map(|number| standby(number).id()) {
            let phase = if id == sealing {
                Phase::Sealing
            } else {
                Phase::Opening
            };
            assert_eq!(ring.phase(id, at(100)), Some(phase));
        }
        // When it is revoked, the next one takes its place.
        let at_most = draft
            .keys
            .iter()
            .position(|key| key.id() == sealing)
            .unwrap();
        draft.keys[at_most].revoke();
        let mut others = numbers.to_vec();
        others.remove(at_most);
        let next = draft.build().unwrap().sealing_key(at(100)).unwrap().id();
        assert_eq!(next, ids(&others));
    }
}

#[test]
fn a_rotation_is_late_once_a_period_a_distribution_and_two_skews_have_passed_since_the_last() {
    let mut draft = draft(
        1,
        vec![
            key_with_times(1, [Some(1_000), None, None]),
            key_with_times(2, [Some(2_000), None, None]),
            standby(3),
        ],
    );
    let expected_by = |draft: &RingDraft| draft.clone().build().unwrap().rotation_expected_by();
    let allowed = 604_800 + 300 + 2 * SKEW;
    assert_eq!(expected_by(&draft), Some(at(2_000 + allowed)));
    draft.keys[1].revoke();
    assert_eq!(expected_by(&draft), Some(at(1_000 + allowed)));
    draft.keys[0].revoke();
    assert_eq!(expected_by(&draft), None, "nothing has ever sealed");
}

#[test]
fn a_ring_has_a_short_name_that_is_safe_in_paths_and_labels() {
    for name in ["a", "web", "shop-2", &"n".repeat(24)] {
        assert!(is_ring_name(name), "{name}");
    }
    for name in [
        "",
        "Web",
        "we b",
        "../web",
        "web\n",
        "caf\u{e9}",
        "a_b",
        &"n".repeat(25),
    ] {
        assert!(!is_ring_name(name), "{name:?}");
    }
}

#[test]
fn a_phase_is_called_what_the_format_calls_it() {
    for (phase, word) in [
        (Phase::Opening, "opening"),
        (Phase::Revoked, "revoked"),
        (Phase::Sealing, "sealing"),
        (Phase::Spent, "spent"),
        (Phase::Staged, "staged"),
        (Phase::Standby, "standby"),
    ] {
        assert_eq!(phase.as_str(), word);
        // Padded, because people read them in tables.
        assert_eq!(format!("{phase:>8}"), format!("{word:>8}"));
    }
}
