//! Two replicas whose rings do not always have the same epoch.

use std::task::{Context as Task, Poll, Waker};
use std::time::Duration;

use sealjar::{KeyRing, LiveRing, OpenError, Phase, RingError, Sealer, Timestamp};

use super::{context, first_epoch, now, ring};

const HOUR: Duration = Duration::from_secs(3600);

struct Replica {
    live: LiveRing,
    links: Sealer,
}

impl Replica {
    /// A replica that has read a document from a keeper.
    fn started_with(document: &str) -> Self {
        let live = LiveRing::new(KeyRing::from_json(document.as_bytes()).unwrap());
        let links = Sealer::new(&live, context()).unwrap();
        Self { live, links }
    }

    fn takes(&self, document: &str) -> Result<(), RingError> {
        let ring = KeyRing::from_json(document.as_bytes())?;
        self.live.replace_at(ring, Some(now()))
    }

    fn opens(&self, link: &str, at: Timestamp) -> bool {
        self.links.open_at(link, at).is_ok()
    }
}

#[test]
fn keys_rotate_under_two_replicas_of_which_one_is_late_and_no_link_is_refused() {
    let first = ring(first_epoch());
    let mut draft = first.draft();
    draft.epoch = 2;
    let standby = draft.keys[1].id();
    draft.keys[1].seals_from = Some(now().saturating_add(30));
    let [first, second] = [first, ring(draft)].map(|ring| ring.to_json());

    let (ahead, behind) = (Replica::started_with(&first), Replica::started_with(&first));
    ahead.takes(&second).unwrap();
    let later = now().saturating_add(60);
    let links = [&ahead, &behind].map(|it| it.links.seal_at(b"x", HOUR, later).unwrap());
    assert_eq!(links[0].key_id(), standby);
    assert_ne!(links[1].key_id(), standby);
    for link in links.map(|link| link.to_string()) {
        assert!(ahead.opens(&link, later) && behind.opens(&link, later));
    }
    let phase = |replica: &Replica| replica.live.load().phase(standby, later);
    assert_eq!(phase(&ahead), Some(Phase::Sealing));
    assert_eq!(phase(&behind), Some(Phase::Standby));

    // An older epoch comes back from a backup, and another ring replaces this one.
    let refused = ahead.takes(&first).unwrap_err();
    assert_eq!(
        refused,
        RingError::Older {
            current: 2,
            found: 1
        }
    );
    let stranger = ring(first_epoch()).to_json();
    assert!(matches!(
        ahead.takes(&stranger),
        Err(RingError::Another { .. })
    ));
    assert_eq!(ahead.live.load().epoch(), 2);
}

#[test]
fn a_replica_that_meets_an_unknown_key_hears_of_it_and_opens_once_it_has_the_ring() {
    let first = ring(first_epoch());
    let mut draft = first.draft();
    draft.epoch = 2;
    let mut new = super::standby();
    new.seals_from = Some(now());
    draft.keys.push(new);
    let [first, second] = [first, ring(draft)].map(|ring| ring.to_json());

    let (ahead, behind) = (
        Replica::started_with(&second),
        Replica::started_with(&first),
    );
    let link = ahead.links.seal_at(b"x", HOUR, now()).unwrap();
    let mut task = Task::from_waker(Waker::noop());
    assert!(behind.live.poll_unknown(&mut task).is_pending());
    let refused = behind.links.open_at(link.to_string(), now()).unwrap_err();
    assert_eq!(refused, OpenError::UnknownKey(link.key_id()));
    assert_eq!(
        behind.live.poll_unknown(&mut task),
        Poll::Ready(link.key_id())
    );
    behind.takes(&second).unwrap();
    assert!(behind.opens(&link.to_string(), now()));
}

#[test]
fn what_is_revoked_is_refused_by_every_replica_that_has_the_epoch() {
    let first = ring(first_epoch());
    let ours = Replica::started_with(&first.to_json());
    let link = ours.links.seal_at(b"x", HOUR, now()).unwrap().to_string();
    assert!(ours.opens(&link, now()));

    let mut draft = first.draft();
    draft.epoch = 2;
    draft.revocations.floor = Some(now().saturating_add(1));
    let floored = ring(draft);
    ours.takes(&floored.to_json()).unwrap();
    assert_eq!(
        ours.links.open_at(&link, now()).unwrap_err(),
        OpenError::RevokedAll
    );

    let mut draft = floored.draft();
    draft.epoch = 3;
    let id = draft.keys[0].id();
    draft.keys[0].revoke();
    let revoked = ring(draft);
    assert!(
        !revoked.to_json().contains(&*secret_of(&first.to_json())),
        "its secret is gone"
    );
    ours.takes(&revoked.to_json()).unwrap();
    assert_eq!(
        ours.links.open_at(&link, now()).unwrap_err(),
        OpenError::RevokedKey(id)
    );
}

/// The first key's secret, as it is written in a document.
fn secret_of(document: &str) -> String {
    let begin = document.find("sealjar-key-1_").unwrap();
    document[begin..]
        .chars()
        .take_while(|it| *it != '"')
        .collect()
}
