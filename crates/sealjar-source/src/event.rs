//! What a look at the source has found.

use std::sync::Arc;

use sealjar::Timestamp;

use crate::error::SourceError;
use crate::schedule::Reason;

/// What one look at the source has found.
#[derive(Debug)]
#[non_exhaustive]
pub struct Event {
    /// Why the source was looked at.
    pub reason: Reason,
    /// What it has found.
    pub outcome: Outcome,
    /// The number of the list of revocations, if a newer one came into use.
    pub list: Option<u64>,
    /// The last second by which the ring should have been rotated, if that time has passed. The
    /// ring keeps sealing and opening, but the keeper is not working.
    pub overdue: Option<Timestamp>,
    /// Whether the look before ended with the same refusal.
    pub(crate) refused_before: bool,
    pub(crate) overdue_before: bool,
}

/// What a look at the source has changed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Outcome {
    /// The source has the ring in use again, after looks that failed.
    Recovered,
    /// There was no ring, or one that may not replace the ring in use, which stays.
    Refused(Arc<SourceError>),
    /// A newer ring is in use.
    Replaced {
        /// The epoch of the ring before.
        from: u64,
        /// The epoch of the ring in use.
        to: u64,
    },
    /// The source has the ring that is in use.
    Unchanged,
}

impl Event {
    /// Logs the event through `tracing`, target `sealjar`. A lasting failure is logged when it
    /// begins, changes and ends, not at each look; an overdue rotation when it becomes overdue.
    pub fn log(&self) {
        let reason = self.reason;
        match &self.outcome {
            Outcome::Recovered => {
                tracing::info!(target: "sealjar", %reason, "the key ring can be had again");
            }
            Outcome::Refused(error) if !self.refused_before => tracing::error!(
                target: "sealjar",
                %reason,
                hint = error.hint(),
                "{error}; the last good ring stays in use"
            ),
            Outcome::Replaced { from, to } => {
                tracing::info!(target: "sealjar", %reason, from, to, "a newer key ring is in use");
            }
            Outcome::Refused(_) | Outcome::Unchanged => {
                tracing::debug!(target: "sealjar", %reason, "no other key ring");
            }
        }
        if let Some(seq) = self.list {
            tracing::debug!(target: "sealjar", %reason, seq, "a newer list of revocations is in use");
        }
        if let (Some(expected_by), false) = (self.overdue, self.overdue_before) {
            tracing::warn!(
                target: "sealjar",
                %expected_by,
                "the key ring has not been rotated in time; is its keeper running?"
            );
        }
    }
}
