//! What came of a look at the source?

use std::sync::Arc;

use sealjar::Timestamp;

use crate::error::SourceError;
use crate::schedule::Reason;

/// What came of one look at the source.
#[derive(Debug)]
#[non_exhaustive]
pub struct Event {
    /// Why the source was looked at.
    pub reason: Reason,
    /// What came of it.
    pub outcome: Outcome,
    /// When the ring should have been rotated at the latest, if that time is past. The ring goes on
    /// sealing and opening; whoever rotates it does not work.
    pub overdue: Option<Timestamp>,
    /// Whether the look before ended with the same refusal.
    pub(crate) refused_before: bool,
    pub(crate) overdue_before: bool,
}

/// What a look at the source changed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Outcome {
    /// The ring in use is at the source again, after looks that failed.
    Recovered,
    /// There was no ring, or none that may take the place of the one in use, which stays.
    Refused(Arc<SourceError>),
    /// A newer ring is in use.
    Replaced {
        /// The epoch of the ring before.
        from: u64,
        /// The epoch of the ring in use.
        to: u64,
    },
    /// The ring in use is the one at the source.
    Unchanged,
}

impl Event {
    /// Logs the event through `tracing`, target `sealjar`: a lasting failure when it begins,
    /// changes and ends, not at each look; an overdue rotation when it begins to be overdue.
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
        if let (Some(expected_by), false) = (self.overdue, self.overdue_before) {
            tracing::warn!(
                target: "sealjar",
                %expected_by,
                "the key ring has not been rotated in time; is its keeper running?"
            );
        }
    }
}
