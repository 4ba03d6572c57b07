//! What does a replica make of an answer?

use std::fmt;

use sealjar::{ListError, RevocationList, Timestamp};
use zeroize::Zeroizing;

use crate::answer::{UncheckedAnswer, Voucher};
use crate::head::{Head, HeadError, SignedHead, Standing};
use crate::key::DeliveryKey;
use crate::part::Parts;

/// A question that was sent, with what its answer is judged by.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The replica's key.
    pub key: &'a DeliveryKey,
    /// The ring's name.
    pub ring: &'a str,
    /// The nonce of the question.
    pub nonce: &'a [u8; 16],
    /// The head in use, `None` for a replica that has taken none yet.
    pub held: Option<&'a Head>,
    /// The list in use, `None` if that head names none. A delta is applied to it.
    pub list: Option<&'a RevocationList>,
    /// When the question was sent, by the replica's clock.
    pub sent: Timestamp,
}

/// What an answer brings.
#[derive(Debug)]
pub struct Judged {
    /// As of when the keeper vouches for what it names: the earlier of when the question was sent
    /// and when the keeper had read its store. `None` from a relay, which vouches for nothing.
    pub confirmed: Option<Timestamp>,
    /// What is newer than what the replica holds.
    pub news: Option<Held>,
}

/// A head with what it names, as far as the replica did not have that before.
pub struct Held {
    /// The head.
    pub head: SignedHead,
    /// The ring document, if its epoch is new.
    pub document: Option<Zeroizing<Vec<u8>>>,
    /// The list, if its number is new.
    pub list: Option<RevocationList>,
}

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Held")
            .field("head", &self.head)
            .field("document", &self.document.as_ref().map(|it| it.len()))
            .field("list", &self.list)
            .finish()
    }
}

impl Asked<'_> {
    /// Judges an answer, at the time `now` of the replica's clock.
    ///
    /// A head in use that lies more than a day ahead of the clock counts as none: it was taken
    /// under a wrong clock, and would keep every other one out.
    ///
    /// # Errors
    /// [`AnswerError`]. What is in use stays.
    pub fn judge(&self, answer: &[u8], now: Timestamp) -> Result<Judged, AnswerError> {
        let answer = UncheckedAnswer::read(answer).ok_or(AnswerError::NotAnAnswer)?;
        let head =
            SignedHead::verify(self.key, self.ring, answer.head).map_err(AnswerError::Head)?;
        let voucher = answer
            .voucher(self.key, self.ring, self.nonce)
            .ok_or(AnswerError::Signature)?;
        let epoch = head.head().epoch;
        if epoch > latest_epoch(now) {
            return Err(AnswerError::Ahead { epoch });
        }
        let held = self.held.filter(|held| held.epoch <= latest_epoch(now));
        let news = match held.map(|held| head.head().standing_to(held)) {
            Some(Standing::Same) => None,
            Some(Standing::Older) => return Err(AnswerError::Behind { epoch }),
            Some(Standing::Crossed) => return Err(AnswerError::Crossed),
            Some(Standing::Fork) => return Err(AnswerError::Fork { epoch }),
            Some(Standing::Newer) | None => Some(self.take(head, answer.parts)?),
        };
        let confirmed = match voucher {
            Voucher::Keeper(as_of) => Some(as_of.min(self.sent)),
            Voucher::Nobody => None,
        };
        Ok(Judged { confirmed, news })
    }

    /// Takes what comes with a head, as far as the replica does not have it: also what it has taken
    /// under a wrong clock is the same if its number and hash are.
    fn take(&self, head: SignedHead, parts: &[u8]) -> Result<Held, AnswerError> {
        let parts = Parts::read(parts).ok_or(AnswerError::NotAnAnswer)?;
        let named = head.head();
        let has =
            |is_same: fn(&Head, &Head) -> bool| self.held.is_some_and(|it| is_same(it, named));
        let document = if has(|it, named| (it.epoch, it.ring) == (named.epoch, named.ring)) {
            None
        } else {
            let opened = parts.ring(self.key, self.ring, named);
            Some(opened.ok_or(AnswerError::Parts)?)
        };
        let has_list = has(|it, named| (it.seq, it.list) == (named.seq, named.list));
        let list = if named.seq == 0 || has_list {
            None
        } else {
            Some(self.list(&parts, named)?)
        };
        Ok(Held {
            head,
            document,
            list,
        })
    }

    fn list(&self, parts: &Parts<'_>, named: &Head) -> Result<RevocationList, AnswerError> {
        if parts.has_delta() {
            let led = self
                .list
                .and_then(|held| parts.updated(self.key, self.ring, named, held));
            return led.ok_or(AnswerError::Delta);
        }
        let opened = parts.list(self.key, self.ring, named);
        let list = RevocationList::from_bytes(&opened.ok_or(AnswerError::Parts)?);
        let list = list.map_err(AnswerError::List)?;
        if list.seq() != named.seq {
            return Err(AnswerError::Parts);
        }
        Ok(list)
    }
}

/// The greatest epoch that is not ahead of the clock: SPEC.md, section 4.
fn latest_epoch(now: Timestamp) -> u64 {
    u64::from(now.stored()) + 86_400
}

/// Why an answer brings nothing.
#[derive(Clone, Eq, PartialEq)]
#[non_exhaustive]
pub enum AnswerError {
    /// The epoch lies more than a day ahead of the replica's clock.
    Ahead {
        /// The epoch.
        epoch: u64,
    },
    /// The keeper is behind this replica.
    Behind {
        /// The keeper's epoch.
        epoch: u64,
    },
    /// One of the keeper's numbers is higher than the replica's and the other lower: two keepers
    /// answered at once. Asking again helps.
    Crossed,
    /// The delta does not lead from the list in use to the one that the head names. Asking for the
    /// whole list helps: a question that names no head.
    Delta,
    /// The keeper has something else under a number that the replica holds.
    Fork {
        /// The keeper's epoch.
        epoch: u64,
    },
    /// What it names as current is not signed.
    Head(HeadError),
    /// The keeper has signed a list that this build cannot read.
    List(ListError),
    /// The bytes do not have the form of an answer.
    NotAnAnswer,
    /// What came with the head is not what the head names. A question that names no head gets all
    /// of it.
    Parts,
    /// It answers another question, or no keeper has signed it.
    Signature,
}

impl AnswerError {
    /// Returns what to do about it.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Ahead { .. } => "check the clocks of this machine and of the keeper's",
            Self::Behind { .. } => {
                "was a backup of the keeper's store put back? `sealjar restore` takes the ring of a \
                 replica"
            }
            Self::Crossed => "there is nothing to do: it is asked again",
            Self::Delta => "there is nothing to do: the whole list is asked for",
            Self::List(error) => error.hint(),
            Self::Fork { .. } => {
                "are there two stores, or was a backup put back? `sealjar restore` takes one of the two"
            }
            Self::Head(_) | Self::Parts | Self::Signature => {
                "check that this replica has the delivery key of this keeper; then see what stands \
                 between the two"
            }
            Self::NotAnAnswer => "check the address: it should be that of `sealjar run --serve`",
        }
    }
}

impl fmt::Display for AnswerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ahead { epoch } => {
                write!(f, "the keeper's epoch {epoch} lies ahead of the clock here")
            }
            Self::Behind { epoch } => write!(
                f,
                "the keeper has epoch {epoch}, and this replica has taken something later"
            ),
            Self::Crossed => f.write_str("two keepers answered at once, each with something newer"),
            Self::Fork { epoch } => write!(
                f,
                "the keeper has something else than this replica under the same number, in epoch {epoch}"
            ),
            Self::Delta => f.write_str("what has changed does not lead to the list that is signed"),
            Self::Head(error) => error.fmt(f),
            Self::List(error) => error.fmt(f),
            Self::NotAnAnswer => {
                f.write_str("this is no answer: it has other bytes, or was cut off")
            }
            Self::Parts => f.write_str("what came is not what the keeper has signed"),
            Self::Signature => {
                f.write_str("the answer is not signed by the keeper, or is one to another question")
            }
        }
    }
}

sealjar::__debug_as_report!(AnswerError, hint);

/// The message has the cause, so that it is printed once.
impl std::error::Error for AnswerError {}
