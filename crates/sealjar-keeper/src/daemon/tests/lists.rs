//! Does a replica get the list of revocations, and does the keeper notice that its list is behind?

use std::fs;
use std::time::Duration;

use sealjar::{Revocation, RevocationList, Timestamp};
use sealjar_follow::Judged;

use super::{Replica, Site, post};
use crate::daemon::health::Health;
use crate::policy::PolicySettings;
use crate::store::{FileStore, RingStore};
use crate::{Keeper, KeeperError, Refused};

#[tokio::test]
async fn a_replica_gets_the_list_with_the_head_that_names_it_and_the_ring_no_more_than_once() {
    let site = Site::begin().await;
    let mut replica = site.replica();
    replica.ask(0).await;
    assert_eq!(replica.head().seq, 0, "there is none yet");
    let seq = revoke(&site, 1).await;
    let list = next_list(&mut replica).await;
    assert_eq!((list.seq(), replica.head().seq), (seq, seq));
    assert!(list.covers_session([1; 8]));
    // Both are new to one that starts now.
    let mut another = site.replica();
    let news = judged(&mut another, 0).await.news.unwrap();
    assert!(news.document.is_some() && news.list.is_some());
    // And another epoch brings the list along to nobody who has it.
    let epoch = site.commit().await;
    assert_eq!(replica.ask(25).await, epoch);
    assert_eq!(replica.head().seq, seq);
}

#[tokio::test]
async fn a_list_that_was_put_back_stops_the_keeper_that_hears_of_the_later_one() {
    let site = Site::begin().await;
    let mut keeper = Keeper::new(FileStore::new(site.document()), PolicySettings::default());
    keeper.set_followed(site.followed.clone());
    let path = site.directory.path().join("ring.json.keeper/list");
    revoke(&site, 1).await;
    let backup = fs::read(&path).unwrap();
    let seq = revoke(&site, 2).await;
    let mut replica = site.replica();
    assert_eq!(next_list(&mut replica).await.seq(), seq);
    replica.ask(0).await;
    // The control: the store has what the replica holds, and nothing is wrong but that this keeper
    // has just begun to listen.
    let asked = [vec![Revocation::Session {
        id: [3; 8],
        born: None,
    }]];
    let told = keeper.revoke_listed(&asked).await;
    assert!(
        matches!(told, Err(KeeperError::Refused(Refused::Listening { .. }))),
        "{told:?}"
    );
    keeper.turn().await.unwrap();
    let metrics = Health::of(Some(site.followed.clone())).metrics(Timestamp::now().unwrap());
    for line in [
        &format!("sealjar_list_seq {seq}\n"),
        "sealjar_list_records{kind=\"subject\"} 0\n",
        "sealjar_list_records{kind=\"session\"} 2\n",
    ] {
        assert!(metrics.contains(line), "{metrics}");
    }

    fs::write(&path, &backup).unwrap();
    let told = keeper.revoke_listed(&asked).await.unwrap_err();
    assert!(
        told.to_string().contains(&format!("list {seq}")),
        "it names what the replica holds: {told}"
    );
    for told in [
        Err(told),
        keeper.turn().await.map(|_| ()),
        keeper.turn().await.map(|_| ()),
    ] {
        assert!(
            matches!(told, Err(KeeperError::Refused(Refused::HeadBehind { .. }))),
            "{told:?}"
        );
    }
    assert_eq!(fs::read(&path).unwrap(), backup, "nothing was committed");
    // A restore goes on above it.
    let ring = crate::fixture::read(&site.document());
    let alone = Keeper::new(FileStore::new(site.document()), PolicySettings::default());
    alone
        .restore(&ring, crate::plan::Sessions::End)
        .await
        .unwrap();
    keeper.turn().await.unwrap();
    assert!(next_list(&mut replica).await.seq() > seq);
}

#[tokio::test]
async fn a_list_that_cannot_be_read_is_no_answer_and_not_that_there_is_none() {
    let site = Site::begin().await;
    revoke(&site, 1).await;
    let mut replica = site.replica();
    next_list(&mut replica).await;
    fs::write(site.directory.path().join("ring.json.keeper/list"), "?").unwrap();
    let answered = async {
        loop {
            let question = replica.question(0);
            let bytes = question.to_bytes(site.speaker.delivery_key(), "web");
            if post(site.address, "web", &bytes).await.0 == 503 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let answered = tokio::time::timeout(Duration::from_secs(20), answered).await;
    answered.expect("it says that it cannot");
}

async fn revoke(site: &Site, session: u8) -> u64 {
    let born = Some(Timestamp::now().unwrap());
    let asked = Revocation::Session {
        id: [session; 8],
        born,
    };
    let listed = site.keeper.revoke_listed(&[vec![asked]]).await.unwrap();
    let list = site.keeper.store().load_list().await.unwrap().list;
    assert_eq!(list.unwrap().seq(), listed.seq);
    listed.seq
}

async fn judged(replica: &mut Replica<'_>, seconds: u16) -> Judged {
    let question = replica.question(seconds);
    let site = replica.site;
    let bytes = question.to_bytes(site.speaker.delivery_key(), "web");
    let (status, answer) = post(site.address, "web", &bytes).await;
    assert_eq!(status, 200);
    replica.judge(&question, &answer)
}

/// Waits for the next list, and takes it.
async fn next_list(replica: &mut Replica<'_>) -> RevocationList {
    loop {
        if let Some(news) = judged(replica, 25).await.news {
            replica.held = Some(news.head);
            if let Some(list) = news.list {
                return list;
            }
        }
    }
}
