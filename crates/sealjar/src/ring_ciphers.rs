//! The ciphers and the counters of one ring in one context, and what it and the list beside it
//! revoke there.

use std::sync::{Arc, OnceLock};

use crate::aead::PurposeCipher;
use crate::clock::Timestamp;
use crate::context::Context;
use crate::counters::{Counters, KeyCounters, SealerCounters};
use crate::list::RevocationList;
use crate::live::InUse;
use crate::revocation::{AppSubjects, SubjectMemo};
use crate::ring::KeyRing;

/// A ring and a list with the ciphers of one context, each derived when it is first needed.
pub(crate) struct RingCiphers {
    pub(crate) ring: Arc<KeyRing>,
    list: Arc<RevocationList>,
    /// Whether the list names subjects as the ring does.
    list_is_of_ring: bool,
    app: Arc<str>,
    ciphers: Arc<[OnceLock<PurposeCipher>]>,
    counters: Arc<[Arc<KeyCounters>]>,
    pub(crate) subject_memo: Arc<OnceLock<SubjectMemo>>,
}

impl RingCiphers {
    pub(crate) fn new(in_use: &InUse, context: &Context, counters: &SealerCounters) -> Self {
        let ring = Arc::clone(&in_use.ring);
        Self {
            list: Arc::clone(&in_use.list),
            list_is_of_ring: in_use.list.is_of(&ring),
            app: context.app.as_str().into(),
            ciphers: ring.keys().iter().map(|_| OnceLock::new()).collect(),
            counters: counters.of_ring(&ring),
            subject_memo: Arc::default(),
            ring,
        }
    }

    /// Returns the ciphers for another ring or list in the same context. What does not depend on
    /// the change is kept: the ciphers of the same ring, and the people under the same pepper.
    pub(crate) fn followed_by(
        &self,
        in_use: &InUse,
        context: &Context,
        counters: &SealerCounters,
    ) -> Self {
        let mut next = if Arc::ptr_eq(&self.ring, &in_use.ring) {
            Self {
                ring: Arc::clone(&self.ring),
                list: Arc::clone(&in_use.list),
                list_is_of_ring: in_use.list.is_of(&in_use.ring),
                app: Arc::clone(&self.app),
                ciphers: Arc::clone(&self.ciphers),
                counters: Arc::clone(&self.counters),
                subject_memo: Arc::default(),
            }
        } else {
            Self::new(in_use, context, counters)
        };
        if self.ring.revocations().pepper() == in_use.ring.revocations().pepper() {
            next.subject_memo = Arc::clone(&self.subject_memo);
        }
        next
    }

    pub(crate) fn is_of(&self, in_use: &InUse) -> bool {
        Arc::ptr_eq(&self.ring, &in_use.ring) && Arc::ptr_eq(&self.list, &in_use.list)
    }

    /// Returns the cipher of the key at a position, `None` when this build cannot use the key.
    pub(crate) fn cipher(&self, at: usize, context: &Context) -> Option<&PurposeCipher> {
        let key = self.ring.keys()[at].key()?;
        Some(self.ciphers[at].get_or_init(|| key.purpose_cipher(&context.app, &context.purpose)))
    }

    /// Returns whether the ring or the list revokes any subject of this application, as far as can
    /// be known: a list does not say of which application its subjects are.
    #[cfg(any(test, feature = "__hazmat"))]
    pub(crate) fn lists_subjects(&self) -> bool {
        self.subjects_in_ring().is_some() || self.list_is_of_ring && self.list.subject_records() > 0
    }

    /// Returns whether the ring or the list revokes the session.
    #[cfg(any(test, feature = "__hazmat"))]
    pub(crate) fn is_session_revoked(&self, id: [u8; 8]) -> bool {
        self.ring.revocations().covers_session(id) || self.list.covers_session(id)
    }

    /// Returns whether the ring or the list revokes what the subject had at `born` in this
    /// application.
    pub(crate) fn is_subject_revoked(&self, subject: &str, born: Timestamp) -> bool {
        // If no session is older than the latest record, the memo is not needed.
        let in_ring = self.subjects_in_ring();
        let in_ring = in_ring.filter(|subjects| born < subjects.newest());
        let in_list = self.list_is_of_ring && born < self.list.newest_subject();
        if in_ring.is_none() && !in_list {
            return false;
        }
        let new = || SubjectMemo::new(self.ring.revocations(), &self.app);
        let Some(hash) = self.subject_memo.get_or_init(new).hash(subject) else {
            return false;
        };
        in_ring.is_some_and(|subjects| subjects.covers(hash, born))
            || in_list && self.list.covers_subject(hash, born)
    }

    fn subjects_in_ring(&self) -> Option<&AppSubjects> {
        self.ring.revocations().subjects_of(&self.app)
    }

    /// Returns the counts of the key at a position.
    pub(crate) fn counts(&self, at: usize) -> &Counters {
        &self.counters[at].counts
    }
}
