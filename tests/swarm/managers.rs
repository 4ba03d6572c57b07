//! Is anybody logged out when managers are lost? Three of them, visitors who come to any, and a
//! ring whose keys rotate while the leader, the quorum or a node of replicas is away, a node is
//! drained, and somebody scales or deploys.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tokio::runtime::Runtime;

use crate::cluster::Cluster;
use crate::engine::Engine;
use crate::ring::Ring;
use crate::stack::{Stack, WEB, Way};
use crate::wait::wait_until;

pub(crate) fn are_lost(_: &Engine) {
    let cluster = Cluster::start();
    let ring = Ring::named(&cluster.nodes()[ASKED], "managers");
    let site = Site {
        cluster: &cluster,
        ring: &ring,
    };
    site.done(&["init", "--skew", "2s", "--distribution", "1m"]);
    let stack = Stack::prepare(&cluster.nodes()[ASKED], cluster.doors());
    stack.serve(Way::Sealed, &site.secret());
    let mut crowd = stack.crowd(15);

    let wait = |_: &Stack<'_>| std::thread::sleep(A_WHILE);
    stack
        .phase("three managers: healthy".into(), &mut crowd, wait)
        .assert_kept();
    let name = "three managers: the leader is lost in a rotation".into();
    let rotate = |stack: &Stack<'_>| site.lose_the_leader(stack);
    stack.phase(name, &mut crowd, rotate).assert_kept();
    let name = "three managers: the quorum is lost, and back".into();
    stack
        .phase(name, &mut crowd, |_| site.lose_the_quorum())
        .assert_kept();

    let acts: [(_, Act); 3] = [
        ("a node is drained", |site, _| {
            site.set_availability("drain")
        }),
        ("scaling", |_, stack| stack.scale(5)),
        ("deploying", |site, stack| {
            stack.deploy(Way::Sealed, &site.secret())
        }),
    ];
    for (name, act) in acts {
        let name = format!("three managers: {name} in a rotation");
        let rotate = |stack: &Stack<'_>| site.rotate_and(stack, act);
        stack.phase(name, &mut crowd, rotate).assert_kept();
    }
    site.set_availability("active");

    let mut person = stack.visitor();
    let runtime = Runtime::new().unwrap();
    runtime.block_on(async {
        person.log_in().await;
        assert_eq!(person.look().await, Some(true));
    });
    let name = "three managers: a revocation, one of them cut off".into();
    // Most of the others have logged in once more by the time it reaches them, so it means few of
    // them.
    _ = stack.phase(name, &mut crowd, |_| site.revoke_while_one_is_away());
    let looks = (0..12).map(|_| runtime.block_on(person.look()));
    let looks: Vec<_> = looks.collect();
    assert!(looks.contains(&Some(false)), "nobody answers: {looks:?}");
    assert!(
        !looks.contains(&Some(true)),
        "a replica accepts who was revoked: {looks:?}"
    );
    let wait = |_: &Stack<'_>| std::thread::sleep(A_WHILE);
    stack
        .phase("three managers: afterwards".into(), &mut crowd, wait)
        .assert_kept();
}

/// What somebody does while keys rotate.
type Act = fn(&Site<'_>, &Stack<'_>);

struct Site<'a> {
    cluster: &'a Cluster,
    ring: &'a Ring<'a>,
}

impl Site<'_> {
    fn lose_the_leader(&self, stack: &Stack<'_>) {
        let before = self.secret();
        let leader = self.cluster.leader(ASKED);
        // To ask the one that is about to be lost would show less.
        let asked = if leader == ASKED { ASKED + 1 } else { ASKED };
        let mut rotating = self.begin(asked, &["rotate"]);
        stack.await_state("updating");
        self.cluster.cut(leader);
        // Swarm has to notice first, and it may say that it does not know what became of a request.
        _ = rotating.wait().unwrap();
        self.cluster.join(leader);
        self.cluster.await_whole();
        self.finish();
        assert_ne!(self.secret(), before);
    }

    /// Rotates, and does something in the middle.
    fn rotate_and(&self, stack: &Stack<'_>, act: Act) {
        let before = self.secret();
        let mut rotating = self.begin(ASKED, &["rotate"]);
        stack.await_state("updating");
        act(self, stack);
        // It may end before its epoch is everywhere, if somebody else updates the service.
        _ = rotating.wait().unwrap();
        self.finish();
        assert_ne!(self.secret(), before);
    }

    /// Lets a node have replicas, or moves those that it has to the others.
    fn set_availability(&self, availability: &str) {
        let update = ["node", "update", "--availability", availability, DRAINED];
        self.cluster.nodes()[ASKED].docker(&update);
    }

    fn lose_the_quorum(&self) {
        let away = [0, 2];
        for node in away {
            self.cluster.cut(node);
        }
        std::thread::sleep(A_WHILE);
        for node in away {
            self.cluster.join(node);
        }
        self.cluster.await_whole();
    }

    fn revoke_while_one_is_away(&self) {
        let before = self.secret();
        let leader = self.cluster.leader(ASKED);
        let away = (0..3).find(|node| ![ASKED, leader].contains(node));
        let away = away.unwrap();
        self.cluster.cut(away);
        let mut revoking = self.begin(
            ASKED,
            &["revoke", "--subject", "ada", "--app", "shop", "--yes"],
        );
        wait_until(|| self.secret() != before, || "nothing is revoked".into());
        std::thread::sleep(A_WHILE);
        self.cluster.join(away);
        _ = revoking.wait().unwrap();
        self.cluster.await_whole();
        self.finish();
    }

    /// Takes turns until nothing is left to do, as a keeper that was started again.
    fn finish(&self) {
        let turn = || {
            self.begin(ASKED, &["run", "--once"])
                .wait()
                .unwrap()
                .success()
        };
        wait_until(turn, || "no turn succeeds".into());
    }

    fn done(&self, arguments: &[&str]) {
        let done = self.command(ASKED, arguments).output().unwrap();
        assert!(done.status.success(), "{arguments:?}: {done:?}");
    }

    fn begin(&self, asked: usize, arguments: &[&str]) -> Child {
        let mut command = self.command(asked, arguments);
        // What goes wrong meanwhile is in the log of the test.
        command.stdout(Stdio::null()).spawn().unwrap()
    }

    fn command(&self, asked: usize, arguments: &[&str]) -> Command {
        let mut command = self.ring.prepare(arguments);
        command
            .env("DOCKER_HOST", &self.cluster.nodes()[asked].socket)
            .env("SEALJAR_SERVICES", WEB);
        command
    }

    /// Returns the name of the secret that replicas are to have. Without a leader there is nobody
    /// to say.
    fn secret(&self) -> String {
        let head = "sealjar.managers.head";
        let inspect = ["config", "inspect", "-f", "{{.Spec.Labels.secret}}", head];
        self.cluster.nodes()[ASKED].docker(&inspect)
    }
}

/// The manager that is asked, and never cut off.
const ASKED: usize = 1;
/// The host name of another.
const DRAINED: &str = "node3";
const A_WHILE: Duration = Duration::from_secs(10);
