//! What does a replica get, and what does the keeper believe of it?

use std::fs;
use std::time::Duration;

use sealjar::Timestamp;
use sealjar_follow::{Instance, SpeakerKey};
use tokio::time::{Instant, timeout};

use super::{Site, post};
use crate::followed::Outcome;

fn names(site: &Site) -> Vec<String> {
    let known = site.followed.known(Timestamp::now().unwrap());
    known.holders.into_iter().map(|it| it.name).collect()
}

#[tokio::test]
async fn a_replica_gets_the_ring_and_each_epoch_after_it_as_soon_as_it_is_committed() {
    let site = Site::begin().await;
    let mut replica = site.replica();
    let first = replica.ask(25).await;
    let begun = Instant::now();
    let (second, committed) = tokio::join!(replica.ask(25), async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        site.commit().await
    });
    assert!(second > first);
    assert_eq!(second, committed);
    assert!(
        begun.elapsed() < Duration::from_secs(20),
        "it did not wait to the end"
    );
    assert_eq!(site.followed.counted(Outcome::Acknowledged), 2);
}

#[tokio::test]
async fn a_replica_that_has_the_newest_waits_as_long_as_it_said_and_gets_no_ring_again() {
    let site = Site::begin().await;
    let mut replica = site.replica();
    replica.ask(25).await;
    let question = replica.question(1);
    let bytes = question.to_bytes(site.speaker.delivery_key(), "web");
    let begun = Instant::now();
    let (status, answer) = post(site.address, "web", &bytes).await;
    assert!(begun.elapsed() >= Duration::from_secs(1));
    assert_eq!((status, answer.len()), (200, sealjar_follow::ANSWER_LEN));
    let judged = replica.judge(&question, &answer);
    assert!(judged.news.is_none() && judged.confirmed.is_some());
}

#[tokio::test]
async fn what_a_replica_names_is_what_the_keeper_knows_of_it() {
    let site = Site::begin().await;
    let mut replica = site.replica();
    replica.ask(0).await;
    let held = |site: &Site| site.followed.known(Timestamp::now().unwrap()).holders[0].held;
    assert_eq!(held(&site), None, "it said so before it had the answer");
    replica.ask(0).await;
    assert_eq!(held(&site).as_ref(), Some(replica.head()));
}

#[tokio::test]
async fn a_recorded_question_is_answered_at_once_and_acknowledges_nothing() {
    let site = Site::begin().await;
    let mut replica = site.replica();
    let first = replica.question(25);
    let recorded = first.to_bytes(site.speaker.delivery_key(), "web");
    assert_eq!(post(site.address, "web", &recorded).await.0, 200);
    replica.ask(0).await;
    replica.ask(0).await;
    let answered = timeout(
        Duration::from_secs(20),
        post(site.address, "web", &recorded),
    )
    .await;
    let (status, answer) = answered.expect("it does not wait");
    assert_eq!(status, 200);
    assert_eq!(site.followed.counted(Outcome::Stale), 1);
    let known = site.followed.known(Timestamp::now().unwrap());
    assert_eq!(known.holders[0].held.as_ref(), Some(replica.head()));
    // It is an answer to the recorded question, and to no other.
    replica.held = None;
    assert!(replica.judge(&first, &answer).news.is_some());
}

#[tokio::test]
async fn whoever_lacks_the_key_or_names_another_ring_is_refused_and_not_remembered() {
    let site = Site::begin().await;
    let mut replica = site.replica();
    let question = replica.question(25);
    let other = SpeakerKey::generate().unwrap();
    let genuine = question.to_bytes(site.speaker.delivery_key(), "web");
    let mut damaged = genuine.clone();
    damaged[70] ^= 1;
    for (ring, bytes, status) in [
        ("web", question.to_bytes(other.delivery_key(), "web"), 401),
        ("web", damaged, 401),
        ("shop", genuine.clone(), 401),
        (
            "shop",
            question.to_bytes(site.speaker.delivery_key(), "shop"),
            404,
        ),
        ("web", genuine[..80].to_vec(), 400),
        ("web", Vec::new(), 400),
        ("web", vec![0; 321], 400),
    ] {
        assert_eq!(post(site.address, ring, &bytes).await.0, status);
    }
    assert!(names(&site).is_empty());
    assert_eq!(site.followed.counted(Outcome::Forged), 3);
    assert_eq!(site.followed.counted(Outcome::Malformed), 4);
    // The control.
    assert_eq!(post(site.address, "web", &genuine).await.0, 200);
    assert_eq!(names(&site), ["web.1"]);
}

#[tokio::test]
async fn a_keeper_that_cannot_read_its_store_says_so_and_not_that_nothing_is_new() {
    let site = Site::begin().await;
    let mut replica = site.replica();
    replica.ask(0).await;
    let store = site.directory.path().join("ring.json.keeper");
    let aside = site.directory.path().join("aside");
    fs::rename(&store, &aside).unwrap();
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    let question = replica.question(0);
    let bytes = question.to_bytes(site.speaker.delivery_key(), "web");
    assert_eq!(post(site.address, "web", &bytes).await.0, 503);
    assert_eq!(site.followed.counted(Outcome::Unavailable), 1);
    // It has been heard: a replica that lives must not be lost because a disk hangs.
    let known = site.followed.known(Timestamp::now().unwrap());
    assert_eq!(known.holders[0].held.as_ref(), Some(replica.head()));
    fs::rename(&aside, &store).unwrap();
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    replica.ask(0).await;
    assert!(site.document().exists());
}

/// Otherwise it would take those for all that it has heard of.
#[tokio::test]
async fn a_keeper_that_never_could_read_its_store_has_not_listened() {
    let site = Site::begin().await;
    let listens_for = || site.followed.known(Timestamp::now().unwrap()).listens_for;
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert!(listens_for() < Duration::from_secs(599));
    fs::remove_dir_all(site.directory.path().join("ring.json.keeper")).unwrap();
    let bytes = site
        .replica()
        .question(0)
        .to_bytes(site.speaker.delivery_key(), "web");
    assert_eq!(post(site.address, "web", &bytes).await.0, 503);
    assert!(
        listens_for() > Duration::from_secs(599),
        "{:?}",
        listens_for()
    );
}

#[tokio::test]
async fn of_five_questions_of_one_start_that_wait_the_oldest_is_answered() {
    let site = Site::begin().await;
    let mut replica = site.replica();
    replica.ask(0).await;
    let mut waiting = Vec::new();
    for _ in 0..5 {
        let bytes = replica
            .question(25)
            .to_bytes(site.speaker.delivery_key(), "web");
        let address = site.address;
        waiting.push(tokio::spawn(
            async move { post(address, "web", &bytes).await },
        ));
        // They come one after the other.
        let until = u64::try_from(waiting.len()).unwrap() + 1;
        while site
            .followed
            .known(Timestamp::now().unwrap())
            .holders
            .is_empty()
            || replica.count < until
        {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let oldest = timeout(Duration::from_secs(20), waiting.remove(0)).await;
    assert_eq!(oldest.expect("it ends").unwrap().0, 200);
    assert!(waiting.iter().all(|it| !it.is_finished()));
    waiting.iter().for_each(tokio::task::JoinHandle::abort);
}

#[tokio::test]
async fn a_forgotten_replica_is_gone_until_it_asks_again() {
    let site = Site::begin().await;
    let mut replica = site.replica();
    replica.ask(0).await;
    assert!(site.followed.forget(replica.instance));
    assert!(!site.followed.forget(Instance::from_bytes([0; 16])));
    assert!(names(&site).is_empty());
    replica.ask(0).await;
    assert_eq!(names(&site), ["web.1"]);
}
