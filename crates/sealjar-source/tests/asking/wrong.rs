//! Does a replica take what no keeper has said, or say that it holds what it does not use?

use std::time::Duration;

use sealjar_source::Outcome;

use crate::keeper::{Keeper, Wrong};
use crate::{Rings, follow, start, until, until_epoch};

#[tokio::test]
async fn what_no_keeper_has_signed_is_never_taken() {
    let rings = Rings::new();
    let keeper = Keeper::with(rings.document(1)).await;
    let mut watcher = start(follow(&[&keeper])).await;
    keeper.until_named(1).await;
    for (wrong, words) in [
        (Wrong::OtherKey, "not signed"),
        (
            Wrong::OtherNonce,
            "not signed by the keeper, or is one to another question",
        ),
        (Wrong::OtherDocument, "not what the keeper has signed"),
        (Wrong::Garbage, "no head"),
        (Wrong::Status(503), "cannot answer now"),
        (Wrong::Status(404), "a ring of another name"),
    ] {
        keeper.publish(rings.document(9));
        keeper.answer_wrong(wrong);
        let event = until(&mut watcher, |it| {
            matches!(&it.outcome, Outcome::Refused(error) if error.to_string().contains(words))
        })
        .await;
        assert!(matches!(event.outcome, Outcome::Refused(_)), "{wrong:?}");
        assert_eq!(watcher.ring().load().epoch(), 1, "{wrong:?}");
        // The control: the same keeper, with nothing wrong.
        keeper.publish(rings.document(1));
        keeper.answer_wrong(Wrong::Nothing);
        until(&mut watcher, |it| matches!(it.outcome, Outcome::Recovered)).await;
    }
    keeper.publish(rings.document(9));
    until_epoch(&mut watcher, 9).await;
}

/// A keeper counts what questions name as held.
#[tokio::test]
async fn a_ring_that_is_refused_is_never_named_as_held() {
    let [rings, others] = [Rings::new(), Rings::new()];
    let keeper = Keeper::with(rings.document(1)).await;
    let mut watcher = start(follow(&[&keeper])).await;
    keeper.until_named(1).await;
    // Another ring of the same name, which the replica refuses.
    keeper.publish(others.document(2));
    let event = until(&mut watcher, |it| matches!(it.outcome, Outcome::Refused(_))).await;
    assert!(format!("{event:?}").contains("another ring"), "{event:?}");
    // It continues to ask.
    let asked = keeper.named().len();
    while keeper.named().len() < asked + 2 {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(!keeper.named().contains(&Some(2)), "{:?}", keeper.named());
    assert_eq!(watcher.ring().load().epoch(), 1);
    // The control: one that is taken is named.
    keeper.publish(rings.document(3));
    until_epoch(&mut watcher, 3).await;
    keeper.until_named(3).await;
}
