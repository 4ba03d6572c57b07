//! Opens tokens: the stages of SPEC.md, section 1.
//!
//! Each refusal is counted where it is decided: under the key that the token names, or under no
//! key.

use std::borrow::Cow;
use std::sync::Arc;

use zeroize::Zeroize;

use super::Sealer;
use crate::clock::Timestamp;
use crate::error::OpenError;
use crate::key::KeyId;
use crate::opened::Opened;
use crate::plaintext::{Times, payload_end};
#[cfg(feature = "__hazmat")]
use crate::refusal::CountedKind;
use crate::ring::KeyRing;
use crate::ring_ciphers::RingCiphers;
use crate::ring_key::RingKey;
use crate::sync::Guard;
use crate::token::{Token, TokenPrefix};

/// Whether to refuse a text that is forged here, or to leave it to another purpose.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Forged {
    Counts,
    /// The caller tries another purpose, whose sealer counts it.
    #[cfg(feature = "__hazmat")]
    IsTriedElsewhere,
}

impl Sealer {
    /// Opens the text of a token.
    ///
    /// # Errors
    /// The first of the reasons in [`OpenError`] that applies. Give the client the same answer for
    /// all of them.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use sealjar::{Context, Key, RefusalKind, Sealer, Suite};
    ///
    /// let key = Key::generate(Suite::Xaes256Gcm)?;
    /// let links = Sealer::new(key, Context::new("shop-prod", "password-reset"))?;
    /// let link = links.seal(b"user 42", Duration::from_secs(3600))?.to_string();
    ///
    /// // Text or bytes, whichever the request has.
    /// assert_eq!(links.open(&link)?.payload(), b"user 42");
    /// assert_eq!(links.open(link.as_bytes())?.payload(), b"user 42");
    ///
    /// let changed = link.replace(&link[70..80], "AAAAAAAAAA");
    /// assert_eq!(links.open(changed).unwrap_err().kind(), RefusalKind::Forged);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn open(&self, text: impl AsRef<[u8]>) -> Result<Opened, OpenError> {
        self.open_at(text, self.now()?)
    }

    /// Opens the text of a token as [`open`](Self::open) would at `now`.
    ///
    /// # Errors
    /// Those of [`open`](Self::open), except [`OpenError::Clock`].
    pub fn open_at(&self, text: impl AsRef<[u8]>, now: Timestamp) -> Result<Opened, OpenError> {
        self.open_uncounted(text.as_ref(), now, Forged::Counts)
            .inspect(Opened::count)
    }

    /// Opens a token that was parsed before.
    ///
    /// For text from outside, [`open`](Self::open) is cheaper: it refuses a text that names no key
    /// of the ring before it allocates anything.
    ///
    /// # Errors
    /// Those of [`open`](Self::open), except [`OpenError::Malformed`] and
    /// [`OpenError::UnknownVersion`].
    pub fn open_token(&self, token: &Token) -> Result<Opened, OpenError> {
        self.open_token_at(token, self.now()?)
    }

    /// Opens a token that has been parsed, as [`open_token`](Self::open_token) would at `now`.
    ///
    /// # Errors
    /// Those of [`open_token`](Self::open_token), except [`OpenError::Clock`].
    pub fn open_token_at(&self, token: &Token, now: Timestamp) -> Result<Opened, OpenError> {
        let (ciphers, id) = (self.ring_ciphers(), token.key_id());
        let Some(at) = ciphers.ring.position(id) else {
            return Err(self.refuse_unknown(id));
        };
        self.open_with(ciphers, at, Cow::Borrowed(token), now, Forged::Counts)
            .inspect(Opened::count)
    }

    /// Opens a text and counts it only when it is refused. The caller judges the payload and counts
    /// that.
    pub(crate) fn open_uncounted(
        &self,
        text: &[u8],
        now: Timestamp,
        forged: Forged,
    ) -> Result<Opened, OpenError> {
        let ciphers = self.ring_ciphers();
        let prefix = TokenPrefix::of(text).ok_or_else(|| self.refuse(OpenError::Malformed))?;
        let id = prefix.key_id();
        let Some(at) = ciphers.ring.position(id) else {
            return Err(if !prefix.is_canonical() {
                self.refuse(OpenError::Malformed)
            } else if prefix.suite().is_none() {
                self.refuse(OpenError::UnknownVersion)
            } else {
                self.refuse_unknown(id)
            });
        };
        let token = prefix.to_token().map_err(|refusal| self.refuse(refusal))?;
        self.open_with(ciphers, at, Cow::Owned(token), now, forged)
    }

    /// Opens a token under the key at the position of its id. Every open passes through here. An
    /// owned token is decrypted in place; a borrowed one is copied once its key may open it.
    fn open_with(
        &self,
        ciphers: Guard<Arc<RingCiphers>>,
        at: usize,
        token: Cow<'_, Token>,
        now: Timestamp,
        forged: Forged,
    ) -> Result<Opened, OpenError> {
        let key = &ciphers.ring.keys()[at];
        if key.suite() != Some(token.suite()) {
            return Err(self.refuse(OpenError::UnknownKey(key.id())));
        }
        match self.open_under(&ciphers, at, token, now) {
            Ok((token, times, payload_end)) => Ok(Opened {
                token,
                payload_end,
                times,
                opened_at: now,
                key_at: at,
                ring_ciphers: Guard::into_inner(ciphers),
            }),
            Err(refusal) => {
                if refusal != OpenError::Forged || forged == Forged::Counts {
                    ciphers.counts(at).count_refused(refusal.kind());
                }
                Err(refusal)
            }
        }
    }

    /// Decrypts and judges a token under the key that it names.
    fn open_under(
        &self,
        ciphers: &RingCiphers,
        at: usize,
        token: Cow<'_, Token>,
        now: Timestamp,
    ) -> Result<(Token, Times, usize), OpenError> {
        let key = &ciphers.ring.keys()[at];
        judge_key(key, now)?;
        let cipher = ciphers
            .cipher(at, &self.0.context)
            .ok_or(OpenError::UnknownKey(key.id()))?;

        let mut token = token.into_owned();
        let parts = token.parts_mut();
        self.with_aad(parts.header, |aad| {
            cipher.open(parts.nonce, aad, parts.inner, parts.tag)
        })
        .map_err(|_| OpenError::Forged)?;

        let judged = read(parts.inner).and_then(|(times, payload_end)| {
            judge_times(&times, &ciphers.ring, key, now)?;
            Ok((times, payload_end))
        });
        match judged {
            Ok((times, payload_end)) => Ok((token, times, payload_end)),
            Err(refusal) => {
                parts.inner.zeroize();
                Err(refusal)
            }
        }
    }

    /// Judges once more what this sealer, or one of the same ring, has opened: by the ring in use
    /// and the time `now`. It decrypts and counts nothing.
    #[cfg(feature = "__hazmat")]
    pub(crate) fn judge_again(&self, opened: &Opened, now: Timestamp) -> Result<(), OpenError> {
        let (in_use, id) = (self.0.live.guard(), opened.key_id());
        let ring = &in_use.ring;
        let at = ring.position(id).ok_or(OpenError::UnknownKey(id))?;
        let key = &ring.keys()[at];
        judge_key(key, now)?;
        judge_times(&opened.times, ring, key, now)
    }

    #[cfg(feature = "__hazmat")]
    pub(crate) fn revokes_subject(&self, subject: &str, born: Timestamp) -> bool {
        self.ring_ciphers().is_subject_revoked(subject, born)
    }

    fn now(&self) -> Result<Timestamp, OpenError> {
        Timestamp::now().map_err(|error| self.refuse(error.into()))
    }

    /// Records a key that the ring does not hold, so that the ring's source is read again.
    fn refuse_unknown(&self, id: KeyId) -> OpenError {
        self.0.live.note_unknown(id);
        self.refuse(OpenError::UnknownKey(id))
    }

    /// Counts a refusal that belongs to no key of the ring.
    fn refuse(&self, refusal: OpenError) -> OpenError {
        self.0.counters.of_no_key.count_refused(refusal.kind());
        refusal
    }

    #[cfg(feature = "__hazmat")]
    pub(crate) fn count_refused(&self, kind: impl CountedKind) {
        self.0.counters.of_no_key.count_refused(kind);
    }
}

/// Decides whether a key may open at all.
fn judge_key(key: &RingKey, now: Timestamp) -> Result<(), OpenError> {
    if key.is_revoked() {
        return Err(OpenError::RevokedKey(key.id()));
    }
    if key.is_spent(now) {
        return Err(OpenError::SpentKey(key.id()));
    }
    Ok(())
}

/// Reads the times of an authentic token, and finds where its payload ends.
fn read(inner: &[u8]) -> Result<(Times, usize), OpenError> {
    let times = Times::read(inner).ok_or(OpenError::MalformedInner)?;
    let payload_end = payload_end(inner).ok_or(OpenError::MalformedInner)?;
    Ok((times, payload_end))
}

/// Decides whether to accept an authentic token.
fn judge_times(
    times: &Times,
    ring: &KeyRing,
    key: &RingKey,
    now: Timestamp,
) -> Result<(), OpenError> {
    times.check(key, ring.timing().skew, now)?;
    let floor = ring.revocations().floor;
    if floor.is_some_and(|floor| times.born < floor) {
        return Err(OpenError::RevokedAll);
    }
    Ok(())
}
