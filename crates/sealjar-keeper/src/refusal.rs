//! Why is a decision refused, and what can be done about it?

use std::fmt;

use sealjar::{
    ContextError, KeyId, ListError, RandomError, Revocations, RingError, RingId, Timestamp,
};

use crate::plan::wait::{Wait, WaitReason};
use crate::policy::PolicyError;

/// Why nothing was decided. The ring is as it was.
#[derive(Clone, Eq, PartialEq)]
#[non_exhaustive]
pub enum Refused {
    /// Tokens will live as long as the policy says once every replica is known to hold the standby.
    Adopting(Wait),
    /// The key is revoked already.
    AlreadyRevoked(KeyId),
    /// The document is of another ring that has the same name.
    Another {
        /// The name of both.
        name: String,
        /// The id of the ring that is there.
        there: RingId,
        /// The id of the document's ring.
        found: RingId,
    },
    /// The clock is ahead of what is known of the time, by more than a keeper that takes its turns
    /// can be.
    ClockAhead {
        /// What the clock shows.
        now: Timestamp,
        /// The latest time that is known.
        latest: Timestamp,
        /// From what it is known.
        witness: Witness,
    },
    /// The clock is behind what was already decided, by more than the skew.
    ClockBehind {
        /// What the clock shows.
        now: Timestamp,
        /// What was decided or published at.
        latest: Timestamp,
    },
    /// The last epoch lies so far ahead of the clock that no replica would take the next.
    EpochAhead {
        /// The epoch.
        epoch: u64,
        /// The greatest that replicas take now.
        latest: u64,
    },
    /// The floor is at this time or later already.
    FloorStands {
        /// Where it is.
        floor: Timestamp,
    },
    /// The document is of another ring.
    Foreign {
        /// The ring of the store.
        expected: String,
        /// The ring of the document.
        found: String,
    },
    /// The ring would hold more than 64 keys.
    Full {
        /// How many.
        keys: usize,
    },
    /// A replica holds something that this store does not have.
    HeadBehind {
        /// The epoch of the store.
        epoch: u64,
        /// The replica, and what it holds.
        replica: String,
    },
    /// Sessions that have not begun yet would be refused.
    InFuture {
        /// The time that was asked for.
        born_before: Timestamp,
        /// The latest that can be.
        latest: Timestamp,
    },
    /// The list of revocations beside the ring has a number so far ahead of the clock that no
    /// replica would take the next.
    ListAhead(ListError),
    /// The list of revocations beside the ring has no room for all that was asked for.
    ListFull(ListError),
    /// The keeper has just started, or has found something in its store that it has not put there.
    /// It listens first whether replicas hold something later.
    Listening {
        /// Until when.
        until: Timestamp,
    },
    /// Nothing that was born before this time is alive.
    LongOver {
        /// The time that was asked for.
        born_before: Timestamp,
        /// The earliest before which something can have been born that is alive.
        earliest: Timestamp,
    },
    /// The name of an app or a person is too long.
    Name(ContextError),
    /// The ring has no standby that could begin to seal.
    NoStandby,
    /// The standby is not known to be held by every replica.
    NotHeld(Wait),
    /// The policy cannot work.
    Policy(PolicyError),
    /// The ring goes by the policy already.
    PolicyInForce,
    /// No key could be drawn.
    Random(RandomError),
    /// The list of revocations is full.
    RevocationsFull,
    /// The next epoch is no ring.
    Ring(RingError),
    /// The ring has no such key.
    UnknownKey(KeyId),
    /// A key of the ring is of a suite that this build does not know, so a newer keeper made it.
    UnknownSuite(KeyId),
}

/// What tells the time apart from the keeper's own clock.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Witness {
    /// The clock of the engine that keeps the ring.
    Engine,
    /// When the ring was changed or published last.
    Record,
}

impl Refused {
    /// Returns what to do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Adopting(_) => {
                "the keeper that runs does it; without one, `sealjar run --once` then"
            }
            Self::Another { .. } => {
                "is it another application's? Name the right store or document; if this one is to take the \
                 place of what is there, add --replace-ring: replicas that run keep theirs until they start again"
            }
            Self::AlreadyRevoked(_)
            | Self::FloorStands { .. }
            | Self::LongOver { .. }
            | Self::PolicyInForce => "there is nothing left to do",
            Self::ClockAhead {
                witness: Witness::Record,
                ..
            } => {
                "if this machine's clock is ahead (`date -u`), set it; if it is right, no keeper has run \
                 since: say so once, `sealjar run --once --clock-is-right`"
            }
            Self::ClockAhead { .. } => {
                "compare `date -u` here and on the engine's machine, and set the clock that is wrong; \
                 `--clock-is-right` decides by this one"
            }
            Self::ClockBehind { .. } => {
                "if this machine's clock is behind (`date -u`), set it; if it is right, the ring was changed \
                 under a clock that was ahead: repeat the command with --clock-is-right, or \
                 `sealjar run --once --clock-is-right`, which pulls back what lies ahead and logs nobody out"
            }
            Self::EpochAhead { .. } => {
                "if this machine's clock is behind (`date -u`), set it; if it is right, the ring was written \
                 under a clock that was ahead, or by somebody else: --clock-is-right continues with an epoch \
                 that replicas take"
            }
            Self::Foreign { .. } => "name the store of the document's ring",
            Self::Full { .. } => "wait until old keys are dropped, `sealjar status` says when",
            Self::HeadBehind { .. } => {
                "was a backup of the store put back, or are there two stores? `sealjar restore` takes \
                 that replica's ring; if the replica is gone, `sealjar forget INSTANCE`"
            }
            Self::InFuture { .. } => {
                "say `--before now`; for one person leave --before out, it is now"
            }
            Self::ListAhead(_) => {
                "if this machine's clock is behind (`date -u`), set it; if it is right, the list was written \
                 under a clock that was ahead: `sealjar run --once --clock-is-right` gives it a number that \
                 replicas take"
            }
            Self::ListFull(error) => error.hint(),
            Self::Listening { .. } => "ask again then, or ask another keeper",
            Self::Name(_) => "no session carries such a name, check it",
            Self::NoStandby => "let the keeper take a turn first, `sealjar run --once`",
            Self::NotHeld(Wait { until: Some(_), .. }) => {
                "wait until then, or add --force: some visitors will be logged out"
            }
            Self::NotHeld(_) => {
                "see why those replicas lag, or add --force: their visitors will be logged out"
            }
            Self::Policy(error) => error.hint(),
            Self::Random(_) => "see why the operating system gives no random bytes",
            Self::RevocationsFull | Self::Ring(RingError::TooLarge { .. }) => {
                "make room on purpose with `sealjar revoke --before TIME`, which logs out everyone \
                 whose session is older"
            }
            Self::Ring(_) => "correct what is named, nothing was changed",
            Self::UnknownKey(_) => "`sealjar status` lists the keys",
            Self::UnknownSuite(_) => "upgrade this keeper",
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Adopting(wait) => {
                f.write_str("the policy comes in once every replica holds the standby")?;
                match wait.until {
                    Some(until) => write!(f, ", at {until}"),
                    None => Ok(()),
                }
            }
            Self::AlreadyRevoked(key) => write!(f, "key {key} is revoked already"),
            Self::Another { name, there, found } => write!(
                f,
                "the document is another ring \"{name}\": it has the id {found}, what is there {there}, and they \
                 have no key in common"
            ),
            Self::ClockAhead {
                now,
                latest,
                witness,
            } => {
                write!(f, "clock_ahead: the clock shows {now}, and ")?;
                match witness {
                    Witness::Engine => write!(f, "the engine's {latest}"),
                    Witness::Record => {
                        write!(f, "the ring was changed at {latest} for the last time")
                    }
                }
            }
            Self::ClockBehind { now, latest } => write!(
                f,
                "clock_behind: the clock shows {now}, and the ring was changed at {latest}"
            ),
            Self::EpochAhead { epoch, latest } => write!(
                f,
                "epoch_ahead: epoch {epoch} lies ahead of the clock, and replicas take none after {latest}"
            ),
            Self::FloorStands { floor } => {
                write!(f, "sessions born before {floor} are refused already")
            }
            Self::Foreign { expected, found } => write!(
                f,
                "the document is of the ring \"{found}\", and the store of \"{expected}\""
            ),
            Self::Full { keys } => write!(
                f,
                "the ring would hold {keys} keys, {} are allowed",
                sealjar::KeyRing::MAX_KEYS
            ),
            Self::HeadBehind { epoch, replica } => write!(
                f,
                "head_behind: the store has epoch {epoch}, and {replica}, which this store does not have"
            ),
            Self::InFuture {
                born_before,
                latest,
            } => write!(
                f,
                "{born_before} is in the future, logins would be refused: the latest is {latest}"
            ),
            Self::LongOver {
                born_before,
                earliest,
            } => write!(
                f,
                "no session born before {born_before} is alive: none is older than {earliest}"
            ),
            Self::ListAhead(error) | Self::ListFull(error) => error.fmt(f),
            Self::Listening { until } => write!(
                f,
                "the keeper listens until {until} whether replicas hold something later than its store"
            ),
            Self::Name(error) => error.fmt(f),
            Self::NoStandby => f.write_str("the ring has no standby to rotate to"),
            Self::NotHeld(wait) => {
                f.write_str("the standby is not known to be held by every replica")?;
                match wait {
                    Wait {
                        until: Some(until), ..
                    } => write!(f, " before {until}"),
                    Wait {
                        reason: WaitReason::Standby { lagging, .. },
                        ..
                    } if !lagging.is_empty() => write!(f, ", these lag: {}", lagging.join(", ")),
                    _ => Ok(()),
                }
            }
            Self::Policy(error) => error.fmt(f),
            Self::PolicyInForce => f.write_str("the ring goes by the policy already"),
            Self::Random(error) => write!(f, "no key could be drawn: {error}"),
            Self::RevocationsFull => write!(
                f,
                "the ring lists {} revocations, and that is the limit",
                Revocations::MAX_ENTRIES
            ),
            Self::Ring(error) => write!(f, "the next ring cannot be: {error}"),
            Self::UnknownKey(key) => write!(f, "the ring has no key {key}"),
            Self::UnknownSuite(key) => {
                write!(f, "key {key} is of a suite that this build does not know")
            }
        }
    }
}

sealjar::__debug_as_report!(Refused, hint);

/// The message has the cause, so that it is printed once.
impl std::error::Error for Refused {}

impl From<ContextError> for Refused {
    fn from(error: ContextError) -> Self {
        Self::Name(error)
    }
}

impl From<PolicyError> for Refused {
    fn from(error: PolicyError) -> Self {
        Self::Policy(error)
    }
}

impl From<RandomError> for Refused {
    fn from(error: RandomError) -> Self {
        Self::Random(error)
    }
}

impl From<RingError> for Refused {
    fn from(error: RingError) -> Self {
        Self::Ring(error)
    }
}
