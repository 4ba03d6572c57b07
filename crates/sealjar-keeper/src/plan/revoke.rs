//! What is put out of use before its time? Keys, everything, a person, a session.
//!
//! A revoked key needs no distribution to be replaced: the standby is everywhere already.

use sealjar::keeper::RingDraft;
use sealjar::{KeyId, KeyRing, Revocations, Timestamp};

use crate::plan::next::Next;
use crate::plan::{Change, Situation};
use crate::refusal::Refused;
use crate::step::Step;

impl Situation<'_> {
    /// Revokes keys that have leaked. Everything they sealed is refused, and nothing else.
    ///
    /// # Errors
    /// As [`turn`](Self::turn); [`Refused::UnknownKey`], [`Refused::AlreadyRevoked`].
    pub fn revoke_keys(&self, keys: &[KeyId]) -> Result<Change, Refused> {
        self.check()?;
        let mut next = Next::epoch_after(self)?;
        for key in keys {
            next.revoke(*key)?;
        }
        // A key that is about to begin, or has, takes over from the revoked one without waiting.
        let at_once = next.at_once();
        let newest = next.newest_endless();
        if let Some((id, from)) = newest.map(|key| (key.id(), key.seals_from))
            && from > Some(at_once)
        {
            next.promote(id, at_once);
        }
        next.complete()?;
        next.finish()
    }

    /// Revokes every key, because the whole ring has leaked, and begins with new ones at once.
    ///
    /// # Errors
    /// As [`turn`](Self::turn).
    pub fn revoke_all(&self) -> Result<Change, Refused> {
        self.check()?;
        let mut next = Next::epoch_after(self)?;
        let keys: Vec<KeyId> = next.unrevoked().map(|key| key.id()).collect();
        for key in keys {
            next.revoke(key)?;
        }
        // The pepper has leaked too. Nobody that the lists refuse holds a session under a new key.
        let mut revocations = Revocations::generate(next.draft.revocations.horizon)?;
        revocations.floor = next.draft.revocations.floor;
        next.draft.revocations = revocations;
        next.complete()?;
        next.finish()
    }

    /// Refuses the sessions of a person in one application, all that were born before a time: by
    /// default those that have begun.
    ///
    /// # Errors
    /// As [`turn`](Self::turn); [`Refused::InFuture`], [`Refused::Name`],
    /// [`Refused::RevocationsFull`].
    pub fn revoke_subject(
        &self,
        app: &str,
        subject: &str,
        born_before: Option<Timestamp>,
    ) -> Result<Change, Refused> {
        let asked = born_before.is_some();
        let begun = self.begun(born_before)?;
        self.list(|draft| {
            // A session that was begun since the last time was born at that entry, not before it.
            let again = draft
                .revocations
                .subject_born_before(app, subject)
                .filter(|_| !asked)
                .map(|listed| listed.saturating_add(1));
            let born_before = again.map_or(begun, |again| begun.max(again));
            draft
                .revocations
                .revoke_subject(app, subject, born_before)?;
            // What was meant once is known from then on. A list that is full stays as it is.
            if app.len() <= LONGEST_APP && draft.apps.len() < KeyRing::MAX_APPS {
                draft.apps.insert(app.into());
            }
            Ok(Step::SubjectRevoked {
                subject: subject.into(),
                app: app.into(),
                born_before,
            })
        })
    }

    /// Refuses a session.
    ///
    /// # Errors
    /// As [`turn`](Self::turn); [`Refused::RevocationsFull`].
    pub fn revoke_session(&self, id: [u8; 8]) -> Result<Change, Refused> {
        // A fast clock gives a birth a skew ahead, and a login of somebody who is listed another
        // one. A floor of this moment does not cover such a birth, and must not let its entry go.
        let revoked_at = self.begun(None)?.saturating_add(self.skew());
        self.list(|draft| {
            draft.revocations.revoke_session(id, revoked_at);
            Ok(Step::SessionRevoked {
                session: id.iter().map(|byte| format!("{byte:02x}")).collect(),
            })
        })
    }

    /// Refuses every session that was born before a time: by default all that have begun.
    ///
    /// # Errors
    /// As [`turn`](Self::turn); [`Refused::InFuture`], [`Refused::FloorStands`].
    pub fn raise_floor(&self, born_before: Option<Timestamp>) -> Result<Change, Refused> {
        let born_before = self.begun(born_before)?;
        let mut next = Next::epoch_after(self)?;
        next.raise_floor(born_before)?;
        next.complete()?;
        next.finish()
    }

    fn list(
        &self,
        add: impl FnOnce(&mut RingDraft) -> Result<Step, Refused>,
    ) -> Result<Change, Refused> {
        let mut next = Next::epoch_after(self)?;
        next.prune();
        let step = add(&mut next.draft)?;
        if next.draft.revocations.entries() > Revocations::MAX_ENTRIES {
            return Err(Refused::RevocationsFull);
        }
        next.steps.push(step);
        next.complete()?;
        next.finish()
    }

    /// A time before which every session that has begun was born, on the fastest clock too.
    fn begun(&self, wanted: Option<Timestamp>) -> Result<Timestamp, Refused> {
        self.check()?;
        let latest = self.now.saturating_add(self.skew());
        let remembered = self.policy.revocation_horizon();
        let horizon = remembered.max(self.ring.revocations().horizon);
        let earliest = self.now.saturating_sub(horizon.saturating_add(self.skew()));
        match wanted {
            Some(born_before) if born_before < earliest => Err(Refused::LongOver {
                born_before,
                earliest,
            }),
            Some(born_before) if born_before > latest => Err(Refused::InFuture {
                born_before,
                latest,
            }),
            Some(born_before) => Ok(born_before),
            None => Ok(latest),
        }
    }
}

impl Next<'_> {
    pub(super) fn revoke(&mut self, id: KeyId) -> Result<(), Refused> {
        let now = self.draft.issued_at;
        let key = self.key_mut(id).ok_or(Refused::UnknownKey(id))?;
        if key.is_revoked() {
            return Err(Refused::AlreadyRevoked(id));
        }
        let sealed_since = key.seals_from.filter(|from| *from <= now);
        key.revoke();
        // It ends now, if it has not, and stays listed for as long as what it sealed could have
        // lived.
        let ended = key.seals_until.map_or(now, |until| until.min(now));
        key.seals_from = Some(key.seals_from.map_or(ended, |from| from.min(ended)));
        key.seals_until = Some(ended);
        let listed_until = now.saturating_add(key.lifetime);
        key.opens_until = Some(
            key.opens_until
                .map_or(listed_until, |it| it.max(listed_until)),
        );
        self.steps.push(Step::Revoked {
            key: id,
            sealed_since,
        });
        Ok(())
    }

    pub(super) fn raise_floor(&mut self, born_before: Timestamp) -> Result<(), Refused> {
        let floor = &mut self.draft.revocations.floor;
        if let Some(floor) = floor.filter(|floor| *floor >= born_before) {
            // One that was pulled back has yet to be committed.
            return if self.steps.is_empty() {
                Err(Refused::FloorStands { floor })
            } else {
                Ok(())
            };
        }
        *floor = Some(born_before);
        self.steps.push(Step::FloorRaised { born_before });
        Ok(())
    }
}

/// No name that a person has given an application is longer, in bytes.
const LONGEST_APP: usize = 128;
