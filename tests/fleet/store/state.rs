//! What does a simulated store hold, and what happens to it?

use sealjar::Timestamp;
use sealjar_keeper::delivery::{Delivery, Fleet, Publications, Replica, ServiceDelivery};
use sealjar_keeper::plan::Publishing;
use sealjar_keeper::store::{StoreError, Version};

use crate::broken::Broken;
use crate::document::{Document, Happened, Place};
use crate::faults::{Dice, Fault, Rates, Tally};

/// The store's contents, and what the fleet has to know about them.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) now: u32,
    pub(crate) acknowledged: bool,
    pub(crate) publishing: Publishing,
    /// What the running replicas hold, if they acknowledge it.
    pub(crate) holders: Vec<Option<u64>>,
    pub(crate) rates: Rates,
    pub(crate) tally: Tally,
    pub(crate) events: Vec<Happened>,
    /// How often something changed that other working keepers do not know.
    pub(crate) changes: u64,
    pub(crate) broken: Option<Broken>,
    /// The longest time of a slow publication.
    pub(crate) slowest: u32,
    pub(super) dice: Dice,
    pub(super) version: u64,
    pub(super) head: Option<Document>,
    pub(super) kept: Vec<Document>,
    pub(super) tidied: u64,
    pub(super) place: Place,
    /// Whether a roll-out has begun that needs another look.
    pub(super) rolls_out: bool,
    pub(super) publications: Publications,
    /// The same if replicas acknowledge what they hold.
    pub(super) published: Option<(u64, Timestamp)>,
}

impl State {
    pub(crate) fn head(&self) -> Option<&Document> {
        self.head.as_ref()
    }

    /// Every document from which a replica may still start.
    pub(crate) fn documents(&self) -> impl Iterator<Item = &Document> {
        let place = [&self.place.coming, &self.place.standing];
        self.kept
            .iter()
            .chain(&self.head)
            .chain(place.into_iter().flatten())
    }

    pub(crate) const fn place(&self) -> &Place {
        &self.place
    }

    pub(crate) const fn publications(&self) -> &Publications {
        &self.publications
    }

    /// Puts the previous epoch where replicas look, if it is still kept. A roll-back does this, and
    /// so does a redeployment of an old file.
    pub(crate) fn roll_back(&mut self) -> Option<Document> {
        let head = self.head.as_ref()?;
        let is_up = self.tidied == head.epoch()
            && self.place.standing.as_ref().is_some_and(|it| it.is(head));
        let before = self.kept.last().filter(|_| is_up)?.clone();
        self.place.coming = Some(before.clone());
        self.place.standing = Some(before.clone());
        self.tally.count(Fault::RolledBack);
        Some(before)
    }

    /// Loses everything except what replicas have.
    pub(crate) fn lose_everything(&mut self) {
        self.head = None;
        self.version += 1;
        self.kept.clear();
        self.publications = Publications::default();
        self.published = None;
    }

    pub(super) fn draw_error(&mut self) -> (bool, bool) {
        let rate = self.rates.store_error;
        if !self.dice.happens(rate) {
            return (false, false);
        }
        let succeeds = self.dice.happens(0.5);
        self.tally.count(match succeeds {
            true => Fault::ErrorThatSucceeded,
            false => Fault::ErrorThatFailed,
        });
        (!succeeds, succeeds)
    }

    pub(super) fn check_version(&mut self, over: &Version) -> Result<(), StoreError> {
        if *over == self.version() {
            return Ok(());
        }
        self.tally.count(Fault::RaceLost);
        Err(StoreError::LostRace)
    }

    pub(super) fn version(&self) -> Version {
        match &self.head {
            Some(_) => Version::new(self.version.to_string()),
            None => Version::none(),
        }
    }

    pub(super) fn delivery(&self) -> Delivery {
        if !self.acknowledged {
            return Delivery::Unacknowledged(self.publications.clone());
        }
        let held = self.holders.iter().enumerate();
        let holders = held.filter_map(|(at, epoch)| {
            Some(Replica {
                name: format!("web.{at}"),
                epoch: (*epoch)?,
                ..Replica::default()
            })
        });
        Delivery::Acknowledged(Fleet {
            services: vec![ServiceDelivery {
                name: "web".into(),
                epoch: self.place.standing.as_ref().map(Document::epoch),
                roll_out: None,
                trouble: None,
                replicas: holders.collect(),
                pace: None,
            }],
            published: self.published,
            last_end: None,
            clock: None,
            keepers: Vec::new(),
        })
    }

    /// Whether a publisher leaves during a roll-out, and looks again later.
    pub(super) fn leaves_a_roll_out(&mut self) -> bool {
        self.rolls_out = self.dice.happens(0.1);
        self.rolls_out
    }

    /// Whether an epoch reaches replicas by replacing them.
    pub(super) fn rolls(&self) -> bool {
        self.acknowledged && self.publishing == Publishing::Restarts
    }

    /// Whether no roll-out is pending.
    pub(super) fn has_rolled_to(&self, epoch: u64) -> bool {
        !self.rolls() || self.holders.iter().flatten().all(|held| *held >= epoch)
    }
}
