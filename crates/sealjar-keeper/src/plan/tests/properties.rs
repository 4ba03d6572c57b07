//! Does it hold for every policy that exists, over many rotations, whatever else happens?

use proptest::prelude::*;

use super::world::*;
use crate::HumanDuration;
use crate::delivery::{Delivery, Publications};
use crate::plan::Publishing;
use crate::policy::{PolicySettings, RotationPolicy};

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn a_ring_never_holds_more_keys_than_its_policy_says_and_no_visitor_notices_a_rotation(
        policy in any_policy(),
        restarts in any::<bool>(),
        turns in prop::collection::vec((any::<u16>(), any::<u8>()), 60),
    ) {
        let mut world = World::under(policy);
        if restarts {
            world.publishing = Publishing::Restarts;
        }
        for (at, (late, what)) in turns.into_iter().enumerate() {
            // Between two turns passes anything up to a third of a period.
            world.pass(u32::from(late) * policy.timing().rotate_every / 3 / 65_535);
            match what {
                0..32 => {
                    world.change(|it| it.revoke_session([u8::try_from(at).unwrap(); 8]));
                }
                32..40 => {
                    world.change(|it| it.revoke_subject("shop", "ada", None));
                }
                _ => {}
            }
            world.turn();
            world.assert_sound();
            prop_assert!(world.turn().is_empty(), "a second turn changes nothing");
            prop_assert!(world.ring.keys().len() as u64 <= policy.most_keys());
        }
        prop_assert_eq!(world.fleet.violation(), None);
    }

    #[test]
    fn whichever_keys_are_revoked_a_sound_ring_is_left_that_holds_none_of_them(
        rotations in 0_u32..4,
        later in 0_u32..200,
        which in any::<u8>(),
        forgotten in any::<bool>(),
    ) {
        let mut world = World::begun();
        for _ in 0..rotations {
            world.pass_to_rotation();
            world.turn();
            world.pass(DISTRIBUTION + SKEW);
            world.turn();
        }
        world.pass(later);
        if forgotten {
            world.delivery = Delivery::Unacknowledged(Publications::default());
        }
        let keys = world.ring.keys().iter().enumerate();
        let leaked: Vec<_> = keys
            .filter(|(at, _)| which >> at & 1 == 1)
            .map(|(_, key)| key.id())
            .collect();
        let before = world.ring.epoch();
        world.change(|it| it.revoke_keys(&leaked));
        world.assert_sound();
        prop_assert!(world.ring.epoch() > before);
        for key in leaked {
            prop_assert!(world.ring.opening_key(key, world.now).is_none());
        }
        let steps = names(&world.turn());
        prop_assert!(steps.iter().all(|step| step == "Ended" || step == "Dropped"));
    }
}

/// Every policy that exists is one that works, also those that leave no slack at all.
fn any_policy() -> impl Strategy<Value = RotationPolicy> {
    let times = (
        0_u32..400,
        0_u32..60,
        prop_oneof![Just(0), 0_u32..2000],
        1_u32..9000,
    );
    times.prop_filter_map("no such policy", |(distribution, skew, slack, lifetime)| {
        let seconds = |seconds| Some(HumanDuration::from_secs(seconds));
        let settings = PolicySettings {
            rotate_every: seconds((distribution + 2 * skew + slack).max(1)),
            distribution: seconds(distribution),
            skew: seconds(skew),
            token_lifetime: seconds(lifetime),
            revocation_horizon: None,
            suite: None,
        };
        settings.resolve(None).ok()
    })
}
