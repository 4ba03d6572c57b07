//! Which replicas ask a keeper, and what are they known to hold?

use std::collections::BTreeMap;
use std::time::Duration;

use sealjar::Timestamp;

use crate::head::{Head, Standing};
use crate::question::{Instance, Patience, Question};

/// What a keeper knows of the replicas that ask it, and from when on it may decide by that.
///
/// It dies with its keeper. A keeper that has just started knows nobody, which does not mean that
/// there is nobody: [`Known::listens_for`] says how long it has to listen first.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use sealjar::Timestamp;
/// use sealjar_follow::{Hearing, Holders, Instance, Moment, Patience, Question};
///
/// let at = |seconds| Moment {
///     elapsed: Duration::from_secs(seconds),
///     time: Timestamp::from_stored(1_000_000 + seconds as u32),
/// };
/// let mut holders = Holders::new(Duration::from_secs(600), at(0));
/// let question = Question {
///     nonce: [0; 16],
///     instance: Instance::draw()?,
///     count: 1,
///     time: at(5).time,
///     patience: Patience::Waits(25),
///     name: "web.1".into(),
///     held: None,
/// };
/// assert_eq!(holders.hear(&question, 30, at(5)), Hearing::Acknowledged);
/// // The same question again says nothing about the replica.
/// assert_eq!(holders.hear(&question, 30, at(6)), Hearing::Stale);
/// let known = holders.known(at(6));
/// assert_eq!(known.listens_for, Duration::from_secs(594));
/// assert_eq!(known.holders.len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Holders {
    lease: Duration,
    /// Since when this keeper has listened without a break.
    listening_since: Duration,
    last: Moment,
    table: BTreeMap<Instance, Holder>,
}

/// One instant on two clocks.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// A monotonic clock with any starting point. Leases go by it, so that a clock that is set
    /// loses nobody.
    pub elapsed: Duration,
    /// The time of day.
    pub time: Timestamp,
}

/// What a keeper takes a question for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Hearing {
    /// The replica holds what it names. It may wait for something newer.
    Acknowledged,
    /// There are 4096 replicas already, and none of them is lost.
    Full,
    /// The replica has ended. Nobody waits for it any more.
    Left,
    /// It may be an old question that somebody has recorded, or one of a replica whose clock is
    /// wrong. It is answered at once and says nothing about the replica.
    Stale,
}

/// What is known of the replicas.
#[derive(Clone, Debug)]
pub struct Known {
    /// How much longer the keeper has to listen before what it knows says anything of who else
    /// there is. Zero after a whole lease.
    pub listens_for: Duration,
    /// How long the keeper has listened without a break.
    pub has_listened: Duration,
    /// The replicas, lost ones too.
    pub holders: Vec<HolderState>,
}

/// What is known of a replica.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct HolderState {
    /// Which start of the replica it is.
    pub instance: Instance,
    /// Its name for people, as it says.
    pub name: String,
    /// What it holds, `None` if it has taken nothing from a keeper yet.
    pub held: Option<Head>,
    /// How long ago it was heard of.
    pub heard_ago: Duration,
    /// Whether that is more than a lease ago. Nobody waits for a lost replica.
    pub is_lost: bool,
}

#[derive(Debug)]
struct Holder {
    name: String,
    count: u64,
    held: Option<Head>,
    heard: Duration,
    /// It said that it ends, or a person said so. It is remembered for a lease, so that its earlier
    /// questions count for nothing.
    has_left: bool,
}

impl Holders {
    /// The most replicas that are remembered.
    pub const MAX: usize = 4096;

    /// Makes what a keeper knows at its start: nobody. `lease` is how long a replica counts after
    /// it was heard of.
    #[must_use]
    pub const fn new(lease: Duration, now: Moment) -> Self {
        Self {
            lease,
            listening_since: now.elapsed,
            last: now,
            table: BTreeMap::new(),
        }
    }

    /// Takes note of an authentic question. `skew` is how many seconds clocks may be apart.
    pub fn hear(&mut self, question: &Question, skew: u32, now: Moment) -> Hearing {
        self.pass(now);
        let apart = question.time.seconds_since(now.time);
        let apart = apart.max(now.time.seconds_since(question.time));
        let known = self.table.get(&question.instance);
        if apart > skew.saturating_add(ON_THE_WAY)
            || known.is_some_and(|known| question.count <= known.count)
        {
            return Hearing::Stale;
        }
        let has_left = question.patience == Patience::Ends;
        let is_new = known.is_none();
        if is_new && has_left {
            return Hearing::Left;
        }
        if is_new && !self.make_room(now.elapsed) {
            return Hearing::Full;
        }
        let holder = Holder {
            name: question.name.clone(),
            count: question.count,
            held: question.held.as_ref().map(|held| *held.head()),
            heard: now.elapsed,
            has_left,
        };
        self.table.insert(question.instance, holder);
        if has_left {
            Hearing::Left
        } else {
            Hearing::Acknowledged
        }
    }

    /// Begins to listen anew, because a replica asked and could not be heard.
    pub fn listen_anew(&mut self, now: Moment) {
        self.pass(now);
        self.listening_since = now.elapsed;
    }

    /// Waits for a replica no longer, because a person says that it is gone. If it asks again, it
    /// counts again. Returns whether it was known.
    pub fn forget(&mut self, instance: Instance) -> bool {
        match self.table.get_mut(&instance) {
            Some(holder) if !holder.has_left => {
                holder.has_left = true;
                true
            }
            _ => false,
        }
    }

    /// Returns what is known at this moment.
    pub fn known(&mut self, now: Moment) -> Known {
        self.pass(now);
        let has_listened = now.elapsed.saturating_sub(self.listening_since);
        let present = self.table.iter().filter(|(_, holder)| !holder.has_left);
        Known {
            listens_for: self.lease.saturating_sub(has_listened),
            has_listened,
            holders: present
                .map(|(instance, holder)| {
                    let heard_ago = now.elapsed.saturating_sub(holder.heard);
                    HolderState {
                        instance: *instance,
                        name: holder.name.clone(),
                        held: holder.held,
                        heard_ago,
                        is_lost: heard_ago > self.lease,
                    }
                })
                .collect(),
        }
    }

    /// Lets time pass. If the time of day has gone further than the monotonic clock, the machine
    /// slept, and replicas may have started meanwhile that this keeper has not heard of.
    fn pass(&mut self, now: Moment) {
        let on_monotonic = now.elapsed.saturating_sub(self.last.elapsed);
        let by_clock = Duration::from_secs(now.time.seconds_since(self.last.time).into());
        if by_clock > on_monotonic + LONGEST_SLEEP {
            self.listening_since = now.elapsed;
        }
        self.last = now;
        let (lease, now) = (self.lease, now.elapsed);
        self.table.retain(|_, holder| {
            let ago = now.saturating_sub(holder.heard);
            ago <= if holder.has_left {
                lease
            } else {
                lease + LOST_SHOWN
            }
        });
    }

    /// Makes room for one more: of those that have left, then of those that are lost, the one that
    /// was heard of first goes.
    fn make_room(&mut self, now: Duration) -> bool {
        if self.table.len() < Self::MAX {
            return true;
        }
        let lease = self.lease;
        let may_go = self
            .table
            .iter()
            .filter(|(_, it)| it.has_left || now.saturating_sub(it.heard) > lease)
            .min_by_key(|(_, it)| (!it.has_left, it.heard))
            .map(|(instance, _)| *instance);
        may_go.is_some_and(|instance| self.table.remove(&instance).is_some())
    }
}

impl Known {
    /// Returns the replicas that are not lost and do not hold this epoch or a later one.
    pub fn lagging(&self, epoch: u64) -> impl Iterator<Item = &HolderState> {
        let counted = self.holders.iter().filter(|it| !it.is_lost);
        counted.filter(move |it| it.held.is_none_or(|held| held.epoch < epoch))
    }

    /// Returns a replica that proves that the store is behind, or is not the only one: it holds
    /// something signed that is later than what the store has, or something else under the same
    /// number. What lies more than a day ahead of the clock was made under a wrong one, and proves
    /// nothing.
    #[must_use]
    pub fn contradicts(&self, store: &Head, now: Timestamp) -> Option<&HolderState> {
        let latest = u64::from(now.stored()) + 86_400;
        self.holders.iter().find(|it| {
            it.held
                .filter(|held| held.epoch.max(held.seq) <= latest)
                .is_some_and(|held| {
                    !matches!(held.standing_to(store), Standing::Older | Standing::Same)
                })
        })
    }
}

/// How many seconds a question may be on its way, beyond what clocks may be apart.
const ON_THE_WAY: u32 = 30;
/// How much further the time of day may go than the monotonic clock.
const LONGEST_SLEEP: Duration = Duration::from_secs(30);
/// How long a lost replica is shown.
const LOST_SHOWN: Duration = Duration::from_secs(24 * 60 * 60);
