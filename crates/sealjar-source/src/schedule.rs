//! When is the source looked at next, and why?

use std::fmt;
use std::time::Duration;

use sealjar::KeyId;

/// Why the source is looked at.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Reason {
    /// The source says that it may have changed.
    Change,
    /// The poll interval is over.
    Poll,
    /// The look before failed.
    Retry,
    /// A token named a key that the ring does not hold. The id may come from whoever made the
    /// token.
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

/// What a look brought, as far as the pace depends on it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Brought {
    Failure,
    NewerRing,
    Nothing,
}

/// Times on a clock that only goes forwards, whatever it counts from.
#[derive(Clone, Debug)]
pub(crate) struct Schedule {
    poll_every: Duration,
    looked: Duration,
    /// How long after a failed look the next one is due.
    retry: Option<Duration>,
    change: Option<Duration>,
    unknown: Option<(Duration, KeyId)>,
    /// No unknown key is a reason to look before this.
    unknown_from: Duration,
    /// How long the next look for an unknown key shuts out those after it.
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

    /// One look answers for everything that was heard before it.
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

/// Where nothing else is asked for.
const POLL_EVERY: Duration = Duration::from_secs(10);

/// A shorter interval would be a loop that does nothing else.
const SHORTEST_POLL: Duration = Duration::from_millis(10);

/// A file that is being written is left alone for a moment, and a directory in which much happens
/// does not cause more than five looks in a second.
const SETTLE: Duration = Duration::from_millis(200);

/// A document that was seen half written is whole soon after.
const FIRST_RETRY: Duration = Duration::from_secs(1);

/// Anybody can send unknown key ids, so they cause one look in this time at most.
const UNKNOWN_PAUSE: Duration = Duration::from_secs(2);
