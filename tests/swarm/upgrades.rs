//! Does a new release of the app log anybody out, or a replica that dies?

use crate::controls::begin_ring;
use crate::engine::Engine;
use crate::fleet::Fleet;
use crate::images::{APP, NEXT_APP};

pub(crate) fn a_new_image_and_a_killed_replica(engine: &Engine) {
    let ring = begin_ring("upgrades");
    engine.keep_secret("upgrades", ring.to_json().as_bytes());
    let fleet = Fleet::deploy(engine, &APP, "upgrades");
    let mut crowd = fleet.crowd();
    fleet
        .phase("a new image, with one more field", &mut crowd, || {
            fleet.redeploy(&NEXT_APP, "upgrades");
            fleet.await_completed();
        })
        .assert_no_loss();
    fleet
        .phase("a replica is killed", &mut crowd, || {
            fleet.kill_one();
            fleet.await_all();
        })
        .assert_no_loss();
}
