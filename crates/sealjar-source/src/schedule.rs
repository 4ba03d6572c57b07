//! When is the next look at the source, and why?

use std::fmt;
use std::time::Duration;

use sealjar::KeyId;

/// Why a look at the source is due.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Reason {
    /// The source reports that it may have changed.
    Change,
    /// The poll interval is over.
    Poll,
    /// The last look failed.
    Retry,
    /// A token named a key that the ring does not hold. The maker of a forged token can choose the
    /// id.
    UnknownKey(KeyId),
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Change => f.write_str("change"),
            Self::Poll => f.write_str("poll"),
            Self::Retry => f.write_str("retry"),
            Self::UnknownKey(id) => write!(f, "unknown key {id}"),
        }
    }
}

/// The result of a look, as far as the schedule depends on it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Brought {
    Failure,
    NewerRing,
    Nothing,
}

/// The schedule, on a monotonic clock with any starting point.
#[derive(Clone, Debug)]
pub(crate) struct Schedule {
    poll_every: Duration,
    looked: Duration,
    /// How long after a failed look the next one is due.
    retry: Option<Duration>,
    change: Option<Duration>,
    unknown: Option<(Duration, KeyId)>,
    /// Before this time an unknown key is not a reason to look.
    unknown_from: Duration,
    /// How long the next look for an unknown key suppresses those after it.
    unknown_pause: Duration,
}

impl Schedule {
    pub(crate) const fn new(now: Duration) -> Self {
        Self {
            poll_every: POLL_EVERY,
            looked: now,
            retry: None,
            change: None,
            unknown: None,
            unknown_from: now,
            unknown_pause: UNKNOWN_PAUSE,
        }
    }

    pub(crate) fn poll_every(&mut self, interval: Duration) {
        self.poll_every = interval.max(SHORTEST_POLL);
    }

    pub(crate) fn next(&self) -> (Duration, Reason) {
        let (pause, reason) = match self.retry {
            Some(pause) if pause < self.poll_every => (pause, Reason::Retry),
            _ => (self.poll_every, Reason::Poll),
        };
        let mut next = (self.looked.saturating_add(pause), reason);
        let change = self.change.map(|due| (due, Reason::Change));
        let unknown = self.unknown.map(|(due, id)| (due, Reason::UnknownKey(id)));
        for other in [change, unknown].into_iter().flatten() {
            if other.0 < next.0 {
                next = other;
            }
        }
        next
    }

    pub(crate) const fn awaits_change(&self) -> bool {
        self.change.is_none()
    }

    pub(crate) const fn awaits_unknown(&self) -> bool {
        self.unknown.is_none()
    }

    pub(crate) fn change(&mut self, now: Duration) {
        self.change.get_or_insert(now.saturating_add(SETTLE));
    }

    pub(crate) fn unknown(&mut self, id: KeyId, now: Duration) {
        self.unknown.get_or_insert((now.max(self.unknown_from), id));
    }

    /// One look answers every event before it.
    pub(crate) fn looked(&mut self, brought: Brought, now: Duration) {
        self.looked = now;
        self.change = None;
        self.retry = (brought == Brought::Failure)
            .then(|| {
                self.retry
                    .map_or(FIRST_RETRY, |pause| pause.saturating_mul(2))
            })
            .map(|pause| pause.min(self.poll_every));
        if self.unknown.take().is_some() {
            self.unknown_from = now.saturating_add(self.unknown_pause);
            let longest = self.poll_every.max(UNKNOWN_PAUSE);
            self.unknown_pause = self.unknown_pause.saturating_mul(2).min(longest);
        }
        if brought == Brought::NewerRing {
            let soonest = now.saturating_add(UNKNOWN_PAUSE);
            self.unknown_from = self.unknown_from.min(soonest);
            self.unknown_pause = UNKNOWN_PAUSE;
        }
    }
}

/// The default poll interval.
const POLL_EVERY: Duration = Duration::from_secs(10);

/// A shorter interval would be a busy loop.
const SHORTEST_POLL: Duration = Duration::from_millis(10);

/// Gives a writer time to finish, and limits a busy directory to five looks in a second.
const SETTLE: Duration = Duration::from_millis(200);

/// A document that was read half written is complete soon afterwards.
const FIRST_RETRY: Duration = Duration::from_secs(1);

/// Anyone can send unknown key ids, so they cause at most one look in this time.
const UNKNOWN_PAUSE: Duration = Duration::from_secs(2);
