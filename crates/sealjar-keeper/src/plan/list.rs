//! What the next list of revocations says, and until when each of its records is kept.
//!
//! A record is kept for as long as a session that it refuses can be alive by any clock:
//!
//! * a session lives less than the horizon from its birth, by the clock of the replica that judges
//!   it, which is at most a skew behind the keeper's: `born + horizon + skew`;
//! * where the birth is not known, the session was begun by now. A clock that is ahead shows a skew
//!   more, and a login of somebody who is listed is born up to another skew after that:
//!   `now + horizon + 3 * skew`;
//! * for a person, whatever was born before the record's time: `born_before + horizon + skew`.
//!
//! This is written when the record is made, and holds whatever happens to replicas meanwhile: that
//! one is cut off, or starts from an old ring. It rises only with the horizon.

use sealjar::keeper::{ListDraft, ListRecord, Room};
use sealjar::{KeyRing, ListError, Revocation, RevocationList, Timestamp};

use crate::plan::epoch::{ROOM, above_what_is_lost};
use crate::policy::RotationPolicy;
use crate::refusal::Refused;

/// All that a decision about the list depends on. The clock is one that the ring's
/// [`Situation`](super::Situation) does not refuse.
#[derive(Clone, Copy, Debug)]
pub struct ListSituation<'a> {
    /// The list as the last commit has it.
    pub list: &'a RevocationList,
    /// The ring as the last epoch has it.
    pub ring: &'a KeyRing,
    /// The times to rotate by.
    pub policy: &'a RotationPolicy,
    /// The keeper's clock.
    pub now: Timestamp,
}

impl<'a> ListSituation<'a> {
    /// Begins the next list, without the records that are over.
    #[must_use]
    pub fn next(&self) -> NextList<'a> {
        self.numbered(self.number())
    }

    fn numbered(&self, seq: u64) -> NextList<'a> {
        let mut draft = ListDraft::new(self.list, seq, self.now);
        draft.follow(self.ring);
        NextList {
            situation: *self,
            draft,
        }
    }

    /// Returns the list that must be committed before the ring takes this policy, `None` if this
    /// one will do.
    ///
    /// Under a longer horizon sessions live longer, also those that are revoked already. So every
    /// record is kept longer by as much, in the list first and then in the ring. A keeper that is
    /// killed between the two does this again; but no record is ever needed longer than one that is
    /// made now.
    #[must_use]
    pub fn before_horizon_rises(&self) -> Option<RevocationList> {
        let rises = self.horizon() - self.ring.revocations().horizon;
        if rises == 0 {
            return None;
        }
        let mut next = self.next();
        let longest = self.until(None);
        next.draft.keep_longer(rises, longest);
        next.finish()
    }

    /// Refuses to decide by a clock that is behind the last commit of the list, and about a list
    /// whose number lies so far ahead that no replica would take the next.
    ///
    /// # Errors
    /// [`Refused::ClockBehind`], [`Refused::ListAhead`].
    pub(crate) fn check(&self) -> Result<(), Refused> {
        let (now, latest) = (self.now, self.list.forgotten_before());
        if now.saturating_add(self.skew()) < latest {
            return Err(Refused::ClockBehind { now, latest });
        }
        self.number_in_turn().map(|_| ())
    }

    /// Returns the list that continues beside a ring which was restored. Records may have been made
    /// under a horizon of `horizon` seconds. Its number is above those that may be lost. What lies
    /// ahead of the clock is pulled back.
    #[must_use]
    pub(crate) fn restored(&self, horizon: u32) -> RevocationList {
        let mut next = self.pull_back().unwrap_or_else(|| {
            let above = above_what_is_lost(self.now, self.skew());
            self.numbered(self.number().max(above))
        });
        let rises = self.horizon().saturating_sub(horizon);
        next.draft.keep_longer(rises, self.until(None));
        next.draft.build()
    }

    /// Returns the list as it is by a clock that a person vouches for, `None` if nothing in it lies
    /// ahead of that.
    #[must_use]
    pub(crate) fn pulled_back(&self) -> Option<RevocationList> {
        Some(self.pull_back()?.draft.build())
    }

    fn pull_back(&self) -> Option<NextList<'a>> {
        self.check().err()?;
        // One that forgets before a time to come would forget whatever is added to it.
        let empty = RevocationList::empty(self.ring);
        let number = KeyRing::latest_epoch(self.now) - ROOM;
        let number = self.number_in_turn().unwrap_or(number);
        let mut draft = ListDraft::new(&empty, number, self.now);
        let records: Vec<_> = self
            .list
            .records()
            .filter(|record| self.list.is_of(self.ring) || is_session(record))
            .collect();
        draft
            .add(&records, Room::Operators)
            .expect("a list has room for its own records");
        Some(NextList {
            situation: *self,
            draft,
        })
    }

    fn number(&self) -> u64 {
        self.number_in_turn().unwrap_or(self.list.seq() + 1)
    }

    /// Numbers rise as epochs do.
    fn number_in_turn(&self) -> Result<u64, Refused> {
        let (seq, latest) = (self.list.seq(), KeyRing::latest_epoch(self.now));
        if seq >= latest {
            return Err(Refused::ListAhead(ListError::Ahead { seq, latest }));
        }
        Ok((seq + 1).max(self.now.stored().into()))
    }

    /// Until when a session's record is kept.
    fn until(&self, born: Option<Timestamp>) -> Timestamp {
        let born = born.unwrap_or_else(|| self.now.saturating_add(2 * self.skew()));
        born.saturating_add(self.horizon())
            .saturating_add(self.skew())
    }

    /// The greater of what the policy says and what the ring was issued under.
    fn horizon(&self) -> u32 {
        let standing = self.ring.revocations().horizon;
        self.policy.revocation_horizon().max(standing)
    }

    fn skew(&self) -> u32 {
        self.policy.timing().skew.max(self.ring.timing().skew)
    }
}

/// The next list, as long as more is asked for.
#[derive(Debug)]
pub struct NextList<'a> {
    situation: ListSituation<'a>,
    draft: ListDraft,
}

impl NextList<'_> {
    /// Adds what one request asks for, or nothing of it.
    ///
    /// # Errors
    /// [`Refused::InFuture`] for a time more than two skews ahead, which no honest clock gives:
    /// taken as it is it would lock people out, and cut down it would be another time at each
    /// replay. [`Refused::ListFull`].
    pub fn revoke(&mut self, asked: &[Revocation], room: Room) -> Result<(), Refused> {
        let records: Vec<_> = asked
            .iter()
            .map(|it| self.record(it))
            .collect::<Result<_, _>>()?;
        self.draft.add(&records, room).map_err(Refused::ListFull)
    }

    fn record(&self, revocation: &Revocation) -> Result<ListRecord, Refused> {
        let it = &self.situation;
        let latest = it.now.saturating_add(2 * it.skew());
        let in_time = |born_before| {
            if born_before > latest {
                return Err(Refused::InFuture {
                    born_before,
                    latest,
                });
            }
            Ok(born_before)
        };
        Ok(match *revocation {
            Revocation::Session { id, born } => ListRecord::Session {
                id,
                until: it.until(born.map(in_time).transpose()?),
            },
            Revocation::Subject { hash, born_before } => ListRecord::Subject {
                hash,
                born_before: in_time(born_before)?,
                until: it.until(Some(born_before)),
            },
        })
    }

    /// Returns the list to commit, `None` if the last one says the same. Records that are over are
    /// no reason for a commit: they go with the next one.
    #[must_use]
    pub fn finish(self) -> Option<RevocationList> {
        let it = self.situation;
        let standing = ListDraft::new(it.list, it.list.seq(), it.now).build();
        let next = self.draft.build();
        (!next.has_same_records(&standing)).then_some(next)
    }
}

const fn is_session(record: &ListRecord) -> bool {
    matches!(record, ListRecord::Session { .. })
}
