//! What may happen to a shop in a Swarm whose keys the keeper rotates, before anybody is logged
//! out? All but the revocation of the key that they are under.

use std::time::{Duration, Instant};

use sealjar_tests::crowd::Crowd;
use sealjar_tests::visitor::Visitor;
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::engine::Engine;
use crate::fleet::Fleet;
use crate::images::{APP, NEXT_APP};
use crate::keeper::Keeper;
use crate::table;
use crate::wait::wait_until;

pub(crate) fn of_an_operator(engine: &Engine) {
    let keeper = Keeper::begin(engine);
    let fleet = Fleet::deploy(engine, &APP, &keeper.head().secret);
    let mut crowd = fleet.crowd();
    let site = Site { keeper, fleet };
    for name in ["rotation 1", "rotation 2", "rotation 3"] {
        site.run(name, &mut crowd, Site::rotate);
    }
    site.assert_keeper_is_small();
    site.run(
        "a new image, with one more field",
        &mut crowd,
        Site::upgrade,
    );
    site.run("a replica is killed", &mut crowd, |site| {
        site.fleet.lose_one()
    });
    site.run(
        "a keeper is killed while it rotates",
        &mut crowd,
        Site::lose_a_keeper,
    );
    site.run(
        "two keepers, and both are to rotate",
        &mut crowd,
        Site::rotate_twice_at_once,
    );
    site.run("a roll-out is paused", &mut crowd, Site::pause);
    site.run("the old stack file once more", &mut crowd, Site::undo);
    site.revoke(&mut crowd);
}

struct Site<'a> {
    keeper: Keeper<'a>,
    fleet: Fleet<'a>,
}

impl Site<'_> {
    /// Does something that no visitor may notice, and waits until all replicas are those that stay.
    fn run(&self, name: &'static str, crowd: &mut Crowd, act: impl FnOnce(&Self)) {
        let act = || {
            act(self);
            self.fleet.await_calm();
        };
        self.fleet.phase(name, crowd, act).assert_no_loss();
    }

    fn rotate(&self) {
        let before = self.keeper.head();
        let begun = Instant::now();
        self.keeper.order(&["rotate"]);
        let took = begun.elapsed().as_secs_f64();
        let own = self.fleet.roll_out_took().as_secs_f64();
        table::note(format!(
            "a rotation over three replicas took {took:.1} s, {own:.1} s of them Swarm's own roll-out"
        ));
        let head = self.keeper.await_published(before.epoch);
        assert_eq!(self.fleet.secret(), head.secret);
    }

    /// It has rotated by now, and waits.
    fn assert_keeper_is_small(&self) {
        let megabytes = self.keeper.memory() / 1e6;
        table::note(format!("a keeper that waits uses {megabytes:.1} MB"));
        assert!(megabytes < 20.0, "{megabytes} MB");
    }

    fn upgrade(&self) {
        let has_grown = || self.fleet.page().contains("data-wishes");
        assert!(!has_grown(), "there was nothing to upgrade");
        self.fleet.redeploy(&NEXT_APP, &self.keeper.head().secret);
        self.fleet.await_completed();
        wait_until(has_grown, || self.fleet.page());
    }

    fn lose_a_keeper(&self) {
        let before = self.keeper.head();
        let mut rotating = self.keeper.begin_order(0, &["rotate"]);
        self.fleet.await_state("updating");
        self.keeper.kill();
        assert!(
            !rotating.wait().unwrap().success(),
            "it was through already"
        );
        // Swarm starts another, which finishes the rotation.
        let head = self.keeper.await_published(before.epoch);
        assert_eq!(self.fleet.secret(), head.secret);
    }

    fn rotate_twice_at_once(&self) {
        self.keeper.scale(2);
        let before = self.keeper.head();
        let orders = [0, 1].map(|keeper| self.keeper.begin_order(keeper, &["rotate"]));
        for mut order in orders {
            // One may say that the other was first.
            _ = order.wait().unwrap();
        }
        let head = self.keeper.await_published(before.epoch);
        assert_eq!(self.fleet.secret(), head.secret);
        self.keeper.scale(1);
    }

    /// While a roll-out is paused the keeper promotes nothing, and names the service.
    fn pause(&self) {
        let before = self.keeper.head();
        self.fleet.pause();
        let refused = self.keeper.ask(&["rotate"]);
        let said = String::from_utf8_lossy(&refused.stderr);
        assert!(
            !refused.status.success() && said.contains("paused"),
            "{refused:?}"
        );
        assert_eq!(self.keeper.head().epoch, before.epoch, "it was promoted");
        self.fleet.redeploy(&NEXT_APP, &before.secret);
        self.fleet.await_secret(&before.secret);
    }

    /// Somebody deploys with the name of a secret that was right some days ago.
    fn undo(&self) {
        let before = self.keeper.head();
        self.rotate();
        self.fleet.redeploy(&NEXT_APP, &before.secret);
        self.fleet.await_secret(&self.keeper.head().secret);
    }

    /// The one thing that logs people out, and only those whose sessions are under the key.
    fn revoke(&self, crowd: &mut Crowd) {
        let mut earlier = Resting::log_in(self.fleet.origin());
        self.run("rotation 4", crowd, Self::rotate);
        let mut meant = Resting::log_in(self.fleet.origin());
        let key = self.sealing_key();
        self.fleet
            .phase("the sealing key is revoked", crowd, || {
                let before = self.keeper.head();
                self.keeper.order(&["revoke", "--yes", &key]);
                self.keeper.await_published(before.epoch);
            })
            .assert_logouts();
        self.run("after the revocation", crowd, |_| {
            std::thread::sleep(Duration::from_secs(1))
        });
        earlier.assert_known(true);
        meant.assert_known(false);
        self.run("docker service rollback", crowd, |site| {
            site.fleet.roll_back();
        });
        earlier.assert_known(true);
        meant.assert_known(false);
    }

    fn sealing_key(&self) -> String {
        let status = self.keeper.order(&["status", "--json"]);
        let status: Value = serde_json::from_str(&status).unwrap();
        let keys = status["keys"].as_array().unwrap();
        let sealing = keys.iter().find(|key| key["phase"] == "sealing");
        sealing.unwrap()["id"].as_str().unwrap().to_owned()
    }
}

/// Somebody who has logged in and comes back much later, with the cookie of then.
struct Resting {
    visitor: Visitor,
    runtime: Runtime,
}

impl Resting {
    fn log_in(origin: &str) -> Self {
        let runtime = Runtime::new().unwrap();
        let mut visitor = Visitor::at(origin.to_owned());
        runtime.block_on(async {
            visitor.log_in().await;
            assert_eq!(visitor.look().await, Some(true));
        });
        Self { visitor, runtime }
    }

    /// Looks at each replica more than once.
    fn assert_known(&mut self, known: bool) {
        for _ in 0..8 {
            let found = self.runtime.block_on(self.visitor.look());
            assert_eq!(found, Some(known));
        }
    }
}
