//! Which replicas ask this keeper, and what do they hold?

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use sealjar::{RevocationList, Timestamp};
use sealjar_follow::{Head, Hearing, HolderState, Holders, Instance, Known, Moment, Question};

use crate::plan::{Follower, Followers};
use crate::store::{self, Version};

/// What the parts of a keeper share about the replicas that ask it. Clones share it.
#[derive(Clone)]
pub struct Followed(Arc<Mutex<State>>);

struct State {
    /// A monotonic clock: how long it is since this keeper began.
    elapsed: Box<dyn Fn() -> Duration + Send + Sync>,
    holders: Holders,
    /// The store as this keeper knows it, and since when it listens over that.
    version: Option<Version>,
    /// The list in it, as a head names it.
    list: Numbered,
    listens_since: Duration,
    /// How many questions came to what.
    outcomes: BTreeMap<Outcome, u64>,
}

/// What became of a question.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Outcome {
    /// It was answered, and acknowledges what it names.
    Acknowledged,
    /// It was answered, and says nothing about the replica.
    Stale,
    /// Who sent it does not have the key.
    Forged,
    /// It does not have the form of a question.
    Malformed,
    /// This keeper could not answer now.
    Unavailable,
}

impl Outcome {
    pub(crate) const ALL: [Self; 5] = [
        Self::Acknowledged,
        Self::Stale,
        Self::Forged,
        Self::Malformed,
        Self::Unavailable,
    ];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Acknowledged => "acknowledged",
            Self::Stale => "stale",
            Self::Forged => "forged",
            Self::Malformed => "malformed",
            Self::Unavailable => "unavailable",
        }
    }
}

impl Followed {
    pub(crate) fn new(lease: Duration, now: Timestamp) -> Self {
        let began = Instant::now();
        Self::clocked(lease, now, move || began.elapsed())
    }

    /// Goes by another monotonic clock than the system's: for simulated fleets.
    pub fn clocked(
        lease: Duration,
        now: Timestamp,
        elapsed: impl Fn() -> Duration + Send + Sync + 'static,
    ) -> Self {
        let began = Moment {
            elapsed: elapsed(),
            time: now,
        };
        Self(Arc::new(Mutex::new(State {
            elapsed: Box::new(elapsed),
            holders: Holders::new(lease, began),
            version: None,
            list: Numbered::of(None),
            listens_since: began.elapsed,
            outcomes: BTreeMap::new(),
        })))
    }

    /// Takes note of an authentic question.
    #[must_use]
    pub fn hear(&self, question: &Question, skew: u32, now: Timestamp) -> Hearing {
        let state = &mut *self.state();
        let moment = state.moment(now);
        state.holders.hear(question, skew, moment)
    }

    /// A replica has asked whose ring this keeper does not know yet: it has not listened to it.
    pub(crate) fn turned_away(&self, now: Timestamp) {
        let state = &mut *self.state();
        let moment = state.moment(now);
        state.holders.listen_anew(moment);
    }

    /// Waits for a replica no longer. Returns whether it was known.
    pub(crate) fn forget(&self, instance: Instance) -> bool {
        self.state().holders.forget(instance)
    }

    /// Returns what is known of the replicas.
    #[must_use]
    pub fn known(&self, now: Timestamp) -> Known {
        let state = &mut *self.state();
        let moment = state.moment(now);
        state.holders.known(moment)
    }

    pub(crate) fn count(&self, outcome: Outcome) {
        *self.state().outcomes.entry(outcome).or_default() += 1;
    }

    pub(crate) fn counted(&self, outcome: Outcome) -> u64 {
        self.state().outcomes.get(&outcome).copied().unwrap_or(0)
    }

    /// Takes note of what the store holds. If that is not what this keeper has put there, a backup
    /// may have been put back, and replicas get the time to say so.
    ///
    /// A list of a higher number is none that was put back, for it follows on the one that is
    /// known: otherwise two keepers would keep each other from committing.
    pub(crate) fn found(&self, version: &Version, list: Option<(&RevocationList, &[u8])>) {
        let mut state = self.state();
        let list = Numbered::of(list);
        let went_back = list != state.list && list.seq <= state.list.seq;
        if state.version.as_ref() != Some(version) || went_back {
            state.version = Some(version.clone());
            state.listens_since = (state.elapsed)();
        }
        state.list = list;
    }

    /// Takes note of the list that this keeper has put into the store.
    pub(crate) fn committed_list(&self, list: (&RevocationList, &[u8])) {
        self.state().list = Numbered::of(Some(list));
    }

    /// Takes note of what this keeper has put into the store.
    pub fn committed(&self, version: &Version) {
        self.state().version = Some(version.clone());
    }

    /// Returns the list in the store, `None` while there is none.
    pub(crate) fn list(&self) -> Option<Numbered> {
        Some(self.state().list).filter(|list| list.seq > 0)
    }

    /// Returns what replicas say, for a decision over this head of the store.
    pub(crate) fn followers(&self, head: &store::Head, now: Timestamp) -> Followers {
        let known = self.known(now);
        let (listened, list) = {
            let state = self.state();
            let listened = (state.elapsed)().saturating_sub(state.listens_since);
            (listened, state.list)
        };
        let stored = Head {
            seq: list.seq,
            list: list.hash,
            ..Head::of(head.ring.epoch(), &head.document, None)
        };
        let contradiction = known.contradicts(&stored, now).map(describe);
        let counted = known.holders.into_iter().filter(|it| !it.is_lost);
        Followers {
            decides_from: after(now, known.listens_for),
            commits_from: after(now, LISTENS_FIRST.saturating_sub(listened)),
            holders: counted
                .map(|it| Follower {
                    epoch: it.held.map(|held| held.epoch),
                    name: named(&it),
                })
                .collect(),
            contradiction,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A list of revocations in the store.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Numbered {
    pub(crate) seq: u64,
    hash: [u8; 32],
    pub(crate) sessions: usize,
    pub(crate) subjects: usize,
}

impl Numbered {
    fn of(list: Option<(&RevocationList, &[u8])>) -> Self {
        let said = list.map(|(list, bytes)| (list.seq(), bytes));
        let Head {
            seq, list: hash, ..
        } = Head::of(0, &[], said);
        Self {
            seq,
            hash,
            sessions: list.map_or(0, |(list, _)| list.session_records()),
            subjects: list.map_or(0, |(list, _)| list.subject_records()),
        }
    }
}

impl fmt::Debug for Followed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state();
        f.debug_struct("Followed")
            .field("holders", &state.holders)
            .field("version", &state.version)
            .finish_non_exhaustive()
    }
}

impl State {
    fn moment(&self, time: Timestamp) -> Moment {
        Moment {
            elapsed: (self.elapsed)(),
            time,
        }
    }
}

/// The name of a replica for people. Two may say the same one.
pub(crate) fn named(holder: &HolderState) -> String {
    let instance = holder.instance.to_string();
    if holder.name.is_empty() {
        instance
    } else {
        format!("{} ({})", holder.name, &instance[..8])
    }
}

fn describe(holder: &HolderState) -> String {
    let (epoch, seq) = holder.held.map_or((0, 0), |held| (held.epoch, held.seq));
    match seq {
        0 => format!("{} holds epoch {epoch}", named(holder)),
        seq => format!("{} holds epoch {epoch} and list {seq}", named(holder)),
    }
}

/// The first whole second after a while.
fn after(now: Timestamp, wait: Duration) -> Timestamp {
    let seconds = wait.as_millis().div_ceil(1000);
    now.saturating_add(u32::try_from(seconds).unwrap_or(u32::MAX))
}

/// How long a keeper listens before it changes a store that is not as it left it.
const LISTENS_FIRST: Duration = Duration::from_secs(30);

#[cfg(test)]
mod tests {
    use sealjar::keeper::ListDraft;
    use sealjar::{Key, KeyRing, Suite};

    use super::*;

    #[test]
    fn a_list_that_went_back_is_listened_over_anew_and_one_that_went_on_is_not() {
        let ring = KeyRing::from(Key::generate(Suite::Xaes256Gcm).unwrap());
        let list = |seq| ListDraft::new(&RevocationList::empty(&ring), seq, Timestamp::MIN).build();
        let (five, six, seven) = (list(5), list(6), list(7));
        let followed = Followed::new(Duration::from_secs(600), Timestamp::from_stored(1));
        let version = Version::new("ring");
        let listens_since = || followed.state().listens_since;
        followed.found(&version, Some((&five, b"five")));
        let begun = listens_since();
        // Another keeper has gone on, and so has this one. Otherwise two keepers that both commit
        // would keep each other listening.
        followed.found(&version, Some((&six, b"six")));
        followed.committed_list((&seven, b"seven"));
        followed.found(&version, Some((&seven, b"seven")));
        assert_eq!(listens_since(), begun);
        for put_back in [
            Some((&six, &b"six"[..])),
            Some((&seven, b"with other content")),
            None,
        ] {
            followed.committed_list((&seven, b"seven"));
            let before = listens_since();
            std::thread::sleep(Duration::from_millis(1));
            followed.found(&version, put_back);
            assert!(listens_since() > before, "{put_back:?}");
        }
    }
}
