//! Why can a policy not work, and what can be done about it?

use std::fmt;

use sealjar::KeyRing;

use crate::human_duration::HumanDuration;

/// Why a policy cannot work.
///
/// # Examples
/// ```
/// use sealjar_keeper::policy::PolicySettings;
///
/// let every_minute = PolicySettings {
///     rotate_every: Some("1m".parse()?),
///     ..PolicySettings::default()
/// };
/// let error = every_minute.resolve(None).unwrap_err();
/// assert!(error.to_string().starts_with("rotate-every 1m is less than distribution 5m"));
/// assert_eq!(error.hint(), "rotate less often, or shorten distribution or skew");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Eq, PartialEq)]
#[non_exhaustive]
pub enum PolicyError {
    /// Revocations would be forgotten before the sessions they refuse are over.
    HorizonFalls {
        /// The ring's horizon.
        standing: HumanDuration,
        /// The shorter one that was asked for.
        wanted: HumanDuration,
    },
    /// A ring would have to hold more than 64 keys.
    TooManyKeys {
        /// How many it would come to hold.
        keys: u64,
        /// How often the key changes.
        rotate_every: HumanDuration,
        /// How long tokens live.
        token_lifetime: HumanDuration,
    },
    /// A key would begin to seal before every replica is known to hold it.
    TooOften {
        /// How often the key changes.
        rotate_every: HumanDuration,
        /// Within what time a publication is everywhere.
        distribution: HumanDuration,
        /// How far apart clocks are.
        skew: HumanDuration,
    },
    /// A time must be at least a second.
    Zero {
        /// Which.
        setting: &'static str,
    },
}

impl PolicyError {
    /// Returns what to do about it.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::HorizonFalls { .. } => "leave revocation-horizon as it is, it can only be raised",
            Self::TooManyKeys { .. } => "rotate less often, or shorten token-lifetime",
            Self::TooOften { .. } => "rotate less often, or shorten distribution or skew",
            Self::Zero { .. } => "give a time such as 7d, 24h, 5m or 30s",
        }
    }
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HorizonFalls { standing, wanted } => write!(
                f,
                "revocation-horizon {wanted} is less than the ring's {standing}: sessions would \
                 outlive their revocation"
            ),
            Self::TooManyKeys {
                keys,
                rotate_every,
                token_lifetime,
            } => write!(
                f,
                "rotating every {rotate_every} with tokens that live {token_lifetime} needs {keys} \
                 keys in the ring, {} are allowed",
                KeyRing::MAX_KEYS
            ),
            Self::TooOften {
                rotate_every,
                distribution,
                skew,
            } => write!(
                f,
                "rotate-every {rotate_every} is less than distribution {distribution} and twice \
                 skew {skew}: a key would seal before every replica holds it"
            ),
            Self::Zero { setting } => write!(f, "{setting} must be at least a second"),
        }
    }
}

sealjar::__debug_as_report!(PolicyError, hint);

impl std::error::Error for PolicyError {}
