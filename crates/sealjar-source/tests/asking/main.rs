//! Does a replica follow keepers that answer, and go on when none does?
//!
//! The keepers here speak the protocol and can also be told to break it. Real ones, as processes,
//! are in the repository's `tests/keeper`.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod alone;
mod keeper;
mod lists;
mod revoking;
mod starting;
mod wrong;

use std::time::Duration;

use sealjar::keeper::{ListDraft, ListRecord, RingDraft, Room};
use sealjar::{Key, KeyRing, RevocationList, RingKey, Suite, Timestamp};
use sealjar_source::{DeliveryKey, Event, Follow, Outcome, RingSource, Watcher};

use crate::keeper::Keeper;

/// The first epochs of one ring.
struct Rings(RingDraft);

impl Rings {
    fn new() -> Self {
        let standby = || {
            let key = Key::generate(Suite::Xaes256Gcm).unwrap();
            RingKey::standby(key, 86_400, 1, Timestamp::MIN)
        };
        let mut sealing = standby();
        sealing.seals_from = Some(Timestamp::MIN);
        Self(RingDraft {
            issued_at: Timestamp::MIN,
            keys: vec![sealing, standby()],
            ..RingDraft::named("web", 0).unwrap()
        })
    }

    fn document(&self, epoch: u64) -> Vec<u8> {
        let mut draft = self.0.clone();
        draft.epoch = epoch;
        let ring: KeyRing = draft.build().unwrap();
        ring.to_json().as_bytes().to_vec()
    }

    /// A list of this ring in which these sessions were revoked, one commit after the other.
    fn list(&self, ids: &[u8]) -> RevocationList {
        let mut list = RevocationList::empty(&self.0.clone().build().unwrap());
        for id in ids {
            let now = Timestamp::now().unwrap();
            let mut next = ListDraft::new(&list, list.seq() + 1, Timestamp::MIN);
            let record = ListRecord::Session {
                id: [*id; 8],
                until: now.saturating_add(604_830),
            };
            next.add(&[record], Room::Applications).unwrap();
            list = next.build();
        }
        list
    }
}

/// A replica of these keepers, which all have the key of the first.
fn follow(keepers: &[&Keeper]) -> Follow {
    let addresses = keepers.iter().map(|it| it.url());
    Follow::new("web", delivery_key(keepers[0]), addresses).named("web.1")
}

fn delivery_key(keeper: &Keeper) -> DeliveryKey {
    DeliveryKey::from_bytes(keeper.speaker().delivery_key().to_text().as_bytes()).unwrap()
}

async fn start(follow: Follow) -> Watcher<Follow> {
    // It looks only when it hears of something.
    let watcher = Watcher::start(follow).await.unwrap();
    watcher.poll_every(Duration::from_secs(3600))
}

/// Takes turns until one comes to what is waited for.
async fn until(
    watcher: &mut Watcher<impl RingSource>,
    mut is_it: impl FnMut(&Event) -> bool,
) -> Event {
    let turns = async {
        loop {
            let event = watcher.turn().await;
            if is_it(&event) {
                return event;
            }
        }
    };
    tokio::time::timeout(LIMIT, turns).await.unwrap()
}

async fn until_epoch(watcher: &mut Watcher<impl RingSource>, epoch: u64) {
    until(
        watcher,
        |event| matches!(event.outcome, Outcome::Replaced { to, .. } if to == epoch),
    )
    .await;
}

async fn until_list(watcher: &mut Watcher<impl RingSource>, seq: u64) {
    until(watcher, |event| event.list == Some(seq)).await;
}

const LIMIT: Duration = Duration::from_secs(60);
