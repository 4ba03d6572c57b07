//! Which ring does a replica use, and when does it look for another?

use std::sync::Arc;
use std::time::Duration;

use sealjar::{KeyId, KeyRing, LiveRing, Timestamp};

use crate::error::SourceError;
use crate::event::{Event, Outcome};
use crate::readiness::{Concern, Readiness, SourceFailure};
use crate::schedule::{Brought, Reason, Schedule};
use crate::source::Look;

/// Makes the decisions of a [`Watcher`](crate::Watcher), without a runtime, a clock or a source of
/// its own: when to look, which ring to use, what to report. Use it under another runtime, or to
/// simulate replicas.
///
/// `now` is a time on a monotonic clock with any starting point. [`Timestamp`]s are the time of
/// day.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use sealjar_source::{Follower, Outcome, Reason};
/// # use sealjar::{Key, KeyRing, Suite, Timestamp};
/// # let document = KeyRing::from(Key::generate(Suite::Xaes256Gcm)?).to_json();
/// # let ring = || KeyRing::from_json(document.as_bytes());
///
/// let mut follower = Follower::new("the example", ring()?, Duration::ZERO);
/// let (due, reason) = follower.next_look();
/// assert_eq!((due, reason), (Duration::from_secs(10), Reason::Poll));
/// // When it is due: look, and pass on what was found.
/// let event = follower.take(reason, Ok(ring()?), due, Timestamp::now()?);
/// assert!(matches!(event.outcome, Outcome::Unchanged));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Follower {
    place: String,
    schedule: Schedule,
    readiness: Readiness,
    overdue: bool,
}

impl Follower {
    /// Makes a follower with the first ring, which polls every 10 seconds. `place` names the source
    /// in messages.
    pub fn new(place: impl Into<String>, ring: impl Into<LiveRing>, now: Duration) -> Self {
        Self {
            place: place.into(),
            schedule: Schedule::new(now),
            readiness: Readiness::new(ring.into()),
            overdue: false,
        }
    }

    /// Sets the poll interval: how often to look if there is no other reason. Less than 10
    /// milliseconds count as 10.
    #[must_use]
    pub fn poll_every(mut self, interval: Duration) -> Self {
        self.schedule.poll_every(interval);
        self
    }

    /// Returns the ring in use. Clones of it get newer rings too.
    #[must_use]
    pub const fn ring(&self) -> &LiveRing {
        self.readiness.ring()
    }

    /// Returns a handle that answers health checks.
    #[must_use]
    pub fn readiness(&self) -> Readiness {
        self.readiness.clone()
    }

    /// Returns when the next look is due, and why. A later note may bring it forward.
    #[must_use]
    pub fn next_look(&self) -> (Duration, Reason) {
        self.schedule.next()
    }

    /// Returns whether [`note_change`](Self::note_change) would have an effect: it has not been
    /// called since the last look.
    #[must_use]
    pub const fn awaits_change(&self) -> bool {
        self.schedule.awaits_change()
    }

    /// Returns whether [`note_unknown`](Self::note_unknown) would have an effect: it has not been
    /// called since the last look. Otherwise the [`LiveRing`] need not be polled.
    #[must_use]
    pub const fn awaits_unknown(&self) -> bool {
        self.schedule.awaits_unknown()
    }

    /// Records that the source may have changed. A look is due 200 milliseconds later, so that a
    /// writer can finish.
    pub fn note_change(&mut self, now: Duration) {
        self.schedule.change(now);
    }

    /// Records a key that a token named and the ring did not hold, from [`LiveRing::poll_unknown`].
    /// A look is due at once, but not within 2 seconds of the last look for this reason. While such
    /// looks find nothing new, the pause grows to 4 seconds, 8 and so on up to the poll interval. A
    /// newer ring resets it to 2.
    pub fn note_unknown(&mut self, id: KeyId, now: Duration) {
        // The ring may have arrived between the token and this call.
        let ring = self.ring().load();
        if !ring.keys().iter().any(|key| key.id() == id) {
            self.schedule.unknown(id, now);
        }
    }

    /// Records a problem of a source that still gives a ring, for [`Readiness::concern`].
    pub fn note_concern(&mut self, concern: Option<Concern>) {
        self.readiness.set_concern(concern);
    }

    /// Takes the result of a look: a newer ring comes into use; otherwise the last good ring stays.
    /// A failed look is repeated after 1 second, 2, 4 and so on up to the poll interval.
    ///
    /// `time` is `None` if the clock shows a time that cannot be held: then no rotation counts as
    /// overdue, and no epoch as ahead.
    ///
    /// Looks must not overlap. Record what happens during a look after its result.
    pub fn take(
        &mut self,
        reason: Reason,
        fetched: Result<KeyRing, SourceError>,
        now: Duration,
        time: impl Into<Option<Timestamp>>,
    ) -> Event {
        self.take_look(reason, fetched.map(Look::from), now, time)
    }

    /// Takes the result of a look that may also have found a list of revocations, as
    /// [`take`](Self::take) does. The list comes into use after the ring, and stays out if the ring
    /// is refused.
    pub fn take_look(
        &mut self,
        reason: Reason,
        look: Result<Look, SourceError>,
        now: Duration,
        time: impl Into<Option<Timestamp>>,
    ) -> Event {
        let time = time.into();
        let failure_before = self.readiness.failure();
        let (from, list_before) = (self.ring().load().epoch(), self.ring().list().seq());
        let refused = look
            .and_then(|look| self.bring_into_use(look, time))
            .err()
            .map(Arc::new);
        let (to, list_now) = (self.ring().load().epoch(), self.ring().list().seq());
        let brought = match refused {
            Some(_) => Brought::Failure,
            None if to > from => Brought::NewerRing,
            None => Brought::Nothing,
        };
        self.schedule.looked(brought, now);
        let failure = refused.clone().map(|error| SourceFailure {
            since: failure_before.as_ref().map_or(time, |before| before.since),
            error,
        });
        self.readiness.set_looked(time, failure);

        let overdue = time.and_then(|time| self.readiness.overdue_at(time));
        Event {
            reason,
            refused_before: match (&failure_before, &refused) {
                (Some(before), Some(error)) => before.error.to_string() == error.to_string(),
                _ => false,
            },
            outcome: match refused {
                Some(error) => Outcome::Refused(error),
                None if to > from => Outcome::Replaced { from, to },
                None if failure_before.is_some() => Outcome::Recovered,
                None => Outcome::Unchanged,
            },
            list: (list_now > list_before).then_some(list_now),
            overdue,
            overdue_before: std::mem::replace(&mut self.overdue, overdue.is_some()),
        }
    }

    fn bring_into_use(&self, look: Look, time: Option<Timestamp>) -> Result<(), SourceError> {
        if let Some(ring) = look.ring {
            let refuse = |error| SourceError::Ring {
                place: self.place.clone(),
                error,
            };
            self.ring().replace_at(ring, time).map_err(refuse)?;
        }
        if let Some(list) = look.list {
            let refuse = |error| SourceError::List {
                place: self.place.clone(),
                error,
            };
            self.ring().replace_list_at(list, time).map_err(refuse)?;
        }
        Ok(())
    }
}
