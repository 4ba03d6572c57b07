//! Does the keeper's clock fit what was decided before, and what if it does not?
//!
//! A clock that is behind would date an end before what a key has sealed, one that is ahead would
//! drop keys whose tokens live. So a clock that does not fit decides nothing, until a person says
//! that it is right. Then whatever lies ahead of it was written under a clock that was wrong, and
//! is pulled back: no replica whose clock is right has acted on it.

use sealjar::{KeyRing, RingKey, Timestamp, Timing};

use crate::delivery::Delivery;
use crate::plan::Situation;
use crate::refusal::{Refused, Witness};

/// Why a decision may go by the keeper's clock.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum ClockTrust {
    /// It fits what was decided and published before, or what it showed when it was found to fit
    /// last. This is checked.
    Checked {
        /// What it showed then, if that was in this process. A person who asks for something is no
        /// turn that comes by itself, and sees how long nobody has.
        last: Option<Timestamp>,
    },
    /// A person says that it is right.
    Vouched {
        /// Whether something lay ahead of it, and was [pulled back](pull_back) for this decision.
        pulled_back: bool,
    },
}

impl Situation<'_> {
    pub(crate) fn check_clock(&self) -> Result<(), Refused> {
        self.check_not_behind(self.last_record())?;
        self.check_not_far_ahead()
    }

    /// Refuses a clock that is ahead of all that is known of the time. A keeper that runs may wait
    /// for replicas for longer than that, and sees the time pass.
    pub(crate) fn check_not_far_ahead(&self) -> Result<(), Refused> {
        let latest = match self.clock {
            ClockTrust::Checked { last: Some(last) } => last.max(self.last_record()),
            ClockTrust::Checked { last: None } | ClockTrust::Vouched { .. } => self.last_record(),
        };
        self.check_not_ahead(latest, Witness::Record)?;
        match self.delivery {
            Delivery::Acknowledged(fleet) => fleet.clock.map_or(Ok(()), |engine| {
                self.check_not_ahead(engine, Witness::Engine)
            }),
            Delivery::Unacknowledged(_) => Ok(()),
        }
    }

    /// Refuses a clock that is behind a time at which something was decided, by more than the skew.
    pub(super) fn check_not_behind(&self, latest: Timestamp) -> Result<(), Refused> {
        let now = self.now;
        match self.clock {
            ClockTrust::Checked { .. } if now.saturating_add(self.skew()) < latest => {
                Err(Refused::ClockBehind { now, latest })
            }
            ClockTrust::Checked { .. } | ClockTrust::Vouched { .. } => Ok(()),
        }
    }

    /// Refuses a clock that is ahead of a time that is known, by more than a keeper that takes its
    /// turns can be: the rotation comes a period after the last record.
    fn check_not_ahead(&self, latest: Timestamp, witness: Witness) -> Result<(), Refused> {
        let now = self.now;
        match self.clock {
            ClockTrust::Checked { .. } if now > latest.saturating_add(self.longest_pause()) => {
                Err(Refused::ClockAhead {
                    now,
                    latest,
                    witness,
                })
            }
            ClockTrust::Checked { .. } | ClockTrust::Vouched { .. } => Ok(()),
        }
    }

    /// When something was decided or published last.
    fn last_record(&self) -> Timestamp {
        let issued_at = self.ring.issued_at();
        let published = self.delivery.latest_publication();
        published.map_or(issued_at, |published| published.max(issued_at))
    }

    /// For how long a keeper may have nothing to do, in seconds, and a day for one that was not
    /// running.
    fn longest_pause(&self) -> u32 {
        let Timing { rotate_every, .. } = self.policy.timing();
        let period = rotate_every.max(self.ring.timing().rotate_every);
        period
            .saturating_add(self.wait())
            .saturating_add(self.skew())
            .saturating_add(DAY)
    }
}

/// Pulls back what lies ahead of a clock that a person vouches for. `None`: nothing does.
///
/// A key whose beginning lies ahead is a standby again, and one whose end does seals on: no replica
/// has begun or ended with it. A revocation that lies ahead refuses whatever has begun by now. A
/// publication that lies ahead is forgotten, so that what it says is waited for once more.
///
/// # Errors
/// [`Refused::Ring`] if what comes out is no ring.
pub(crate) fn pull_back(
    ring: &KeyRing,
    delivery: &Delivery,
    skew: u32,
    now: Timestamp,
) -> Result<Option<(KeyRing, Delivery)>, Refused> {
    let mut draft = ring.draft();
    let limits = Limits::of(now, skew);
    let mut pulled = draft.epoch > KeyRing::latest_epoch(now);
    if draft.issued_at > limits.decided {
        draft.issued_at = now;
        pulled = true;
    }
    for key in &mut draft.keys {
        pulled |= limits.pull_back(key);
    }
    pulled |= sealjar::keeper::pull_back(&mut draft.revocations, limits.begun);
    let mut delivery = delivery.clone();
    pulled |= delivery.forget_after(limits.decided, KeyRing::latest_epoch(now));
    if pulled {
        Ok(Some((draft.build()?, delivery)))
    } else {
        Ok(None)
    }
}

/// The latest that times can be which keepers wrote whose clocks are within the skew.
struct Limits {
    now: Timestamp,
    /// Of a decision.
    decided: Timestamp,
    /// Of a beginning, and of a time before which sessions are refused.
    begun: Timestamp,
    /// Of an end.
    ended: Timestamp,
}

impl Limits {
    const fn of(now: Timestamp, skew: u32) -> Self {
        let decided = now.saturating_add(skew);
        let begun = decided.saturating_add(skew);
        Self {
            now,
            decided,
            begun,
            ended: begun.saturating_add(skew),
        }
    }

    fn pull_back(&self, key: &mut RingKey) -> bool {
        let times = |key: &RingKey| {
            (
                key.staged_at,
                key.seals_from,
                key.seals_until,
                key.opens_until,
            )
        };
        let before = times(key);
        if key.staged_at > self.decided {
            key.staged_at = self.now;
        }
        let last_use = self.ended.saturating_add(key.lifetime);
        if key.is_revoked() {
            key.seals_from = key.seals_from.map(|it| it.min(self.begun));
            key.seals_until = key.seals_until.map(|it| it.min(self.ended));
        } else if key.seals_from > Some(self.begun) {
            (key.seals_from, key.seals_until, key.opens_until) = (None, None, None);
        } else if key.seals_until > Some(self.ended) {
            (key.seals_until, key.opens_until) = (None, None);
        }
        key.opens_until = key.opens_until.map(|it| it.min(last_use));
        times(key) != before
    }
}

const DAY: u32 = 86_400;
