//! Does a session that an application has revoked stay refused by every replica that has heard of
//! it, until it is dead? And is nobody else refused?
//!
//! A thief has a copy of every session and shows it to every replica, again and again, and keeps
//! what comes back. Replicas hear of lists late, are cut off for long, start again from an old ring
//! without a list, and their clocks jump; requests take long. The keeper forgets what it may.

mod keeper;
mod thief;
mod world;

use self::world::World;
use crate::verdict::{SEED, seeds};

#[test]
fn a_revoked_session_stays_refused_until_it_is_dead_and_nobody_else_is() {
    let (mut revoked, mut forgotten, mut shown) = (0, 0, 0);
    for seed in seeds(0..4) {
        let world = World::begin(seed, None).run();
        assert!(
            world.found.is_empty(),
            "seed {seed}: {:#?}\nsee it again with\n  {SEED}={seed} cargo test -p sealjar-tests \
             --test fleet -- listed",
            world.found
        );
        revoked += world.revoked;
        forgotten += world.forgotten;
        shown += world.shown;
    }
    println!("{shown} shown, {revoked} revoked, {forgotten} forgotten");
    // Something has been tried.
    assert!(
        revoked > 20 && forgotten > 5 && shown > 1000,
        "{revoked} {forgotten} {shown}"
    );
}

/// The controls: each finds a session that came back.
#[test]
fn a_record_that_is_kept_for_less_lets_a_session_come_back() {
    for broken in [Broken::ForgetAfterLifetime, Broken::RaiseRingFirst] {
        let caught = (0..20).any(|seed| !World::begin(seed, Some(broken)).run().found.is_empty());
        assert!(caught, "{broken:?}");
    }
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Broken {
    /// A record is kept for as long as a token lives, from its commit on. A replica that was cut
    /// off goes on sealing the session again.
    ForgetAfterLifetime,
    /// The ring takes a longer horizon, and the list stays as it is.
    RaiseRingFirst,
}
