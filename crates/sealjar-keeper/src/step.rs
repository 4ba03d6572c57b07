//! What does an epoch change? In words for people, and as JSON for machines.

mod json;
mod words;

use sealjar::{KeyId, Suite, Timestamp, Timing};
use serde::Serialize;

use crate::step::json::{as_name, as_optional_text, as_seconds, as_text};

/// One thing that an epoch changes.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Step {
    /// A key whose end was over everywhere is gone.
    Dropped {
        /// Which.
        #[serde(serialize_with = "as_text")]
        key: KeyId,
    },
    /// A key that has been superseded was given its end.
    Ended {
        /// Which.
        #[serde(serialize_with = "as_text")]
        key: KeyId,
        /// The last second in which it seals.
        #[serde(serialize_with = "as_text")]
        seals_until: Timestamp,
        /// The first second in which it no longer opens.
        #[serde(serialize_with = "as_text")]
        opens_until: Timestamp,
    },
    /// Sessions born before a time are refused, all of them.
    FloorRaised {
        /// The time.
        #[serde(serialize_with = "as_text")]
        born_before: Timestamp,
    },
    /// Revocations that are over, or that the floor covers, were forgotten.
    Forgot {
        /// How many.
        entries: usize,
    },
    /// A key of the document that replicas have been given stays out of a restored ring: neither
    /// the store nor the restored document has it.
    LeftOut {
        /// Which.
        #[serde(serialize_with = "as_text")]
        key: KeyId,
    },
    /// Tokens live for another time than before.
    Lifetime {
        /// How many seconds.
        seconds: u32,
        /// When that begins, `None` once every replica says that it holds the key.
        #[serde(serialize_with = "as_optional_text")]
        begins: Option<Timestamp>,
    },
    /// A key of a restored document stays away: the last known ring does not have it in use.
    NotRevived {
        /// Which.
        #[serde(serialize_with = "as_text")]
        key: KeyId,
    },
    /// The ring goes by other times from now on.
    PolicyChanged {
        /// How often the key changes, within what time a ring is everywhere, how far apart clocks
        /// are.
        #[serde(flatten, serialize_with = "as_seconds")]
        timing: Timing,
        /// The longest that a token under a new key lives, in seconds.
        token_lifetime: u32,
        /// How many seconds a revocation is remembered.
        revocation_horizon: u32,
        /// The suite of new keys.
        #[serde(serialize_with = "as_name")]
        suite: Suite,
    },
    /// A key begins to seal.
    Promoted {
        /// Which.
        #[serde(serialize_with = "as_text")]
        key: KeyId,
        /// When.
        #[serde(serialize_with = "as_text")]
        from: Timestamp,
    },
    /// What lay ahead of the clock was pulled back, because a person says that the clock is right.
    PulledBack {
        /// To what the clock shows.
        #[serde(serialize_with = "as_text")]
        to: Timestamp,
    },
    /// A document of another ring takes the place of the ring that was there.
    Replaced {
        /// The id of the ring that was there.
        there: String,
    },
    /// A key was put out of use before its time.
    Revoked {
        /// Which.
        #[serde(serialize_with = "as_text")]
        key: KeyId,
        /// Since when it sealed, `None` when it never did.
        #[serde(serialize_with = "as_optional_text")]
        sealed_since: Option<Timestamp>,
    },
    /// A key seals before every replica holds it, or has heard that its end is lifted, because
    /// nothing better was left. Those that have not refuse its tokens.
    SealsBeforeHeld {
        /// Which.
        #[serde(serialize_with = "as_text")]
        key: KeyId,
        /// For how many seconds at most.
        for_seconds: u32,
    },
    /// A session is refused.
    SessionRevoked {
        /// Its id, 16 characters of hex.
        session: String,
    },
    /// A standby was added.
    Staged {
        /// Which.
        #[serde(serialize_with = "as_text")]
        key: KeyId,
    },
    /// Tokens are sealed with another suite than before.
    Suite {
        /// Which.
        #[serde(serialize_with = "as_name")]
        suite: Suite,
        /// When that begins, `None` once every replica says that it holds the key.
        #[serde(serialize_with = "as_optional_text")]
        begins: Option<Timestamp>,
    },
    /// A person's sessions are refused in one application.
    SubjectRevoked {
        /// Who.
        subject: String,
        /// Where.
        app: String,
        /// Those born before this time.
        #[serde(serialize_with = "as_text")]
        born_before: Timestamp,
    },
    /// A standby is gone under which nothing was ever sealed: another one has the lifetime and the
    /// suite that are wanted.
    Withdrawn {
        /// Which.
        #[serde(serialize_with = "as_text")]
        key: KeyId,
    },
}

impl Step {
    /// Returns whether something that was accepted is refused from now on.
    #[must_use]
    pub const fn revokes(&self) -> bool {
        matches!(
            self,
            Self::FloorRaised { .. }
                | Self::LeftOut { .. }
                | Self::NotRevived { .. }
                | Self::Replaced { .. }
                | Self::Revoked { .. }
                | Self::SessionRevoked { .. }
                | Self::SubjectRevoked { .. }
        )
    }

    /// Returns the key that it is about, if it is about one.
    #[must_use]
    pub const fn key(&self) -> Option<KeyId> {
        match self {
            Self::Dropped { key }
            | Self::Ended { key, .. }
            | Self::LeftOut { key }
            | Self::NotRevived { key }
            | Self::Promoted { key, .. }
            | Self::Revoked { key, .. }
            | Self::SealsBeforeHeld { key, .. }
            | Self::Staged { key }
            | Self::Withdrawn { key } => Some(*key),
            Self::FloorRaised { .. }
            | Self::Forgot { .. }
            | Self::Lifetime { .. }
            | Self::PolicyChanged { .. }
            | Self::PulledBack { .. }
            | Self::Replaced { .. }
            | Self::SessionRevoked { .. }
            | Self::SubjectRevoked { .. }
            | Self::Suite { .. } => None,
        }
    }
}
