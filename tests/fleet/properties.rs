//! The properties, how often each was checked, and what failed.

use std::fmt;

/// The properties that rotation promises.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) enum Property {
    /// No ready replica seals with a key that some ready replica cannot open.
    EveryReplicaHasTheSealingKey,
    /// A token accepted anywhere is accepted by every ready replica until it expires or is revoked.
    AcceptedEverywhere,
    /// Every ready replica always has a sealing key.
    EveryReplicaCanSeal,
    /// Epochs on a replica never fall, and one epoch has one content.
    EpochsNeverFall,
    /// A key seals only if it was staged in an earlier epoch.
    StagedBeforeSealing,
    /// A key is dropped only after its end has passed on every clock.
    DroppedAfterItsEnd,
    /// A rotation that is killed at any step, or gets an error for a success, completes on the next
    /// turn.
    ResumesAfterAKill,
    /// Any number of concurrent keepers make one decision for each epoch.
    KeepersAgree,
    /// Nothing that is still referenced is deleted.
    ReferencedIsKept,
    /// Nothing that a replica cannot open is cleared.
    NothingIsCleared,
    /// A revoked session opens nowhere once that is distributed, and nothing brings it back.
    RevokedStaysRevoked,
    /// Clocks that jump within the skew break none of these.
    HoldsUnderClockJumps,
    /// A browser that has logged out of a session does not open it again.
    LoggedOutStaysLoggedOut,
    /// A login on a replica that knows a revocation is not refused because of it.
    RevokedCanLogInAgain,
}

/// Counts the checks and keeps the first failures.
#[derive(Debug, Default)]
pub(crate) struct Checks {
    made: [u64; 14],
    found: Vec<Violation>,
}

/// A property that did not hold.
#[derive(Clone, Debug)]
pub(crate) struct Violation {
    pub(crate) property: Property,
    pub(crate) at: u32,
    pub(crate) what: String,
}

impl Checks {
    /// Asserts a property. `what` describes what was found if it does not hold.
    pub(crate) fn assert(
        &mut self,
        property: Property,
        holds: bool,
        at: u32,
        what: impl FnOnce() -> String,
    ) {
        self.made[property as usize] += 1;
        let so_far = |it: &Violation| it.property == property;
        if !holds && self.found.iter().filter(|it| so_far(it)).count() < KEPT {
            let what = what();
            self.found.push(Violation { property, at, what });
        }
    }

    pub(crate) fn found(&self) -> &[Violation] {
        &self.found
    }

    pub(crate) fn has_found(&self, property: Property) -> bool {
        self.found.iter().any(|it| it.property == property)
    }

    pub(crate) fn made(&self, property: Property) -> u64 {
        self.made[property as usize]
    }

    pub(crate) fn add(&mut self, other: Self) {
        for (here, there) in self.made.iter_mut().zip(other.made) {
            *here += there;
        }
        self.found.extend(other.found);
    }
}

impl Property {
    pub(crate) const ALL: [Self; 14] = [
        Self::EveryReplicaHasTheSealingKey,
        Self::AcceptedEverywhere,
        Self::EveryReplicaCanSeal,
        Self::EpochsNeverFall,
        Self::StagedBeforeSealing,
        Self::DroppedAfterItsEnd,
        Self::ResumesAfterAKill,
        Self::KeepersAgree,
        Self::ReferencedIsKept,
        Self::NothingIsCleared,
        Self::RevokedStaysRevoked,
        Self::HoldsUnderClockJumps,
        Self::LoggedOutStaysLoggedOut,
        Self::RevokedCanLogInAgain,
    ];
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:?} at second {}: {}",
            self.property, self.at, self.what
        )
    }
}

/// How many violations of a property are kept.
const KEPT: usize = 3;
