//! How is a value sealed, and what has to be true before it is given back?
//!
//! The doors to both, and sealing itself. `opening` decides what is believed.

#[cfg(all(loom, test))]
mod interleavings;
mod opening;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::aead::{self, RandomError};
use crate::base64url;
use crate::clock::Timestamp;
use crate::context::Context;
use crate::counters::SealerCounters;
use crate::counters::Uses;
use crate::error::{ContextError, OpenError, SealError};
use crate::live::LiveRing;
use crate::opened::Opened;
use crate::plaintext::{PADDING_MARK, Times};
use crate::refusal::CountedKind;
use crate::ring_ciphers::RingCiphers;
use crate::sync::{ArcSwap, Guard};
use crate::token::{HEADER, INNER_MIN, TAG, Token};

/// Seals and opens tokens in one context under a ring that may change meanwhile.
///
/// Cloning shares. A session is one use; others are links in e-mails, form tokens, invitations: what
/// has to come back unchanged, unread and in time, with nothing stored on a server.
///
/// One sealer takes 2.3 KiB for each key that [`uses`](Self::uses) lists, at most 128 of them, and 32 KiB
/// more once it is asked about people while the ring revokes some: weigh that before making one for
/// each tenant.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use sealjar::{Context, Key, Sealer, Suite, Token};
///
/// let key = Key::generate(Suite::Xaes256Gcm)?;
/// let links = Sealer::new(key, Context::new("shop-prod", "password-reset"))?;
///
/// let link = links.seal(b"user 42", Duration::from_secs(3600))?.to_string();
///
/// let opened = links.open(&Token::parse(&link)?)?;
/// assert_eq!(opened.payload(), b"user 42");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Security
/// A token can be replayed until it expires. Where it may be used once only, keep what it names in
/// a record that the use changes, such as the password's hash for a reset link.
#[derive(Clone)]
pub struct Sealer(Arc<Inner>);

struct Inner {
    live: LiveRing,
    context: Context,
    aad_tail: Vec<u8>,
    padding_bucket: u16,
    /// The ciphers for the ring that was used last. Compared with the ring in use at each call.
    ring_ciphers: ArcSwap<RingCiphers>,
    counters: Arc<SealerCounters>,
}

impl Sealer {
    /// Makes a sealer for a context under a ring or a single key.
    ///
    /// # Errors
    /// [`ContextError::ReservedPurpose`] for `session`, `session/2`, `session-json`, `flash`, `csrf` and
    /// `ring-store`; [`ContextError::TooLong`] for a part of more than 65 535 bytes.
    pub fn new(ring: impl Into<LiveRing>, context: Context) -> Result<Self, ContextError> {
        if context.is_reserved() {
            return Err(ContextError::ReservedPurpose(context.purpose));
        }
        Self::for_any_purpose(ring.into(), context)
    }

    pub(crate) fn for_any_purpose(live: LiveRing, context: Context) -> Result<Self, ContextError> {
        context.check()?;
        let counters = Arc::new(SealerCounters::default());
        Ok(Self(Arc::new(Inner {
            ring_ciphers: ArcSwap::from_pointee(RingCiphers::new(live.load(), &context, &counters)),
            aad_tail: context.aad_tail(),
            padding_bucket: 1,
            live,
            context,
            counters,
        })))
    }

    /// Pads plaintexts to a multiple of `bucket` bytes, so that lengths tell less. Off by default.
    ///
    /// Readers need not know: any sealer opens padded tokens. Both sealers count their uses together.
    ///
    /// # Errors
    /// [`ContextError::NoPaddingBucket`] for 0.
    pub fn padded_to(&self, bucket: u16) -> Result<Self, ContextError> {
        if bucket == 0 {
            return Err(ContextError::NoPaddingBucket);
        }
        let this = &*self.0;
        Ok(Self(Arc::new(Inner {
            live: this.live.clone(),
            context: this.context.clone(),
            aad_tail: this.aad_tail.clone(),
            padding_bucket: bucket,
            ring_ciphers: ArcSwap::new(this.ring_ciphers.load_full()),
            counters: Arc::clone(&this.counters),
        })))
    }

    /// Seals a payload so that it opens for `ttl` from now.
    ///
    /// `ttl` counts in whole seconds, and is cut to what the sealing key allows (24 hours by
    /// default).
    ///
    /// # Errors
    /// [`SealError::NoSealingKey`], [`SealError::TooLarge`] beyond 9146 bytes of payload without
    /// padding, [`SealError::Random`] when the operating system gives no random bytes,
    /// [`SealError::Clock`].
    pub fn seal(&self, payload: &[u8], ttl: Duration) -> Result<Token, SealError> {
        self.seal_at(payload, ttl, Timestamp::now()?)
    }

    /// Seals a payload as [`seal`](Self::seal) would at `now`.
    ///
    /// # Errors
    /// As [`seal`](Self::seal), except [`SealError::Clock`].
    pub fn seal_at(
        &self,
        payload: &[u8],
        ttl: Duration,
        now: Timestamp,
    ) -> Result<Token, SealError> {
        let ttl = u32::try_from(ttl.as_secs()).unwrap_or(u32::MAX);
        let times = Wanted {
            born: now,
            expires_at: now.saturating_add(ttl),
            now,
        };
        self.seal_with(payload, times, aead::random)
            .map(|(token, _)| token)
    }

    /// Opens a token.
    ///
    /// # Errors
    /// The first of [`OpenError`]'s reasons that applies. To whoever sent the token all of them must
    /// look the same.
    pub fn open(&self, token: &Token) -> Result<Opened, OpenError> {
        self.open_at(token, self.now()?)
    }

    /// Opens a token as [`open`](Self::open) would at `now`.
    ///
    /// # Errors
    /// As [`open`](Self::open), except [`OpenError::Clock`].
    pub fn open_at(&self, token: &Token, now: Timestamp) -> Result<Opened, OpenError> {
        let (ciphers, id) = (self.ring_ciphers(), token.key_id());
        let Some(at) = ciphers.ring.position(id) else {
            return Err(self.refuse_unknown(id));
        };
        self.open_with(ciphers, at, Cow::Borrowed(token), now)
            .inspect(Opened::count)
    }

    /// Parses a text and opens it, as [`Token::parse`] and [`open`](Self::open) do one after the other.
    ///
    /// For text from outside it is the cheaper way: one that names no key of the ring is refused
    /// before anything is allocated for it.
    ///
    /// # Errors
    /// As [`Token::parse`] and [`open`](Self::open).
    pub fn open_text(&self, text: impl AsRef<[u8]>) -> Result<Opened, OpenError> {
        self.open_text_at(text, self.now()?)
    }

    /// Parses a text and opens it as [`open_text`](Self::open_text) would at `now`.
    ///
    /// # Errors
    /// As [`open_text`](Self::open_text), except [`OpenError::Clock`].
    pub fn open_text_at(
        &self,
        text: impl AsRef<[u8]>,
        now: Timestamp,
    ) -> Result<Opened, OpenError> {
        self.open_uncounted(text.as_ref(), now)
            .inspect(Opened::count)
    }

    /// Returns what has been done with each key, by this sealer and its clones.
    #[must_use]
    pub fn uses(&self) -> Uses {
        self.uses_of()
    }

    pub(crate) fn uses_of<K: CountedKind>(&self) -> Uses<K> {
        // A ring that nobody has used yet is met here, so that its keys are listed with what they have.
        self.ring_ciphers();
        self.0.counters.uses()
    }

    /// Returns the length in characters of a token with `payload` bytes, padded to `bucket` bytes.
    ///
    /// # Panics
    /// When `bucket` is 0.
    #[must_use]
    pub const fn sealed_len(payload: usize, bucket: u16) -> usize {
        let inner = (INNER_MIN + payload).next_multiple_of(bucket as usize);
        base64url::encoded_len(HEADER + inner + TAG)
    }

    /// Returns how long a token sealed at `now` can live, in seconds; `None` when nothing can be
    /// sealed.
    #[must_use]
    pub fn longest_ttl_at(&self, now: Timestamp) -> Option<u32> {
        self.0
            .live
            .guard()
            .sealing_key(now)
            .filter(|key| key.is_usable())
            .map(|key| key.lifetime)
    }

    /// Returns the ring this sealer works with.
    #[must_use]
    pub fn ring(&self) -> &LiveRing {
        &self.0.live
    }

    #[cfg(feature = "__hazmat")]
    pub(crate) fn padding_bucket(&self) -> u16 {
        self.0.padding_bucket
    }

    #[cfg(feature = "__hazmat")]
    pub(crate) fn first_birth(&self, subject: Option<&str>, now: Timestamp) -> Timestamp {
        let this = &*self.0;
        let ring = this.live.guard();
        let lists = ring.revocations();
        let listed = subject.and_then(|it| lists.subject_born_before(&this.context.app, it));
        let latest = now.saturating_add(ring.timing().skew);
        let not_before = lists.floor.max(listed);
        not_before.map_or(now, |time| time.clamp(now, latest))
    }

    /// The one way a token is made. Returns it with the expiry it got, which the key's lifetime may
    /// have cut. `draw_nonce` is the operating system's generator everywhere but
    /// in the tests of this crate, which need a known nonce and a broken generator.
    pub(crate) fn seal_with(
        &self,
        payload: &[u8],
        wanted: Wanted,
        draw_nonce: impl FnOnce() -> Result<[u8; 24], RandomError>,
    ) -> Result<(Token, Timestamp), SealError> {
        let this = &*self.0;
        let size = Self::sealed_len(payload.len(), this.padding_bucket);
        if size > Token::MAX_LEN {
            return Err(SealError::TooLarge {
                size,
                limit: Token::MAX_LEN,
            });
        }
        let ciphers = self.ring_ciphers();
        let at = ciphers
            .ring
            .sealing_position(wanted.now)
            .ok_or(SealError::NoSealingKey)?;
        let cipher = ciphers
            .cipher(at, &this.context)
            .ok_or(SealError::NoSealingKey)?;
        let ring_key = &ciphers.ring.keys()[at];
        let suite = ring_key.suite().ok_or(SealError::NoSealingKey)?;
        let times = Times {
            born: wanted.born,
            sealed_at: wanted.now,
            expires_at: wanted
                .expires_at
                .min(wanted.now.saturating_add(ring_key.lifetime)),
        };
        let nonce = draw_nonce()?;

        let inner_len =
            (INNER_MIN + payload.len()).next_multiple_of(usize::from(this.padding_bucket));
        let mut token = Token::unsealed(suite, ring_key.id(), &nonce, inner_len, |raw| {
            times.write(raw);
            raw.extend_from_slice(payload);
            raw.push(PADDING_MARK);
            raw.resize(HEADER + inner_len, 0);
        });
        let (header, inner) = token.split_mut();
        let tag = self.with_aad(header, |aad| cipher.seal(&nonce, aad, inner));
        token.append_tag(&tag);
        ciphers.counts(at).count_sealed();
        Ok((token, times.expires_at))
    }

    /// Returns the ciphers for the ring in use, derived anew when the ring has changed.
    ///
    /// Two threads may derive for the same ring at once, or one may store ciphers of a ring that has
    /// just been replaced. Both are harmless, because what is stored is compared at each call.
    fn ring_ciphers(&self) -> Guard<Arc<RingCiphers>> {
        let this = &*self.0;
        let ring = this.live.guard();
        let ciphers = this.ring_ciphers.load();
        if Arc::ptr_eq(&ciphers.ring, &ring) {
            return ciphers;
        }
        let ciphers = Arc::new(RingCiphers::new(
            Arc::clone(&ring),
            &this.context,
            &this.counters,
        ));
        this.ring_ciphers.store(Arc::clone(&ciphers));
        Guard::from_inner(ciphers)
    }

    fn with_aad<R>(&self, header: &[u8], work: impl FnOnce(&[u8]) -> R) -> R {
        let tail = &self.0.aad_tail;
        let mut on_stack = [0; 192];
        let length = header.len() + tail.len();
        if let Some(aad) = on_stack.get_mut(..length) {
            let (first, second) = aad.split_at_mut(header.len());
            first.copy_from_slice(header);
            second.copy_from_slice(tail);
            work(aad)
        } else {
            work(&[header, tail].concat())
        }
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sealer")
            .field("context", &self.0.context)
            .field("ring", &*self.0.live.guard())
            .field("padding_bucket", &self.0.padding_bucket)
            .finish_non_exhaustive()
    }
}

/// The times a caller wants a token to have.
#[derive(Clone, Copy)]
pub(crate) struct Wanted {
    pub(crate) born: Timestamp,
    pub(crate) expires_at: Timestamp,
    pub(crate) now: Timestamp,
}
