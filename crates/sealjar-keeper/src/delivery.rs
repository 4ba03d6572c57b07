//! Which epochs every replica is known to hold. No part of the public interface: see `__program`.

mod pace;
mod trouble;

use sealjar::Timestamp;

pub use crate::delivery::pace::Pace;
pub use crate::delivery::trouble::Trouble;

/// What is known of where a ring has arrived.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Delivery {
    /// Replicas say what they hold, and they alone decide.
    Acknowledged(Fleet),
    /// Nobody says. An epoch is held once its publication was finished long enough ago.
    Unacknowledged(Publications),
}

/// The services that a ring is delivered to.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Fleet {
    /// They get the ring in this order.
    pub services: Vec<ServiceDelivery>,
    /// The last epoch whose publication was finished, and when, by the clock of the keeper that
    /// finished it.
    pub published: Option<(u64, Timestamp)>,
    /// When the last replica ended that held an earlier epoch than its service has, where the
    /// orchestrator tells.
    pub last_end: Option<Timestamp>,
    /// What the orchestrator's clock shows, where it tells.
    pub clock: Option<Timestamp>,
    /// The keepers of the ring, as far as they are replicas as well. They hold no epoch.
    pub keepers: Vec<Replica>,
}

/// A service: replicas that get the ring together.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ServiceDelivery {
    /// Its name.
    pub name: String,
    /// The epoch that a replica gets which starts now, `None` where the service is not there or has
    /// no ring.
    pub epoch: Option<u64>,
    /// What its roll-out is at, in the orchestrator's own word, if there ever was one.
    pub roll_out: Option<String>,
    /// Why it does not get the ring, if it does not.
    pub trouble: Option<Trouble>,
    /// Its replicas, those that are about to end too.
    pub replicas: Vec<Replica>,
    /// How fast they are replaced, where the orchestrator tells.
    pub pace: Option<Pace>,
}

/// A replica that says what it holds.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Replica {
    /// Its name, for people.
    pub name: String,
    /// The machine it runs on.
    pub node: String,
    /// What it is at, in the orchestrator's own word.
    pub state: String,
    /// The epoch it holds, 0 for none.
    pub epoch: u64,
}

impl Fleet {
    /// Returns the replicas of all services.
    pub fn replicas(&self) -> impl Iterator<Item = &Replica> {
        self.services.iter().flat_map(|it| &it.replicas)
    }

    /// Takes replicas that name a later epoch than the head's for replicas without one: what they
    /// have came before the head, and was numbered under a clock that was ahead.
    pub fn hold_nothing_after(&mut self, head: u64) {
        let replicas = self.services.iter_mut().flat_map(|it| &mut it.replicas);
        for replica in replicas.filter(|it| it.epoch > head) {
            replica.epoch = 0;
        }
    }
}

/// The epochs whose publication was finished, and when. Only what is still needed is kept.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Publications(Vec<Finished>);

/// An epoch whose publication was finished.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Finished {
    /// The epoch.
    pub epoch: u64,
    /// When, by the clock of the keeper that finished it.
    pub at: Timestamp,
    /// How many seconds after that it is known to be held, under the times that it was published
    /// with.
    pub wait: u32,
}

impl Publications {
    /// Takes what a store has recorded, the earliest epoch first.
    #[must_use]
    pub fn recorded(mut finished: Vec<Finished>) -> Self {
        finished.sort_unstable_by_key(|it| it.epoch);
        Self(finished)
    }

    /// Returns what a store has to record, the earliest epoch first.
    #[must_use]
    pub fn finished(&self) -> &[Finished] {
        &self.0
    }

    /// Returns whether the publication of `epoch` was finished.
    #[must_use]
    pub fn has(&self, epoch: u64) -> bool {
        self.0.iter().any(|it| it.epoch == epoch)
    }

    /// Adds an epoch that has just been published. `wait` is how many seconds after that it is
    /// known to be held.
    pub fn add(&mut self, epoch: u64, at: Timestamp, wait: u32) {
        // A replica that holds a later epoch needs no earlier one, so the latest that is held is
        // enough.
        if let Some(held) = self.0.iter().rposition(|it| it.held_from(wait) <= at) {
            self.0.drain(..held);
        }
        self.0.push(Finished { epoch, at, wait });
    }

    /// Forgets all publications but this one: what was delivered had been replaced by something
    /// else, so that a replica may have started from that.
    pub fn restart(&mut self, epoch: u64, at: Timestamp, wait: u32) {
        self.0 = vec![Finished { epoch, at, wait }];
    }

    /// Returns the latest time on record.
    #[must_use]
    pub fn latest(&self) -> Option<Timestamp> {
        self.0.iter().map(|it| it.at).max()
    }
}

impl Finished {
    /// Times that have become shorter since shorten no wait that has begun.
    fn held_from(&self, wait: u32) -> Timestamp {
        self.at.saturating_add(self.wait.max(wait))
    }
}

impl Delivery {
    /// Returns from when on every replica is known to hold `epoch` or a later one, `None` when only
    /// replicas can tell and they have not.
    ///
    /// `wait` is how many seconds after a finished publication that is, where nobody acknowledges.
    #[must_use]
    pub fn held_from(&self, epoch: u64, wait: u32) -> Option<Timestamp> {
        match self {
            Self::Acknowledged(fleet) => {
                let all = fleet.replicas().all(|replica| replica.epoch >= epoch);
                all.then_some(Timestamp::MIN)
            }
            Self::Unacknowledged(Publications(finished)) => finished
                .iter()
                .filter(|it| it.epoch >= epoch)
                .map(|it| it.held_from(wait))
                .min(),
        }
    }

    /// Returns the replicas that are known to hold only an earlier epoch.
    pub fn lagging(&self, epoch: u64) -> impl Iterator<Item = &Replica> {
        let fleet = match self {
            Self::Acknowledged(fleet) => Some(fleet),
            Self::Unacknowledged(_) => None,
        };
        let replicas = fleet.into_iter().flat_map(Fleet::replicas);
        replicas.filter(move |replica| replica.epoch < epoch)
    }

    /// Forgets what is recorded of publications after a time, or of epochs after one. Returns
    /// whether there was any.
    pub(crate) fn forget_after(&mut self, at: Timestamp, epoch: u64) -> bool {
        let stays = |it: (u64, Timestamp)| it.0 <= epoch && it.1 <= at;
        match self {
            Self::Acknowledged(fleet) => {
                let before = fleet.published;
                fleet.published = before.filter(|it| stays(*it));
                fleet.published != before
            }
            Self::Unacknowledged(Publications(finished)) => {
                let before = finished.len();
                finished.retain(|it| stays((it.epoch, it.at)));
                finished.len() != before
            }
        }
    }

    /// Whether the publication of an epoch was finished, as far as that was recorded.
    pub(crate) fn has_published(&self, epoch: u64) -> bool {
        match self {
            Self::Acknowledged(fleet) => fleet.published.is_some_and(|(it, _)| it == epoch),
            Self::Unacknowledged(publications) => publications.has(epoch),
        }
    }

    /// When the publication of an epoch, or of a later one, was finished, as far as that was
    /// recorded.
    pub(crate) fn published_from(&self, epoch: u64) -> Option<Timestamp> {
        match self {
            Self::Acknowledged(fleet) => {
                let published = fleet.published.filter(|(it, _)| *it >= epoch);
                published.map(|(_, at)| at)
            }
            Self::Unacknowledged(Publications(finished)) => {
                let finished = finished.iter().filter(|it| it.epoch >= epoch);
                finished.map(|it| it.at).min()
            }
        }
    }

    pub(crate) fn latest_publication(&self) -> Option<Timestamp> {
        match self {
            Self::Acknowledged(fleet) => fleet.published.map(|(_, at)| at),
            Self::Unacknowledged(publications) => publications.latest(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u32) -> Timestamp {
        Timestamp::from_stored(seconds)
    }

    #[test]
    fn a_publication_is_held_after_the_wait_and_stands_for_every_epoch_before() {
        let mut publications = Publications::default();
        publications.add(7, at(100), 10);
        publications.add(9, at(105), 10);
        let delivery = Delivery::Unacknowledged(publications.clone());
        assert_eq!(delivery.held_from(6, 10), Some(at(110)));
        assert_eq!(delivery.held_from(7, 10), Some(at(110)));
        assert_eq!(delivery.held_from(8, 10), Some(at(115)));
        assert_eq!(delivery.held_from(10, 10), None);

        publications.add(12, at(200), 10);
        let kept: Vec<u64> = publications.finished().iter().map(|it| it.epoch).collect();
        assert_eq!(kept, [9, 12], "9 is held, and so is 7");
        publications.restart(12, at(300), 10);
        let delivery = Delivery::Unacknowledged(publications);
        assert_eq!(delivery.held_from(7, 10), Some(at(310)));
    }

    #[test]
    fn one_replica_that_lags_is_one_too_many_and_is_named() {
        let replica = |name: &str, epoch| Replica {
            name: name.into(),
            epoch,
            ..Replica::default()
        };
        let service = |replicas| ServiceDelivery {
            name: "web".into(),
            epoch: Some(7),
            roll_out: None,
            trouble: None,
            replicas,
            pace: None,
        };
        let delivery = Delivery::Acknowledged(Fleet {
            services: vec![
                service(vec![replica("web.1", 7)]),
                service(vec![replica("web.2", 6)]),
            ],
            ..Fleet::default()
        });
        assert_eq!(delivery.held_from(6, 10), Some(Timestamp::MIN));
        assert_eq!(delivery.held_from(7, 10), None);
        let lagging: Vec<&str> = delivery.lagging(7).map(|it| it.name.as_str()).collect();
        assert_eq!(lagging, ["web.2"]);
    }
}
