//! Does a replica get the list of revocations in as few bytes as will do?

use std::sync::Arc;

use sealjar::Revocation;
use sealjar_follow::{ANSWER_LEN, Parts};

use super::{Replica, Site, post};

/// The kinds of the parts behind a head.
fn kinds(answer: &[u8]) -> Vec<u8> {
    let mut rest = &answer[ANSWER_LEN..];
    assert!(Parts::read(rest).is_some());
    let mut kinds = Vec::new();
    while let [kind, a, b, c, d, ..] = *rest {
        kinds.push(kind);
        let length = u32::from_be_bytes([a, b, c, d]);
        rest = &rest[5 + usize::try_from(length).unwrap()..];
    }
    kinds
}

impl Site {
    /// Revokes so many sessions whose ids begin with this byte, in one commit.
    async fn revoke(&self, first: u8, count: u32) -> u64 {
        let session = |at: u32| {
            let mut id = [first; 8];
            id[4..].copy_from_slice(&at.to_be_bytes());
            Revocation::Session { id, born: None }
        };
        let request = (0..count).map(session).collect();
        let listed = self.keeper.revoke_listed(&[request]).await.unwrap();
        listed.outcomes[0].as_ref().unwrap();
        // What is current is read every second.
        tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
        listed.seq
    }
}

impl Replica<'_> {
    /// Asks, takes what comes, and returns the kinds of its parts.
    async fn take(&mut self) -> Vec<u8> {
        let question = self.question(0);
        let bytes = question.to_bytes(self.site.speaker.delivery_key(), "web");
        let (status, answer) = post(self.site.address, "web", &bytes).await;
        assert_eq!(status, 200);
        let judged = self.judge(&question, &answer);
        if let Some(news) = judged.news {
            self.list = news.list.or(self.list.take());
            self.held = Some(news.head);
        }
        kinds(&answer)
    }

    fn seq(&self) -> u64 {
        self.list.as_ref().map_or(0, |it| it.seq())
    }
}

#[tokio::test]
async fn the_whole_list_comes_once_and_then_only_what_has_changed() {
    let site = Site::begin().await;
    site.revoke(1, 50).await;
    let mut replica = site.replica();
    assert_eq!(replica.take().await, [1, 2]);
    assert!(replica.take().await.is_empty());
    for first in 2..5 {
        let seq = site.revoke(first, 1).await;
        assert_eq!(replica.take().await, [3]);
        assert_eq!(replica.seq(), seq);
    }
    // A new epoch comes without the list.
    site.commit().await;
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    assert_eq!(replica.take().await, [1]);
    // Who names nothing gets everything.
    let mut anew = site.replica();
    assert_eq!(anew.take().await, [1, 2]);
    assert_eq!(anew.list, replica.list);
}

/// 1000 replicas that start together would otherwise have 1000 lists in the keeper's memory.
#[tokio::test]
async fn large_lists_go_out_a_few_at_a_time_and_the_others_come_back() {
    let site = Site::begin().await;
    site.revoke(1, 6_000).await;
    let mut replica = site.replica();
    replica.take().await;
    let places = Arc::clone(&site.large);
    // The last one is given back when its connection ends.
    let all = places.acquire_many(16).await.unwrap();
    assert!(places.try_acquire().is_err());
    let mut starting = site.replica();
    let question = starting.question(0);
    let bytes = question.to_bytes(site.speaker.delivery_key(), "web");
    assert_eq!(post(site.address, "web", &bytes).await.0, 503);
    // Who has the list already is not turned away for them.
    site.revoke(2, 1).await;
    assert_eq!(replica.take().await, [3]);
    drop(all);
    assert_eq!(starting.take().await, [1, 2]);
    assert_eq!(starting.list, replica.list);
}
