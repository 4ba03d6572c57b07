//! What does a simulated replica do between requests?
//!
//! It follows its source with the logic of the real watcher, and holds a ring, a sealer and perhaps
//! a jar of its own.

use std::task::{self, Poll, Waker};
use std::time::Duration;

use sealjar::{Context, LiveRing, Sealer};
use sealjar_session::Jar;
use sealjar_source::{Follower, Outcome, Reason, SourceError};

use crate::account::{self, Account};
use crate::clock::Clock;
use crate::document::Document;

/// A replica, running or down.
#[derive(Debug)]
pub(crate) struct Replica {
    pub(crate) clock: Clock,
    /// The document that was delivered to it last.
    pub(crate) source: Document,
    pub(crate) arrivals: Vec<Arrival>,
    /// By when it must hold which epoch.
    pub(crate) deadlines: Vec<(u32, u64)>,
    pub(crate) state: Running,
    poll_every: u32,
    has_jar: bool,
}

/// A document on its way to a replica.
#[derive(Clone, Debug)]
pub(crate) struct Arrival {
    pub(crate) at: u32,
    pub(crate) document: Document,
    /// Whether it replaces a newer one on purpose.
    pub(crate) rolled_back: bool,
}

impl Arrival {
    pub(crate) fn of(document: &Document, at: u32) -> Self {
        Self {
            at,
            document: document.clone(),
            rolled_back: false,
        }
    }
}

#[derive(Debug)]
pub(crate) enum Running {
    Down { until: u32 },
    Up(Box<Process>),
}

/// A running process.
#[derive(Debug)]
pub(crate) struct Process {
    pub(crate) ring: LiveRing,
    pub(crate) sealer: Sealer,
    pub(crate) jar: Option<Jar<Account>>,
    pub(crate) epoch: u64,
    /// The highest epoch that this process has held.
    pub(crate) highest: u64,
    follower: Follower,
    next_look: u32,
}

impl Replica {
    pub(crate) fn new(
        clock: Clock,
        source: Document,
        poll_every: u32,
        has_jar: bool,
        now: u32,
    ) -> Self {
        let mut replica = Self {
            clock,
            source,
            arrivals: Vec::new(),
            deadlines: Vec::new(),
            state: Running::Down { until: now },
            poll_every,
            has_jar,
        };
        replica.start(now);
        replica
    }

    /// Whether a document must be read before this time.
    pub(crate) fn is_urgent(&self, time: u32) -> bool {
        self.deadlines.iter().any(|(by, _)| *by <= time)
    }

    /// Drops the deadlines that have been met.
    pub(crate) fn meet_deadlines(&mut self) {
        let held = self.epoch().unwrap_or(u64::MAX).min(self.source.epoch());
        self.deadlines.retain(|(_, epoch)| *epoch > held);
    }

    /// Starts with the document that was delivered last.
    pub(crate) fn start(&mut self, now: u32) {
        let ring = LiveRing::new(self.source.read());
        let follower =
            Follower::new("a simulated source", &ring, at(now)).poll_every(at(self.poll_every));
        self.state = Running::Up(Box::new(Process {
            sealer: Sealer::new(&ring, Context::new("fleet", "link")).unwrap(),
            jar: self.has_jar.then(|| account::jar(&ring, &self.clock)),
            epoch: self.source.epoch(),
            highest: self.source.epoch(),
            next_look: next_look(&follower),
            follower,
            ring,
        }));
    }

    pub(crate) fn process(&self) -> Option<&Process> {
        match &self.state {
            Running::Up(process) => Some(process),
            Running::Down { .. } => None,
        }
    }

    pub(crate) fn epoch(&self) -> Option<u64> {
        self.process().map(|process| process.epoch)
    }

    /// Whether a look at the source is due.
    pub(crate) fn looks(&self, now: u32) -> bool {
        self.process()
            .is_some_and(|process| process.next_look <= now)
    }

    /// Looks at the source. `lost` makes the look fail, and `timeless` judges without a clock, for
    /// a negative control.
    pub(crate) fn look(&mut self, now: u32, lost: bool, timeless: bool) {
        let Running::Up(process) = &mut self.state else {
            return;
        };
        let fetched = match lost {
            true => Err(SourceError::Empty {
                place: "a simulated source".into(),
            }),
            false => Ok(self.source.read()),
        };
        let event = process.follower.take(
            Reason::Poll,
            fetched,
            at(now),
            (!timeless).then(|| self.clock.now()),
        );
        if let Outcome::Replaced { to, .. } = event.outcome {
            process.epoch = to;
            process.highest = process.highest.max(to);
        }
        process.next_look = next_look(&process.follower);
    }

    /// Uses whatever document the source has, in the same process. For a negative control.
    pub(crate) fn take_anything(&mut self, now: u32) {
        let highest = self.process().map(|process| process.highest);
        self.start(now);
        if let (Running::Up(process), Some(highest)) = (&mut self.state, highest) {
            process.highest = process.highest.max(highest);
        }
    }

    /// Gets the notice that the source has changed.
    pub(crate) fn hear(&mut self, now: u32) {
        if let Running::Up(process) = &mut self.state {
            process.follower.note_change(at(now));
            process.next_look = next_look(&process.follower);
        }
    }

    /// Handles the keys that its sealers did not know.
    pub(crate) fn mind_unknown(&mut self, now: u32) {
        let Running::Up(process) = &mut self.state else {
            return;
        };
        let mut context = task::Context::from_waker(Waker::noop());
        if let (true, Poll::Ready(id)) = (
            process.follower.awaits_unknown(),
            process.ring.poll_unknown(&mut context),
        ) {
            process.follower.note_unknown(id, at(now));
            process.next_look = next_look(&process.follower);
        }
    }
}

fn at(seconds: u32) -> Duration {
    Duration::from_secs(seconds.into())
}

/// The first whole second in which the next look is due.
fn next_look(follower: &Follower) -> u32 {
    let due = follower.next_look().0;
    let up = u64::from(due.subsec_nanos() > 0);
    u32::try_from(due.as_secs() + up).unwrap_or(u32::MAX)
}
