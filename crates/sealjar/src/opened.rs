//! A token that opened.

use std::fmt;
use std::sync::Arc;

use crate::clock::Timestamp;
use crate::key::KeyId;
use crate::plaintext::{TIMES, Times};
#[cfg(feature = "__hazmat")]
use crate::refusal::CountedKind;
use crate::ring_ciphers::RingCiphers;
use crate::ring_key::RingKey;
use crate::token::Token;

/// A token that was authentic, not expired and not revoked, with its payload.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use sealjar::{Context, Key, Sealer, Suite, Timestamp};
///
/// let links = Sealer::new(Key::generate(Suite::Xaes256Gcm)?, Context::new("shop-prod", "link"))?;
/// let now = Timestamp::now()?;
/// let link = links.seal_at(b"account 7", Duration::from_secs(3600), now)?;
///
/// let opened = links.open_token_at(&link, now)?;
/// assert_eq!(opened.payload(), b"account 7");
/// assert_eq!(opened.sealed_at(), now);
/// assert_eq!(opened.expires_at(), now.saturating_add(3600));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Opened {
    /// The token, its ciphertext decrypted in place.
    pub(crate) token: Token,
    pub(crate) payload_end: usize,
    pub(crate) times: Times,
    pub(crate) opened_at: Timestamp,
    pub(crate) key_at: usize,
    pub(crate) ring_ciphers: Arc<RingCiphers>,
}

impl Opened {
    /// Returns the payload that was sealed.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        &self.token.inner()[TIMES..self.payload_end]
    }

    /// Returns the id of the key it was sealed with.
    #[must_use]
    pub fn key_id(&self) -> KeyId {
        self.ring_key().id()
    }

    /// Returns the start of its absolute lifetime: when its payload was first sealed, however often
    /// it was sealed again.
    #[must_use]
    pub const fn born(&self) -> Timestamp {
        self.times.born
    }

    /// Returns when it was sealed.
    #[must_use]
    pub const fn sealed_at(&self) -> Timestamp {
        self.times.sealed_at
    }

    /// Returns the first second in which it no longer opens.
    #[must_use]
    pub const fn expires_at(&self) -> Timestamp {
        self.times.expires_at
    }

    /// Returns when it was opened: the clock's time, or the time that the caller gave.
    #[must_use]
    pub const fn opened_at(&self) -> Timestamp {
        self.opened_at
    }

    /// Returns whether a newer key than this token's was sealing when it was opened.
    #[must_use]
    pub fn is_stale(&self) -> bool {
        self.ring_ciphers
            .ring
            .sealing_key(self.opened_at)
            .is_some_and(|sealing| sealing.seals_from > self.ring_key().seals_from)
            // A standby that already seals on a replica with a fast clock is newer than the key
            // that seals here.
            && self.ring_key().seals_from.is_some()
    }

    /// Returns whether the ring it was opened with, or the list beside that, refuses, in this
    /// application, tokens of `subject` that are as old as this one.
    ///
    /// Opening does not check this, because only the application knows whose a payload is. Check it
    /// if a token must end when an operator logs that person out everywhere, such as an e-mail
    /// link.
    ///
    /// # Examples
    /// ```
    /// # use std::time::Duration;
    /// # use sealjar::keeper::RingDraft;
    /// # use sealjar::{Context, Key, RingKey, Sealer, Suite, Timestamp};
    /// let now = Timestamp::now()?;
    /// # let mut key = RingKey::standby(Key::generate(Suite::Xaes256Gcm)?, 86_400, 1, now);
    /// # key.seals_from = Some(now);
    /// # let mut draft = RingDraft::named("web", 1)?;
    /// # draft.keys = vec![key];
    /// // `sealjar revoke --app shop-prod --subject ada` puts this into the ring.
    /// draft.revocations.revoke_subject("shop-prod", "ada", now.saturating_add(30))?;
    /// let links = Sealer::new(draft.build()?, Context::new("shop-prod", "link"))?;
    /// let link = links.seal_at(b"ada", Duration::from_secs(60), now)?;
    ///
    /// let opened = links.open_token_at(&link, now)?;
    /// assert!(opened.is_subject_revoked("ada"));
    /// assert!(!opened.is_subject_revoked("bob"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn is_subject_revoked(&self, subject: &str) -> bool {
        self.ring_ciphers.is_subject_revoked(subject, self.born())
    }

    /// Returns whether the ring it was opened with, or the list beside that, revokes the session.
    #[cfg(any(test, feature = "__hazmat"))]
    pub(crate) fn is_session_revoked(&self, id: [u8; 8]) -> bool {
        self.ring_ciphers.is_session_revoked(id)
    }

    #[cfg(feature = "__hazmat")]
    pub(crate) fn horizon(&self) -> u32 {
        self.ring_ciphers.ring.revocations().horizon
    }

    /// Returns whether the ring it was opened with, or the list beside that, may revoke a subject
    /// of this application.
    #[cfg(any(test, feature = "__hazmat"))]
    pub(crate) fn lists_subjects(&self) -> bool {
        self.ring_ciphers.lists_subjects()
    }

    pub(crate) fn count(&self) {
        self.ring_ciphers.counts(self.key_at).count_opened();
    }

    #[cfg(feature = "__hazmat")]
    pub(crate) fn count_refused(&self, kind: impl CountedKind) {
        self.ring_ciphers.counts(self.key_at).count_refused(kind);
    }

    fn ring_key(&self) -> &RingKey {
        &self.ring_ciphers.ring.keys()[self.key_at]
    }
}

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opened")
            .field("key_id", &self.key_id())
            .field("born", &self.born())
            .field("sealed_at", &self.sealed_at())
            .field("expires_at", &self.expires_at())
            .field("payload_len", &self.payload().len())
            .finish_non_exhaustive()
    }
}
