//! What does a turn wait for, and until when?

use sealjar::{KeyId, Timestamp};

/// What a turn waits for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Wait {
    /// Until when, `None` when no time is known: replicas have to say that they hold an epoch.
    pub until: Option<Timestamp>,
    /// For what.
    pub reason: WaitReason,
}

/// Why there is nothing to do yet.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum WaitReason {
    /// A key whose end is over everywhere can be dropped then.
    Drop(KeyId),
    /// A key that has been superseded can be given its end then.
    End(KeyId),
    /// Something is due, and replicas get the time to say what they hold before it is done.
    Listening,
    /// The ring can be given the policy that the keeper has been given.
    ///
    /// It waits for the ring's epoch to be held everywhere, so that two keepers with two policies
    /// do not write one epoch after the other.
    Policy,
    /// The epoch is on its way to replicas. Says what it waits for.
    Publication(String),
    /// The rotation is due then.
    Rotation,
    /// The rotation is due, and the standby is not known to be held by every replica.
    Standby {
        /// The epoch in which it was staged.
        epoch: u64,
        /// Who is known to hold only an earlier one.
        lagging: Vec<String>,
    },
}
