//! Does an application learn what came of a revocation, and nothing more than that?

use sealjar::{Revocation, Timestamp};
use sealjar_follow::{RevokeOutcome, RevokeRefusal};
use sealjar_source::{DeliveryKey, Follow, RevocationSender, RevokeError, Sent, Watcher};

use crate::keeper::{Keeper, Revoking};
use crate::{Rings, delivery_key, follow, start};

const COMMITTED: Revoking = Revoking::Says(RevokeOutcome::Committed { seq: 3 });

fn revocation() -> Revocation {
    Revocation::Session {
        id: [7; 8],
        born: Some(Timestamp::from_stored(10_000_000)),
    }
}

fn refused(refusal: RevokeRefusal) -> Revoking {
    Revoking::Says(RevokeOutcome::NotCommitted(refusal))
}

/// A replica of these keepers, which answer.
async fn begin(keepers: &[&Keeper]) -> (Watcher<Follow>, RevocationSender) {
    let follow = follow(keepers);
    let revocations = follow.revocations();
    let watcher = start(follow).await;
    for keeper in keepers {
        keeper.until_named(1).await;
    }
    (watcher, revocations)
}

async fn two_keepers() -> (Keeper, Keeper) {
    let first = Keeper::with(Rings::new().document(1)).await;
    let second = first.beside().await;
    // The order in which they are asked.
    if first.url() < second.url() {
        (first, second)
    } else {
        (second, first)
    }
}

#[tokio::test]
async fn what_a_keeper_says_came_of_a_request_is_what_the_application_learns() {
    let keeper = Keeper::with(Rings::new().document(1)).await;
    let (_watcher, revocations) = begin(&[&keeper]).await;
    for (revoking, expected) in [
        (
            COMMITTED,
            Sent::Committed {
                seq: 3,
                in_use: false,
            },
        ),
        (
            refused(RevokeRefusal::Full),
            Sent::NotCommitted(RevokeError::Refused(RevokeRefusal::Full)),
        ),
        (
            Revoking::Says(RevokeOutcome::NotKnown),
            Sent::NotKnown(RevokeError::Late),
        ),
        (
            Revoking::OtherNonce(RevokeOutcome::Committed { seq: 3 }),
            Sent::NotKnown(RevokeError::Signature),
        ),
        (
            Revoking::OtherNonce(RevokeOutcome::NotCommitted(RevokeRefusal::Full)),
            Sent::NotKnown(RevokeError::Signature),
        ),
        (
            Revoking::Status(404),
            Sent::NotCommitted(RevokeError::NoSuchPage),
        ),
        (
            Revoking::Status(401),
            Sent::NotCommitted(RevokeError::NotAdmitted),
        ),
    ] {
        keeper.revoke(revoking);
        assert_eq!(revocations.send(&[revocation()]).await, expected);
    }
    for request in keeper.requests() {
        assert_eq!(request.revocations, [revocation()]);
    }
}

/// A proxy between the two may have passed the request on.
#[tokio::test]
async fn what_broke_off_after_it_was_sent_is_not_known_and_what_was_never_sent_is_not_committed() {
    let keeper = Keeper::with(Rings::new().document(1)).await;
    let (_watcher, revocations) = begin(&[&keeper]).await;
    for revoking in [
        Revoking::BreaksOff,
        Revoking::Status(502),
        Revoking::Status(503),
    ] {
        keeper.revoke(revoking);
        let sent = revocations.send(&[revocation()]).await;
        assert!(
            matches!(sent, Sent::NotKnown(RevokeError::Unreachable { .. })),
            "{revoking:?}: {sent:?}"
        );
    }
    drop(keeper);
    let sent = revocations.send(&[revocation()]).await;
    assert!(
        matches!(sent, Sent::NotCommitted(RevokeError::Unreachable { .. })),
        "{sent:?}"
    );
}

#[tokio::test]
async fn the_next_keeper_is_asked_if_one_does_not_commit() {
    let (first, second) = two_keepers().await;
    let (_watcher, revocations) = begin(&[&first, &second]).await;
    second.revoke(COMMITTED);
    for revoking in [
        refused(RevokeRefusal::Stopped),
        Revoking::BreaksOff,
        Revoking::Status(404),
        // After 2 seconds.
        Revoking::Hangs,
    ] {
        first.revoke(revoking);
        let sent = revocations.send(&[revocation()]).await;
        assert!(matches!(sent, Sent::Committed { seq: 3, .. }), "{sent:?}");
    }
    // Both got the same request.
    assert_eq!(first.requests(), second.requests());
    assert_eq!(first.requests().len(), 4);
}

/// The control of the test before: where the second refuses, what the first may have done counts.
#[tokio::test]
async fn that_one_keeper_refuses_does_not_say_what_another_one_did() {
    let (first, second) = two_keepers().await;
    let (_watcher, revocations) = begin(&[&first, &second]).await;
    let full = Sent::NotCommitted(RevokeError::Refused(RevokeRefusal::Full));
    for (one, other) in [(&first, &second), (&second, &first)] {
        one.revoke(Revoking::BreaksOff);
        other.revoke(refused(RevokeRefusal::Full));
        let sent = revocations.send(&[revocation()]).await;
        assert!(matches!(sent, Sent::NotKnown(_)), "{sent:?}");
        one.revoke(refused(RevokeRefusal::Full));
        assert_eq!(revocations.send(&[revocation()]).await, full);
    }
}

#[tokio::test]
async fn what_cannot_be_asked_for_is_refused_before_anybody_is_asked() {
    let keeper = Keeper::with(Rings::new().document(1)).await;
    keeper.revoke(COMMITTED);
    let key = DeliveryKey::from_bytes(delivery_key(&keeper).to_text().as_bytes()).unwrap();
    let idle = Follow::new("web", key, [keeper.url()]).revocations();
    let sent = idle.send(&[revocation()]).await;
    assert_eq!(sent, Sent::NotCommitted(RevokeError::NotFollowing));
    let (_watcher, revocations) = begin(&[&keeper]).await;
    let sent = revocations.send(&[]).await;
    assert_eq!(sent, Sent::NotCommitted(RevokeError::Nothing));
    let sent = revocations.send(&[revocation(); 257]).await;
    let too_long = RevokeError::TooLong { records: 257 };
    assert_eq!(sent, Sent::NotCommitted(too_long));
    assert!(keeper.requests().is_empty());
    let sent = revocations.send(&[revocation(); 256]).await;
    assert!(
        matches!(sent, Sent::Committed { .. }),
        "the control: {sent:?}"
    );
}

#[tokio::test]
async fn every_error_says_what_to_do() {
    for error in [
        RevokeError::Late,
        RevokeError::NoSuchPage,
        RevokeError::NotAdmitted,
        RevokeError::NotFollowing,
        RevokeError::Nothing,
        RevokeError::Refused(RevokeRefusal::TooMany),
        RevokeError::Signature,
        RevokeError::TooLong { records: 300 },
        RevokeError::Unreachable {
            reason: "connection refused".into(),
        },
    ] {
        let shown = format!("{error:?}");
        assert!(shown.contains("\nhint: "), "{shown}");
    }
}
