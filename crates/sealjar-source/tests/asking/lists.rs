//! Does a replica take the list of revocations with the ring, and refuse what it revokes?

use std::time::Duration;

use sealjar::{KeyRing, ListDelta, Timestamp};
use sealjar_follow::RevokeOutcome;
use sealjar_source::{
    Follow, Follower, Look, Outcome, Reason, RingSource as _, Sent as Revoked, Watcher,
};

use crate::keeper::{Keeper, Revoking, Sent};
use crate::{Rings, delivery_key, follow, start, until, until_epoch, until_list};

fn covers(watcher: &Watcher<Follow>, id: u8) -> bool {
    watcher.ring().list().covers_session([id; 8])
}

#[tokio::test]
async fn a_replica_starts_with_the_list_and_gets_each_later_one_without_a_new_ring() {
    let rings = Rings::new();
    let keeper = Keeper::with(rings.document(1)).await;
    keeper.publish_list(rings.list(&[1]), None);
    let mut watcher = start(follow(&[&keeper])).await;
    assert!(covers(&watcher, 1));
    assert!(!covers(&watcher, 2));
    keeper.until_named(1).await;
    let ring = watcher.ring().load();

    keeper.publish_list(rings.list(&[1, 2]), None);
    let event = until(&mut watcher, |event| event.list == Some(2)).await;
    assert!(matches!(event.outcome, Outcome::Unchanged), "{event:?}");
    assert!(covers(&watcher, 1) && covers(&watcher, 2));
    // Nobody has read the ring again.
    assert!(std::sync::Arc::ptr_eq(&ring, &watcher.ring().load()));
    assert_eq!(keeper.sent(), [Sent::Whole, Sent::Whole]);

    // A new epoch comes without the list, which stays.
    keeper.publish(rings.document(2));
    until_epoch(&mut watcher, 2).await;
    assert!(covers(&watcher, 1) && covers(&watcher, 2));
    assert!(keeper.sent().is_empty());

    // Both at once.
    keeper.publish(rings.document(3));
    keeper.publish_list(rings.list(&[1, 2, 3]), None);
    while watcher.ring().load().epoch() < 3 || !covers(&watcher, 3) {
        watcher.turn().await;
    }
}

/// A source is also one for other watchers than ours.
#[tokio::test]
async fn the_ring_in_use_can_be_had_again_after_a_change_of_the_list_alone() {
    let rings = Rings::new();
    let keeper = Keeper::with(rings.document(1)).await;
    let mut follow = follow(&[&keeper]);
    let first = follow.look().await.unwrap();
    let ring = first.ring.unwrap();
    assert!(first.list.is_none());
    follow.accepted(&ring);
    keeper.publish_list(rings.list(&[1]), None);
    let list = loop {
        follow.changed().await;
        let look = follow.look().await.unwrap();
        assert!(look.ring.is_none());
        if let Some(list) = look.list {
            break list;
        }
    };
    assert_eq!(*list, rings.list(&[1]));
    assert_eq!(follow.current().await.unwrap().epoch(), 1);
}

#[tokio::test]
async fn what_has_changed_is_enough_and_where_it_leads_elsewhere_the_whole_list_comes() {
    let rings = Rings::new();
    let keeper = Keeper::with(rings.document(1)).await;
    let lists: Vec<_> = (1..=3).map(|it| rings.list(&[1, 2, 3][..it])).collect();
    let wrong = rings.list(&[1, 2, 9]);
    let delta = |newer| ListDelta::between(&lists[0], newer);
    keeper.publish_list(lists[0].clone(), None);
    let mut watcher = start(follow(&[&keeper])).await;
    keeper.until_named(1).await;
    assert_eq!(keeper.sent(), [Sent::Whole]);

    keeper.publish_list(lists[1].clone(), delta(&lists[1]));
    until_list(&mut watcher, 2).await;
    assert_eq!(*watcher.ring().list(), lists[1]);
    assert_eq!(keeper.sent(), [Sent::Delta]);

    // Under the same number it has another record.
    keeper.publish_list(lists[2].clone(), delta(&wrong));
    until_list(&mut watcher, 3).await;
    assert_eq!(*watcher.ring().list(), lists[2]);
    assert_eq!(keeper.sent(), [Sent::Delta, Sent::Whole]);
    assert!(keeper.named().contains(&None));
    assert!(watcher.readiness().failure().is_none());
}

#[tokio::test]
async fn a_replica_passes_on_its_list_and_one_without_a_keeper_refuses_what_is_in_it() {
    let rings = Rings::new();
    let keeper = Keeper::with(rings.document(7)).await;
    keeper.publish_list(rings.list(&[1]), None);
    let first = follow(&[&keeper]);
    let relay = first.relay();
    let mut first = start(first).await;
    let app = Keeper::relaying(relay).await;
    let dead = Keeper::with(rings.document(1)).await;
    dead.answer_wrong(crate::keeper::Wrong::Status(500));
    let second = Follow::new("web", delivery_key(&keeper), [dead.url()]).relays([app.url()]);
    let mut second = start(second).await;
    assert!(covers(&second, 1));
    keeper.until_named(7).await;
    keeper.publish_list(rings.list(&[1, 2]), None);
    until_list(&mut first, 2).await;
    // It has the ring already.
    until_list(&mut second, 2).await;
    assert!(covers(&second, 2));
}

#[tokio::test]
async fn what_is_committed_is_in_use_here_when_the_application_hears_of_it() {
    let rings = Rings::new();
    let keeper = Keeper::with(rings.document(1)).await;
    let follow = follow(&[&keeper]);
    let revocations = follow.revocations();
    let watcher = start(follow).await;
    keeper.until_named(1).await;
    let live = watcher.ring().clone();
    tokio::spawn(watcher.run());
    keeper.revoke(Revoking::Says(RevokeOutcome::Committed { seq: 1 }));
    let revocation = sealjar::Revocation::Session {
        id: [1; 8],
        born: None,
    };
    keeper.publish_list(rings.list(&[1]), None);
    let sent = revocations.send(&[revocation]).await;
    assert_eq!(
        sent,
        Revoked::Committed {
            seq: 1,
            in_use: true
        }
    );
    assert!(live.list().covers_session([1; 8]));
    // The control: a list that does not come is not waited for forever.
    keeper.revoke(Revoking::Says(RevokeOutcome::Committed { seq: 2 }));
    let sent = revocations.send(&[revocation]).await;
    assert_eq!(
        sent,
        Revoked::Committed {
            seq: 2,
            in_use: false
        }
    );
}

#[test]
fn a_list_that_may_not_replace_the_one_in_use_is_refused_and_says_why() {
    let rings = Rings::new();
    let ring = |epoch| KeyRing::from_json(&rings.document(epoch)).unwrap();
    let mut follower = Follower::new("the test", ring(1), Duration::ZERO);
    let mut take = |epoch, ids: &[u8]| {
        let mut look = Look::from(ring(epoch));
        look.list = Some(rings.list(ids).into());
        let now = Timestamp::now().unwrap();
        follower.take_look(Reason::Poll, Ok(look), Duration::ZERO, now)
    };
    assert_eq!(take(2, &[1, 2]).list, Some(2));
    let same = take(2, &[1, 2]);
    assert!(matches!(same.outcome, Outcome::Unchanged) && same.list.is_none());
    for (ids, words) in [
        (&[1][..], "list 1 is older than list 2"),
        (&[1, 3], "list 2 is in use with other content"),
    ] {
        let Outcome::Refused(error) = take(2, ids).outcome else {
            panic!("{ids:?}");
        };
        assert!(error.to_string().contains(words), "{error}");
        assert!(!error.hint().is_empty());
    }
    // With a ring that is refused, nothing of the look comes into use.
    assert!(matches!(take(1, &[1, 2, 3]).outcome, Outcome::Refused(_)));
    assert_eq!(follower.ring().list().seq(), 2);
}
