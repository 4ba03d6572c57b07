//! What does an epoch change, in words?

use std::fmt;

use sealjar::KeyId;

use crate::human_duration::HumanDuration;
use crate::step::Step;

impl Step {
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
