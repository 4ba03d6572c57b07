//! Seals and opens tokens in one context. `seal` makes them, `open` decides which to accept.

#[cfg(all(loom, test))]
#[path = "tests/interleavings/sealer.rs"]
mod interleavings;
mod open;
mod seal;

use std::fmt;
use std::sync::Arc;

use crate::context::Context;
use crate::counters::SealerCounters;
use crate::counters::Uses;
use crate::error::ContextError;
use crate::live::LiveRing;
use crate::refusal::CountedKind;
use crate::ring_ciphers::RingCiphers;
use crate::sync::{ArcSwap, Guard};

#[cfg(feature = "__hazmat")]
pub(crate) use open::Forged;
#[cfg(any(test, feature = "__hazmat"))]
pub(crate) use seal::Wanted;

/// Seals and opens tokens in one context, under a ring that may be replaced meanwhile.
///
/// Clones share their state. Sessions are one use; others are links in e-mails, form tokens and
/// invitations: data that has to come back unchanged, unread and in time, while servers store
/// nothing.
///
/// One sealer takes 2.3 KiB for each key that [`uses`](Self::uses) lists, at most 128 of them, and
/// 64 KiB more once it checks subjects while some are revoked. Consider this before you make
/// one for each tenant.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use sealjar::{Context, Key, Sealer, Suite};
///
/// let key = Key::generate(Suite::Xaes256Gcm)?;
/// let links = Sealer::new(key, Context::new("shop-prod", "password-reset"))?;
///
/// let link = links.seal(b"user 42", Duration::from_secs(3600))?.to_string();
///
/// let opened = links.open(&link)?;
/// assert_eq!(opened.payload(), b"user 42");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Security
/// A token can be replayed until it expires. If it may be used only once, let it name something in
/// a record that its use changes, such as the password's hash for a reset link.
#[derive(Clone)]
pub struct Sealer(Arc<Inner>);

struct Inner {
    live: LiveRing,
    context: Context,
    aad_tail: Vec<u8>,
    padding_bucket: u16,
    /// The ciphers for the ring that was used last. Each call compares it with the ring in use.
    ring_ciphers: ArcSwap<RingCiphers>,
    counters: Arc<SealerCounters>,
}

impl Sealer {
    /// Makes a sealer for a context under a ring or a single key.
    ///
    /// # Errors
    /// [`ContextError::ReservedPurpose`] for `session`, `session/2`, `session-json`, `flash`,
    /// `csrf` and `ring-store`; [`ContextError::TooLong`] for a part of more than 65 535 bytes.
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
            ring_ciphers: ArcSwap::from_pointee(RingCiphers::new(
                &live.guard(),
                &context,
                &counters,
            )),
            aad_tail: context.aad_tail(),
            padding_bucket: 1,
            live,
            context,
            counters,
        })))
    }

    /// Pads plaintexts to a multiple of `bucket` bytes, so that lengths reveal less. Off by
    /// default.
    ///
    /// Readers need no setting: any sealer opens padded tokens. Both sealers share their counts.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use sealjar::{Context, Key, Sealer, Suite};
    ///
    /// let key = Key::generate(Suite::Xaes256Gcm)?;
    /// let votes = Sealer::new(key, Context::new("poll-prod", "vote"))?.padded_to(64)?;
    /// let minute = Duration::from_secs(60);
    /// let [yes, no] = ["yes", "no"].map(|vote| votes.seal(vote.as_bytes(), minute));
    /// assert_eq!(yes?.text_len(), no?.text_len());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
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

    /// Makes a sealer for another context of the library, with the same ring and padding. Both
    /// share their counts.
    #[cfg(feature = "__hazmat")]
    pub(crate) fn in_context(&self, context: Context) -> Result<Self, ContextError> {
        context.check()?;
        let this = &*self.0;
        let ciphers = RingCiphers::new(&this.live.guard(), &context, &this.counters);
        Ok(Self(Arc::new(Inner {
            live: this.live.clone(),
            aad_tail: context.aad_tail(),
            padding_bucket: this.padding_bucket,
            ring_ciphers: ArcSwap::from_pointee(ciphers),
            counters: Arc::clone(&this.counters),
            context,
        })))
    }

    /// Returns the counts of each key, for this sealer and its clones.
    #[must_use]
    pub fn uses(&self) -> Uses {
        self.uses_of()
    }

    pub(crate) fn uses_of<K: CountedKind>(&self) -> Uses<K> {
        // If the ring was not used before, this lists its keys.
        self.ring_ciphers();
        self.0.counters.uses()
    }

    /// Returns the ring that this sealer uses.
    #[must_use]
    pub fn ring(&self) -> &LiveRing {
        &self.0.live
    }

    #[cfg(feature = "__hazmat")]
    pub(crate) fn padding_bucket(&self) -> u16 {
        self.0.padding_bucket
    }

    /// Returns the ciphers for the ring and the list in use, derived anew if the ring has changed.
    ///
    /// Two threads may derive for the same ring at once, or one may store ciphers of a ring that
    /// has just been replaced. Both are harmless, because each call compares the ring and the list
    /// of what is stored.
    fn ring_ciphers(&self) -> Guard<Arc<RingCiphers>> {
        let this = &*self.0;
        let in_use = this.live.guard();
        let ciphers = this.ring_ciphers.load();
        if ciphers.is_of(&in_use) {
            return ciphers;
        }
        let ciphers = Arc::new(ciphers.followed_by(&in_use, &this.context, &this.counters));
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
            .field("ring", &self.0.live.load())
            .field("padding_bucket", &self.0.padding_bucket)
            .finish_non_exhaustive()
    }
}
