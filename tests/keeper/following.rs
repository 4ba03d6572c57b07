//! Do replicas that follow the ring get a rotation without a restart, and go on when the keeper is
//! dead?

use std::fs;
use std::time::Duration;

use sealjar_tests::programs::Program;
use sealjar_tests::proxy::{self, Routes};
use sealjar_tests::visitor::{Losses, Visitor};

use crate::followed::{Followed, Keeper, Tap, listening, replicas, send, until};

const NEWER: &str = "a newer key ring is in use";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rotation_reaches_replicas_that_follow_and_no_visitor_or_keeper_is_needed_for_it() {
    let ring = Followed::begin();
    let keeper = ring.keeper("127.0.0.1:0");
    let mounted = ring.mounted();
    let apps = [Program::AxumSsr, Program::ActixSsr, Program::AxumSsr];
    let running = apps.map(|app| ring.replica(app, &keeper.answers, None));
    // The control: a replica of the same ring that follows nobody.
    let (delivered, _) = Program::AxumSsr.serve("delivered", &mounted, &[]);
    let addresses: Vec<_> = running.iter().map(|it| Some(listening(it))).collect();
    until("all to hold the ring", || {
        let known = replicas(&keeper);
        known.len() == 3 && known.iter().all(|it| it["epoch"].is_u64())
    });

    let routes = Routes::new(addresses.into());
    let mut visitor = Visitor::at(format!("http://{}", proxy::start(routes)));
    visitor.log_in().await;
    let epoch = ring.rotate();
    for replica in &running {
        _ = replica.hear(NEWER);
    }
    until("the keeper to know", || {
        replicas(&keeper).iter().all(|it| it["epoch"] == epoch)
    });
    assert!(!delivered.said().join("\n").contains(NEWER));
    // The new key seals after the skew.
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    for _ in 0..6 {
        visitor.look().await;
        visitor.change().await;
    }

    // Without a keeper they go on, and say so.
    let Keeper {
        process, answers, ..
    } = keeper;
    drop(process);
    for replica in &running {
        _ = replica.hear("no keeper answers");
    }
    for _ in 0..6 {
        visitor.look().await;
        visitor.change().await;
    }
    let keeper = ring.keeper(&answers);
    ring.rotate();
    for replica in &running {
        _ = replica.hear(NEWER);
    }
    visitor.look().await;
    assert_eq!(visitor.noticed.losses, Losses::default());
    drop(keeper);
}

#[test]
fn a_replica_starts_from_what_is_mounted_while_the_keeper_is_dead_and_follows_it_later() {
    let ring = Followed::begin();
    let Keeper {
        process, answers, ..
    } = ring.keeper("127.0.0.1:0");
    drop(process);
    let mounted = ring.mounted();
    let replica = ring.replica(Program::AxumSsr, &answers, Some(&mounted));
    _ = listening(&replica);
    ring.rotate();
    let _keeper = ring.keeper(&answers);
    _ = replica.hear(NEWER);
    // The control: without a mount it does not start, and says why.
    let mut nothing = ring.replica(Program::AxumSsr, "127.0.0.1:9", None);
    assert_eq!(nothing.ended(), Some(1));
    let said = nothing.said().join("\n");
    assert!(said.contains("no keeper answers: "), "{said}");
    assert!(said.contains("hint: "), "{said}");
}

#[test]
fn a_replica_with_a_wrong_key_does_not_start_and_says_which_key_it_needs() {
    let [ring, other] = [Followed::begin(), Followed::begin()];
    let keeper = ring.keeper("127.0.0.1:0");
    fs::write(ring.path("empty"), "").unwrap();
    for (key, words) in [
        (other.path("delivery-key"), "does not take the delivery key"),
        (ring.path("speaker-key"), "this is the key of a keeper"),
        (ring.path("empty"), "there is no key"),
        (ring.path("nowhere"), "nowhere"),
    ] {
        let mut replica = ring.replica_with(Program::AxumSsr, &keeper.answers, None, &key);
        assert_eq!(replica.ended(), Some(1), "{key:?}");
        let said = replica.said().join("\n");
        assert!(said.contains(words), "{said}");
    }
    assert!(replicas(&keeper).is_empty());
}

#[test]
fn a_question_that_somebody_has_recorded_acknowledges_nothing() {
    let ring = Followed::begin();
    let keeper = ring.keeper("127.0.0.1:0");
    let tap = Tap::to(keeper.answers.parse().unwrap());
    let replica = ring.replica(Program::AxumSsr, &tap.address.to_string(), None);
    _ = listening(&replica);
    until("a question that names the ring", || {
        replicas(&keeper).iter().any(|it| it["epoch"].is_u64())
    });
    let before = replicas(&keeper);
    drop(replica);
    let recorded = tap.recorded();
    assert!(recorded.len() > 1);
    let heard_ago = |known: &[serde_json::Value]| known[0]["heard_seconds_ago"].as_u64().unwrap();
    until("a while to pass", || {
        for question in &recorded {
            // It is answered: whoever sends it learns no more than from listening.
            assert!(send(keeper.answers.parse().unwrap(), question).starts_with(b"HTTP/1.1 200"));
        }
        heard_ago(&replicas(&keeper)) >= 3
    });
    let after = replicas(&keeper);
    assert_eq!(after.len(), 1);
    assert_eq!(after[0]["instance"], before[0]["instance"]);
    // The control: a replica that lives is heard of.
    let replica = ring.replica(Program::AxumSsr, &tap.address.to_string(), None);
    _ = listening(&replica);
    until("the new replica", || replicas(&keeper).len() == 2);
}
