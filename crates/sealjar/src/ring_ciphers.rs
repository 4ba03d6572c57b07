//! The ciphers and the counters of one ring in one context.

use std::sync::{Arc, OnceLock};

use crate::aead::PurposeCipher;
use crate::clock::Timestamp;
use crate::context::Context;
use crate::counters::{Counters, KeyCounters, SealerCounters};
use crate::revocation::{AppSubjects, SubjectCheck};
use crate::ring::KeyRing;

/// A ring with the ciphers of one context, each derived when it is first needed.
pub(crate) struct RingCiphers {
    pub(crate) ring: Arc<KeyRing>,
    app: String,
    ciphers: Box<[OnceLock<PurposeCipher>]>,
    counters: Box<[Arc<KeyCounters>]>,
    pub(crate) subject_check: OnceLock<SubjectCheck>,
}

impl RingCiphers {
    pub(crate) fn new(ring: Arc<KeyRing>, context: &Context, counters: &SealerCounters) -> Self {
        Self {
            app: context.app.clone(),
            ciphers: ring.keys().iter().map(|_| OnceLock::new()).collect(),
            counters: counters.of_ring(&ring),
            subject_check: OnceLock::new(),
            ring,
        }
    }

    /// Returns the cipher of the key at a position, `None` when this build cannot use the key.
    pub(crate) fn cipher(&self, at: usize, context: &Context) -> Option<&PurposeCipher> {
        let key = self.ring.keys()[at].key()?;
        Some(self.ciphers[at].get_or_init(|| key.purpose_cipher(&context.app, &context.purpose)))
    }

    /// Returns the subjects that the ring revokes in this application, `None` if there are none.
    pub(crate) fn revoked_subjects(&self) -> Option<&AppSubjects> {
        self.ring.revocations().subjects_of(&self.app)
    }

    pub(crate) fn is_subject_revoked(&self, subject: &str, born: Timestamp) -> bool {
        let listed = self.revoked_subjects();
        // If no session is older than the latest entry, the check and its memory are not needed.
        let listed = listed.filter(|listed| born < listed.newest());
        listed.is_some_and(|listed| {
            let new = || SubjectCheck::new(self.ring.revocations(), &self.app);
            let check = self.subject_check.get_or_init(new);
            check.covers(listed, subject, born)
        })
    }

    /// Returns the counts of the key at a position.
    pub(crate) fn counts(&self, at: usize) -> &Counters {
        &self.counters[at].counts
    }
}
