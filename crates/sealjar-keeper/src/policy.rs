//! How often keys change: settings, the policy that they make, and why one cannot work.

mod error;

use sealjar::{KeyRing, RingKey, Suite, Timing};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use crate::human_duration::HumanDuration;
pub use crate::policy::error::PolicyError;

/// The times that a ring rotates by. Every policy that exists can work.
///
/// # Examples
/// ```
/// use sealjar_keeper::policy::RotationPolicy;
///
/// let policy = RotationPolicy::default();
/// assert_eq!(policy.timing().rotate_every, 7 * 86_400);
/// assert_eq!(policy.token_lifetime(), 86_400);
/// assert_eq!(policy.revocation_horizon(), 30 * 86_400);
/// assert_eq!(policy.most_keys(), 5);
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RotationPolicy {
    timing: Timing,
    token_lifetime: u32,
    revocation_horizon: u32,
    suite: Suite,
}

impl RotationPolicy {
    /// Returns the times that the ring document has: how often the sealing key changes, within
    /// what time a publication is everywhere, how far apart clocks are. In seconds.
    #[must_use]
    pub const fn timing(&self) -> Timing {
        self.timing
    }

    /// Returns the longest that a token under a new key lives, in seconds.
    #[must_use]
    pub const fn token_lifetime(&self) -> u32 {
        self.token_lifetime
    }

    /// Returns how long a revocation is remembered, in seconds. No jar's lifetime may exceed it.
    #[must_use]
    pub const fn revocation_horizon(&self) -> u32 {
        self.revocation_horizon
    }

    /// Returns the suite of new keys.
    #[must_use]
    pub const fn suite(&self) -> Suite {
        self.suite
    }

    /// Whether a key is as this policy makes them: of its lifetime and its suite.
    pub(crate) fn makes(&self, key: &RingKey) -> bool {
        key.lifetime == self.token_lifetime && key.suite() == Some(self.suite)
    }

    /// Returns how many keys a ring may come to hold: one that seals, its standby, and those whose
    /// tokens still live.
    #[must_use]
    pub fn most_keys(&self) -> u64 {
        let Timing {
            rotate_every,
            distribution,
            skew,
        } = self.timing;
        let alive = u64::from(self.token_lifetime) + u64::from(distribution) + 3 * u64::from(skew);
        alive.div_ceil(u64::from(rotate_every)) + 4
    }

    fn check(self) -> Result<Self, PolicyError> {
        let Timing {
            rotate_every,
            distribution,
            skew,
        } = self.timing;
        for (setting, seconds) in [
            ("rotate-every", rotate_every),
            ("token-lifetime", self.token_lifetime),
            ("revocation-horizon", self.revocation_horizon),
        ] {
            if seconds == 0 {
                return Err(PolicyError::Zero { setting });
            }
        }
        let shortest = u64::from(distribution) + 2 * u64::from(skew);
        if u64::from(rotate_every) < shortest {
            return Err(PolicyError::TooOften {
                rotate_every: HumanDuration::from_secs(rotate_every),
                distribution: HumanDuration::from_secs(distribution),
                skew: HumanDuration::from_secs(skew),
            });
        }
        if self.most_keys() > KeyRing::MAX_KEYS as u64 {
            return Err(PolicyError::TooManyKeys {
                keys: self.most_keys(),
                rotate_every: HumanDuration::from_secs(rotate_every),
                token_lifetime: HumanDuration::from_secs(self.token_lifetime),
            });
        }
        Ok(self)
    }
}

impl Default for RotationPolicy {
    fn default() -> Self {
        Self {
            timing: Timing {
                rotate_every: 7 * DAY,
                distribution: 300,
                skew: 30,
            },
            token_lifetime: DAY,
            revocation_horizon: 30 * DAY,
            suite: Suite::Xaes256Gcm,
        }
    }
}

/// What flags, environment and configuration ask of a policy.
///
/// What is absent stays as the ring has it, so that a command given by hand never changes the
/// policy by what it does not say. A new ring takes the [default](RotationPolicy::default).
///
/// # Examples
/// ```
/// use sealjar_keeper::policy::PolicySettings;
///
/// let hourly = PolicySettings {
///     rotate_every: Some("1h".parse()?),
///     ..PolicySettings::default()
/// };
/// assert_eq!(hourly.resolve(None)?.timing().rotate_every, 3600);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PolicySettings {
    /// How often the sealing key changes.
    pub rotate_every: Option<HumanDuration>,
    /// Within what time a finished publication is on every ready replica.
    pub distribution: Option<HumanDuration>,
    /// How far apart any two clocks may be, the keeper's included.
    pub skew: Option<HumanDuration>,
    /// The longest that a token under a new key lives.
    pub token_lifetime: Option<HumanDuration>,
    /// How long a revocation is remembered.
    pub revocation_horizon: Option<HumanDuration>,
    /// The suite of new keys, in a file by the name that ring documents use.
    #[serde(default, deserialize_with = "suite_by_name")]
    pub suite: Option<Suite>,
}

impl PolicySettings {
    /// Fills what is absent here from `other`.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            rotate_every: self.rotate_every.or(other.rotate_every),
            distribution: self.distribution.or(other.distribution),
            skew: self.skew.or(other.skew),
            token_lifetime: self.token_lifetime.or(other.token_lifetime),
            revocation_horizon: self.revocation_horizon.or(other.revocation_horizon),
            suite: self.suite.or(other.suite),
        }
    }

    /// Makes the policy for a ring, or for a new one.
    ///
    /// # Errors
    /// [`PolicyError`] when what comes out cannot work.
    pub fn resolve(&self, ring: Option<&KeyRing>) -> Result<RotationPolicy, PolicyError> {
        let standing = ring.map_or_else(RotationPolicy::default, |ring| RotationPolicy {
            timing: ring.timing(),
            revocation_horizon: ring.revocations().horizon,
            ..wanted_keys(ring)
        });
        let or = |wanted: Option<HumanDuration>, standing: u32| {
            wanted.map_or(standing, HumanDuration::as_secs)
        };
        let policy = RotationPolicy {
            timing: Timing {
                rotate_every: or(self.rotate_every, standing.timing.rotate_every),
                distribution: or(self.distribution, standing.timing.distribution),
                skew: or(self.skew, standing.timing.skew),
            },
            token_lifetime: or(self.token_lifetime, standing.token_lifetime),
            revocation_horizon: or(self.revocation_horizon, standing.revocation_horizon),
            suite: self.suite.unwrap_or(standing.suite),
        };
        // Sessions that were sealed under the longer horizon would outlive their revocation.
        if ring.is_some() && policy.revocation_horizon < standing.revocation_horizon {
            return Err(PolicyError::HorizonFalls {
                standing: HumanDuration::from_secs(standing.revocation_horizon),
                wanted: HumanDuration::from_secs(policy.revocation_horizon),
            });
        }
        policy.check()
    }
}

/// The default policy with the lifetime and suite that a ring's next key is to have. An older
/// document does not say: its last key has them.
pub(crate) fn wanted_keys(ring: &KeyRing) -> RotationPolicy {
    let usual = RotationPolicy::default();
    if let Some(next_key) = ring.next_key() {
        return RotationPolicy {
            token_lifetime: next_key.lifetime,
            suite: next_key.suite,
            ..usual
        };
    }
    let keys = ring.keys().iter().filter(|key| !key.is_revoked());
    match keys.max_by_key(|key| (key.staged_epoch, key.staged_at)) {
        Some(newest) => RotationPolicy {
            token_lifetime: newest.lifetime,
            suite: newest.suite().unwrap_or(usual.suite),
            ..usual
        },
        None => usual,
    }
}

fn suite_by_name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Suite>, D::Error> {
    let name = String::deserialize(deserializer)?;
    let suite = Suite::from_name(&name);
    suite
        .map(Some)
        .ok_or_else(|| D::Error::custom("it is not one of xaes-256-gcm and xchacha20-poly1305"))
}

const DAY: u32 = 86_400;

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(rotate_every: &str, distribution: &str, skew: &str, life: &str) -> PolicySettings {
        let span = |text: &str| Some(text.parse().unwrap());
        PolicySettings {
            rotate_every: span(rotate_every),
            distribution: span(distribution),
            skew: span(skew),
            token_lifetime: span(life),
            revocation_horizon: None,
            suite: None,
        }
    }

    #[test]
    fn a_policy_that_works_at_the_edge_is_taken_and_one_beyond_is_refused_with_the_reason() {
        for (rotate_every, distribution, skew, life, refused) in [
            ("6m", "5m", "30s", "10m", None),
            ("5m 59s", "5m", "30s", "10m", Some("TooOften")),
            ("1s", "0s", "0s", "1s", None),
            ("0s", "0s", "0s", "1s", Some("Zero")),
            ("1h", "0s", "0s", "0s", Some("Zero")),
            ("1m", "0s", "0s", "1h", None),
            ("1m", "0s", "0s", "60m 1s", Some("TooManyKeys")),
            ("136years", "136years", "1s", "1d", Some("TooOften")),
        ] {
            let found = settings(rotate_every, distribution, skew, life).resolve(None);
            let found = found.err();
            let name = found.as_ref().map(|error| match error {
                PolicyError::TooManyKeys { .. } => "TooManyKeys",
                PolicyError::TooOften { .. } => "TooOften",
                PolicyError::Zero { .. } => "Zero",
                _ => "another",
            });
            match refused {
                None => assert_eq!(name, None, "{rotate_every}"),
                Some(_) => {
                    assert_eq!(name, refused, "{rotate_every}");
                    assert!(!found.unwrap().hint().is_empty());
                }
            }
        }
    }

    #[test]
    fn what_is_not_said_stays_as_the_first_that_says_it() {
        let flags = PolicySettings {
            skew: Some(HumanDuration::from_secs(1)),
            ..PolicySettings::default()
        };
        let merged = flags.or(settings("1h", "1m", "5s", "2h"));
        assert_eq!(merged.skew, Some(HumanDuration::from_secs(1)));
        assert_eq!(merged.rotate_every, Some(HumanDuration::from_secs(3600)));
        assert_eq!(
            PolicySettings::default().resolve(None),
            Ok(RotationPolicy::default())
        );
    }
}
