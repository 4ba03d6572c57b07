//! Which ciphers and which counts belong to a ring in one context?

use std::sync::{Arc, OnceLock};

use crate::aead::PurposeCipher;
use crate::clock::Timestamp;
use crate::context::Context;
use crate::ring::KeyRing;
use crate::tally::{Counts, KeyTally, Tally};

/// A ring with this context's ciphers, each derived when it is first needed.
pub(crate) struct Derived {
    pub(crate) ring: Arc<KeyRing>,
    pub(crate) app: String,
    ciphers: Box<[OnceLock<PurposeCipher>]>,
    tallies: Box<[Arc<KeyTally>]>,
    pub(crate) newest_subject: Option<Timestamp>,
}

impl Derived {
    pub(crate) fn new(ring: Arc<KeyRing>, context: &Context, tally: &Tally) -> Self {
        Self {
            app: context.app.clone(),
            ciphers: ring.keys().iter().map(|_| OnceLock::new()).collect(),
            tallies: tally.of_ring(&ring),
            newest_subject: ring.revocations().newest_subject(&context.app),
            ring,
        }
    }

    /// Returns the cipher of the key at a position, `None` when this build cannot use the key.
    pub(crate) fn cipher(&self, at: usize, context: &Context) -> Option<&PurposeCipher> {
        let key = self.ring.keys()[at].key()?;
        Some(self.ciphers[at].get_or_init(|| key.purpose_cipher(&context.app, &context.purpose)))
    }

    /// Returns the counts of the key at a position.
    pub(crate) fn counts(&self, at: usize) -> &Counts {
        &self.tallies[at].counts
    }
}
