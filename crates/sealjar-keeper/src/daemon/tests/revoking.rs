//! What comes of a request to revoke?

use std::fs;
use std::time::Duration;

use sealjar::{Revocation, RevocationList, Timestamp};
use sealjar_follow::{Instance, RevokeOutcome, RevokeRefusal, RevokeRequest, SpeakerKey};

use super::{Site, post_to};
use crate::daemon::gate::Bounds;
use crate::daemon::revoking::Pace;
use crate::followed::Outcome;
use crate::store::{RingStore as _, StoredList};

fn session(id: u8) -> Revocation {
    Revocation::Session {
        id: [id; 8],
        born: Timestamp::now().ok(),
    }
}

fn request(revocations: &[Revocation]) -> RevokeRequest {
    RevokeRequest {
        nonce: [7; 16],
        instance: Instance::from_bytes([1; 16]),
        time: Timestamp::now().unwrap(),
        revocations: revocations.to_vec(),
    }
}

impl Site {
    async fn send(&self, request: &RevokeRequest) -> RevokeOutcome {
        let bytes = request.to_bytes(self.speaker.delivery_key(), "web");
        self.send_bytes(&bytes).await
    }

    async fn send_bytes(&self, request: &[u8]) -> RevokeOutcome {
        let (status, answer) = post_to(self.address, "/v1/rings/web/revoke", request).await;
        assert_eq!(status, 200);
        let key = self.speaker.delivery_key();
        RevokeOutcome::verify(key, "web", &[7; 16], &answer).unwrap()
    }

    async fn stored(&self) -> StoredList {
        self.keeper.store().load_list().await.unwrap()
    }

    async fn list(&self) -> RevocationList {
        self.stored().await.list.unwrap()
    }
}

fn committed(outcome: RevokeOutcome) -> u64 {
    match outcome {
        RevokeOutcome::Committed { seq } => seq,
        other => panic!("{other:?}"),
    }
}

fn refused(refusal: RevokeRefusal) -> RevokeOutcome {
    RevokeOutcome::NotCommitted(refusal)
}

#[tokio::test]
async fn what_is_answered_is_in_the_store_and_reaches_the_replicas_that_wait() {
    let site = Site::begin().await;
    let mut replica = site.replica();
    replica.ask(0).await;
    let (_, seq) = tokio::join!(replica.ask(25), async {
        committed(site.send(&request(&[session(1), session(2)])).await)
    });
    let list = site.list().await;
    assert_eq!(list.seq(), seq);
    assert!(list.covers_session([1; 8]) && list.covers_session([2; 8]));
    assert!(!list.covers_session([3; 8]));
    assert_eq!(replica.list, Some(list));
    assert_eq!(replica.head().seq, seq);
}

#[tokio::test]
async fn requests_that_come_together_are_one_commit() {
    let site = Site::begin().await;
    let (first, second, third) = (
        request(&[session(1)]),
        request(&[session(2)]),
        request(&[session(3)]),
    );
    let (first, second) = tokio::join!(site.send(&first), site.send(&second));
    assert_eq!(committed(first), committed(second));
    // The control: what comes later is a commit of its own.
    assert!(committed(site.send(&third).await) > committed(first));
    assert_eq!(site.list().await.session_records(), 3);
}

#[tokio::test]
async fn a_recorded_request_changes_nothing_and_uses_up_nothing() {
    let pace = Pace {
        per_minute: 3,
        ..Pace::default()
    };
    let site = Site::with(Bounds::of_this_process(), pace, false).await;
    // One of the birth that is not known, which gets its time from the request.
    let unborn = Revocation::Session {
        id: [9; 8],
        born: None,
    };
    let recorded = request(&[session(1), unborn]);
    let recorded = recorded.to_bytes(site.speaker.delivery_key(), "web");
    let seq = committed(site.send_bytes(&recorded).await);
    let before = site.stored().await;
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    for _ in 0..3 {
        assert_eq!(committed(site.send_bytes(&recorded).await), seq);
    }
    let after = site.stored().await;
    assert_eq!(before.bytes, after.bytes);
    // The control: one more record is another list, and the last that this replica may add.
    assert!(committed(site.send(&request(&[session(2)])).await) > seq);
    let too_many = site.send(&request(&[session(3)])).await;
    assert_eq!(too_many, refused(RevokeRefusal::TooMany));
    // Another replica is not stopped by that.
    let other = RevokeRequest {
        instance: Instance::from_bytes([2; 16]),
        ..request(&[session(3)])
    };
    committed(site.send(&other).await);
}

#[tokio::test]
async fn of_requests_that_come_together_one_that_is_refused_stops_no_other() {
    let site = Site::begin().await;
    let future = Revocation::Subject {
        hash: [4; 8],
        born_before: Timestamp::now().unwrap().saturating_add(3600),
    };
    let (bad, good) = (request(&[session(1), future]), request(&[session(2)]));
    let (bad, good) = tokio::join!(site.send(&bad), site.send(&good));
    assert_eq!(bad, refused(RevokeRefusal::InFuture));
    committed(good);
    let list = site.list().await;
    assert!(!list.covers_session([1; 8]), "all of a request or nothing");
    assert!(list.covers_session([2; 8]));
}

#[tokio::test]
async fn a_request_of_another_time_is_refused_and_says_that_it_is_the_clock() {
    let site = Site::begin().await;
    let now = Timestamp::now().unwrap();
    for time in [now.saturating_sub(600), now.saturating_add(600)] {
        let request = RevokeRequest {
            time,
            ..request(&[session(1)])
        };
        assert_eq!(site.send(&request).await, refused(RevokeRefusal::Clock));
    }
    assert!(site.stored().await.list.is_none());
    committed(site.send(&request(&[session(1)])).await);
}

#[tokio::test]
async fn whoever_lacks_the_key_or_names_another_ring_gets_nothing_signed() {
    let site = Site::begin().await;
    let key = site.speaker.delivery_key();
    let other = SpeakerKey::generate().unwrap();
    let request = request(&[session(1)]);
    let genuine = request.to_bytes(key, "web");
    let mut damaged = genuine.clone();
    damaged[60] ^= 1;
    for (ring, bytes, status) in [
        ("web", request.to_bytes(other.delivery_key(), "web"), 401),
        ("web", damaged, 401),
        ("shop", genuine.clone(), 401),
        ("shop", request.to_bytes(key, "shop"), 404),
        ("web", genuine[..80].to_vec(), 400),
        ("web", vec![0; RevokeRequest::MAX_LEN + 1], 400),
    ] {
        let path = format!("/v1/rings/{ring}/revoke");
        let (found, answer) = post_to(site.address, &path, &bytes).await;
        assert_eq!((found, answer.len()), (status, 0));
    }
    assert_eq!(site.followed.counted(Outcome::Forged), 3);
    assert_eq!(site.followed.counted(Outcome::Malformed), 3);
    assert!(site.stored().await.list.is_none());
    committed(site.send_bytes(&genuine).await);
}

/// Otherwise the first commit after a backup was put back would un-revoke what came after it.
#[tokio::test]
async fn a_keeper_that_has_just_started_commits_nothing_and_says_so() {
    let site = Site::with(Bounds::of_this_process(), Pace::default(), true).await;
    let outcome = site.send(&request(&[session(1)])).await;
    assert_eq!(outcome, refused(RevokeRefusal::Stopped));
    assert!(site.stored().await.list.is_none());
}

#[tokio::test]
async fn a_keeper_without_its_store_does_not_say_that_it_has_committed() {
    let site = Site::begin().await;
    committed(site.send(&request(&[session(1)])).await);
    let store = site.directory.path().join("ring.json.keeper");
    let aside = site.directory.path().join("aside");
    fs::rename(&store, &aside).unwrap();
    let outcome = site.send(&request(&[session(2)])).await;
    assert!(
        !matches!(outcome, RevokeOutcome::Committed { .. }),
        "{outcome:?}"
    );
    fs::rename(&aside, &store).unwrap();
    committed(site.send(&request(&[session(2)])).await);
}
