//! What does an epoch change? Said for people and for machines.

use std::fmt;

use sealjar::{KeyId, Suite, Timestamp, Timing};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::human_duration::HumanDuration;

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

    /// Shows it with another name for its key than the id, where `name` has one.
    pub fn with_key_names<'a>(
        &'a self,
        name: &'a dyn Fn(KeyId) -> Option<&'static str>,
    ) -> impl fmt::Display + 'a {
        Named { step: self, name }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.with_key_names(&|_| None).fmt(f)
    }
}

/// A step, and what its key is called.
struct Named<'a> {
    step: &'a Step,
    name: &'a dyn Fn(KeyId) -> Option<&'static str>,
}

impl fmt::Display for Named<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = self.step.key().map(|key| match (self.name)(key) {
            Some(name) => name.into(),
            None => key.to_string(),
        });
        let key = key.unwrap_or_default();
        match self.step {
            Step::Dropped { .. } => write!(f, "key {key} is dropped"),
            Step::Ended {
                seals_until,
                opens_until,
                ..
            } => write!(
                f,
                "key {key} is opening: its successor seals, a replica that lags may seal under it until \
                 {seals_until}, and all open it until {opens_until}"
            ),
            Step::FloorRaised { born_before } => {
                write!(f, "all sessions born before {born_before} are refused")
            }
            Step::Forgot { entries: 1 } => f.write_str("1 revocation is forgotten"),
            Step::Forgot { entries } => write!(f, "{entries} revocations are forgotten"),
            Step::LeftOut { .. } => write!(
                f,
                "key {key} of the document that replicas have stays out: only that document has it"
            ),
            Step::Lifetime { seconds, begins } => {
                let lifetime = HumanDuration::from_secs(*seconds);
                match begins {
                    Some(begins) => write!(f, "tokens live {lifetime} from {begins} on"),
                    None => write!(f, "tokens live {lifetime} once every replica holds the key"),
                }
            }
            Step::NotRevived { .. } => write!(
                f,
                "key {key} stays away, the last known ring does not have it in use"
            ),
            Step::PolicyChanged {
                timing,
                token_lifetime,
                revocation_horizon,
                suite,
            } => write!(
                f,
                "the policy is now a new key every {}, tokens of new keys live {}, a ring is everywhere \
                 within {}, clocks differ by {} at most, revocations are kept {}, new keys are of the \
                 suite {}",
                HumanDuration::from_secs(timing.rotate_every),
                HumanDuration::from_secs(*token_lifetime),
                HumanDuration::from_secs(timing.distribution),
                HumanDuration::from_secs(timing.skew),
                HumanDuration::from_secs(*revocation_horizon),
                suite.as_str()
            ),
            Step::Promoted { from, .. } => write!(f, "key {key} seals from {from}"),
            Step::PulledBack { to } => {
                write!(f, "what lay ahead of the clock is pulled back to {to}")
            }
            Step::Replaced { there } => write!(
                f,
                "the ring with the id {there} is replaced; replicas that run keep it until they start again"
            ),
            Step::Revoked { sealed_since, .. } => match sealed_since {
                Some(since) => write!(f, "key {key}, which sealed since {since}, is revoked"),
                None => write!(f, "key {key}, which never sealed, is revoked"),
            },
            Step::SealsBeforeHeld { for_seconds, .. } => write!(
                f,
                "key {key} seals before every replica knows: for up to {} some of them refuse \
                 its sessions",
                HumanDuration::from_secs(*for_seconds)
            ),
            Step::SessionRevoked { session } => write!(f, "session {session} is refused"),
            Step::Staged { .. } => write!(f, "key {key} is staged as the standby"),
            Step::Suite { suite, begins } => {
                let suite = suite.as_str();
                match begins {
                    Some(begins) => write!(f, "tokens are sealed with {suite} from {begins} on"),
                    None => write!(
                        f,
                        "tokens are sealed with {suite} once every replica holds the key"
                    ),
                }
            }
            Step::SubjectRevoked {
                subject,
                app,
                born_before,
            } => write!(
                f,
                "sessions of \"{subject}\" in {app} born before {born_before} are refused"
            ),
            Step::Withdrawn { .. } => {
                write!(
                    f,
                    "key {key}, which never sealed, makes way for another standby"
                )
            }
        }
    }
}

pub(crate) fn as_text<S: Serializer>(
    value: &impl fmt::Display,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

fn as_name<S: Serializer>(suite: &Suite, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(suite.as_str())
}

fn as_seconds<S: Serializer>(timing: &Timing, serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(3))?;
    map.serialize_entry("rotate_every", &timing.rotate_every)?;
    map.serialize_entry("distribution", &timing.distribution)?;
    map.serialize_entry("skew", &timing.skew)?;
    map.end()
}

pub(crate) fn as_optional_text<S: Serializer>(
    value: &Option<impl fmt::Display>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => serializer.collect_str(value),
        None => serializer.serialize_none(),
    }
}
