//! How is a value sealed, and what has to be true before it is given back?

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use arc_swap::ArcSwap;
use zeroize::Zeroizing;

use crate::aead::{self, PurposeCipher, RandomError};
use crate::clock::Timestamp;
use crate::error::{ContextError, OpenError, SealError};
use crate::key::KeyId;
use crate::live::LiveRing;
use crate::ring::{KeyRing, RingKey};
use crate::text;
use crate::token::{HEADER, INNER_MIN, TAG, Token};

/// Says what a token is for. A token opens only in the context it was sealed in.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Context {
    app: String,
    purpose: String,
    cookie_name: String,
    binding: Vec<u8>,
}

impl Context {
    /// Names the application with its environment, such as `shop-prod`, and what the token is for,
    /// such as `password-reset`. Each pair has its own key.
    pub fn new(app: impl Into<String>, purpose: impl Into<String>) -> Self {
        Self {
            app: app.into(),
            purpose: purpose.into(),
            cookie_name: String::new(),
            binding: Vec::new(),
        }
    }

    /// Ties tokens to the cookie they travel in, by its exact name. Empty by default.
    #[must_use]
    pub fn cookie_name(mut self, name: impl Into<String>) -> Self {
        self.cookie_name = name.into();
        self
    }

    /// Ties tokens to something the application fixes, such as a tenant. Empty by default.
    ///
    /// # Security
    /// Never a client's address or a forwarded header: both change, and the second can be chosen.
    #[must_use]
    pub fn binding(mut self, binding: impl Into<Vec<u8>>) -> Self {
        self.binding = binding.into();
        self
    }

    fn check(&self) -> Result<(), ContextError> {
        for (part, length) in [
            ("app", self.app.len()),
            ("purpose", self.purpose.len()),
            ("cookie_name", self.cookie_name.len()),
            ("binding", self.binding.len()),
        ] {
            if length > usize::from(u16::MAX) {
                return Err(ContextError::TooLong { part, length });
            }
        }
        Ok(())
    }

    /// Returns the part of the additional data that follows the token's header.
    fn aad_tail(&self) -> Vec<u8> {
        [self.cookie_name.as_bytes(), &self.binding]
            .into_iter()
            .flat_map(|part| aead::lp16_len(part).into_iter().chain(part.iter().copied()))
            .collect()
    }
}

/// Seals and opens tokens in one context under a ring that may change meanwhile.
///
/// Cloning shares. A session is one use; others are links in e-mails, form tokens, invitations: what
/// has to come back unchanged, unread and in time, with nothing stored on a server.
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
    derived: ArcSwap<Derived>,
}

impl Sealer {
    /// Makes a sealer for a context under a ring or a single key.
    ///
    /// # Errors
    /// [`ContextError::ReservedPurpose`] for `session`, `flash`, `csrf` and `ring-store`;
    /// [`ContextError::TooLong`] for a part of more than 65 535 bytes.
    pub fn new(ring: impl Into<LiveRing>, context: Context) -> Result<Self, ContextError> {
        if RESERVED_PURPOSES.contains(&&*context.purpose) {
            return Err(ContextError::ReservedPurpose(context.purpose));
        }
        Self::for_any_purpose(ring.into(), context)
    }

    pub(crate) fn for_any_purpose(live: LiveRing, context: Context) -> Result<Self, ContextError> {
        context.check()?;
        Ok(Self(Arc::new(Inner {
            derived: ArcSwap::from_pointee(Derived::new(live.load(), &context)),
            aad_tail: context.aad_tail(),
            padding_bucket: 1,
            live,
            context,
        })))
    }

    /// Pads plaintexts to a multiple of `bucket` bytes, so that lengths tell less. Off by default.
    ///
    /// Readers need not know: any sealer opens padded tokens.
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
            derived: ArcSwap::new(this.derived.load_full()),
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
            .map(|sealed| sealed.token)
    }

    /// Opens a token.
    ///
    /// # Errors
    /// The first of [`OpenError`]'s reasons that applies. To whoever sent the token all of them must
    /// look the same.
    pub fn open(&self, token: &Token) -> Result<Opened, OpenError> {
        self.open_at(token, Timestamp::now()?)
    }

    /// Opens a token as [`open`](Self::open) would at `now`.
    ///
    /// # Errors
    /// As [`open`](Self::open), except [`OpenError::Clock`].
    pub fn open_at(&self, token: &Token, now: Timestamp) -> Result<Opened, OpenError> {
        let derived = self.derived();
        let ring = &*derived.ring;
        let id = token.key_id();
        let at = ring.position(id).ok_or(OpenError::UnknownKey(id))?;
        let key = &ring.keys()[at];
        if key.suite() != Some(token.suite()) {
            return Err(OpenError::UnknownKey(id));
        }
        if key.is_revoked() {
            return Err(OpenError::RevokedKey(id));
        }
        if key.is_spent(now) {
            return Err(OpenError::SpentKey(id));
        }
        let cipher = derived
            .cipher(at, &self.0.context)
            .ok_or(OpenError::UnknownKey(id))?;

        let parts = token.parts();
        let mut inner = Zeroizing::new(parts.ciphertext.to_vec());
        self.with_aad(parts.header, |aad| {
            cipher.open(parts.nonce, aad, &mut inner, parts.tag)
        })
        .map_err(|_| OpenError::Forged)?;

        let times = Times::read(&inner).ok_or(OpenError::MalformedInner)?;
        let payload_end = unpadded_len(&inner).ok_or(OpenError::MalformedInner)?;
        times.check(key, ring.timing().skew, now)?;
        if ring
            .revocations()
            .floor
            .is_some_and(|floor| times.born < floor)
        {
            return Err(OpenError::RevokedAll);
        }
        Ok(Opened {
            inner,
            payload_end,
            times,
            opened_at: now,
            key_at: at,
            derived,
        })
    }

    /// Returns the length in characters of a token with `payload` bytes, padded to `bucket` bytes.
    ///
    /// # Panics
    /// When `bucket` is 0.
    #[must_use]
    pub const fn sealed_len(payload: usize, bucket: u16) -> usize {
        let inner = (INNER_MIN + payload).next_multiple_of(bucket as usize);
        text::encoded_len(HEADER + inner + TAG)
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

    pub(crate) fn padding_bucket(&self) -> u16 {
        self.0.padding_bucket
    }

    /// The one way a token is made. `draw_nonce` is the operating system's generator everywhere but
    /// in the tests of this crate, which need a known nonce and a broken generator.
    pub(crate) fn seal_with(
        &self,
        payload: &[u8],
        wanted: Wanted,
        draw_nonce: impl FnOnce() -> Result<[u8; 24], RandomError>,
    ) -> Result<Sealed, SealError> {
        let this = &*self.0;
        let size = Self::sealed_len(payload.len(), this.padding_bucket);
        if size > Token::MAX_LEN {
            return Err(SealError::TooLarge {
                size,
                limit: Token::MAX_LEN,
            });
        }
        let derived = self.derived();
        let at = derived
            .ring
            .sealing_position(wanted.now)
            .ok_or(SealError::NoSealingKey)?;
        let cipher = derived
            .cipher(at, &this.context)
            .ok_or(SealError::NoSealingKey)?;
        let ring_key = &derived.ring.keys()[at];
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
        Ok(Sealed {
            token,
            expires_at: times.expires_at,
        })
    }

    /// Returns the ciphers for the ring in use, derived anew when the ring has changed.
    ///
    /// Two threads may derive for the same ring at once, or one may store ciphers of a ring that has
    /// just been replaced. Both are harmless, because what is stored is compared at each call.
    fn derived(&self) -> Arc<Derived> {
        let ring = self.0.live.guard();
        let derived = self.0.derived.load();
        if Arc::ptr_eq(&derived.ring, &ring) {
            return Arc::clone(&derived);
        }
        let derived = Arc::new(Derived::new(Arc::clone(&ring), &self.0.context));
        self.0.derived.store(Arc::clone(&derived));
        derived
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

/// What was inside a token that authenticated, was in time and is not revoked.
///
/// The payload is wiped from memory on drop.
pub struct Opened {
    inner: Zeroizing<Vec<u8>>,
    payload_end: usize,
    times: Times,
    opened_at: Timestamp,
    key_at: usize,
    derived: Arc<Derived>,
}

impl Opened {
    /// Returns what was sealed.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        &self.inner[TIMES..self.payload_end]
    }

    /// Returns the id of the key it was sealed with.
    #[must_use]
    pub fn key_id(&self) -> KeyId {
        self.ring_key().id()
    }

    /// Returns the start of its absolute lifetime: when it, or what it is a re-seal of, was first
    /// sealed.
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

    /// Returns whether a newer key than this token's was sealing when it was opened.
    #[must_use]
    pub fn is_stale(&self) -> bool {
        self.derived
            .ring
            .sealing_key(self.opened_at)
            .is_some_and(|sealing| sealing.seals_from > self.ring_key().seals_from)
            // A standby that already sealed on a replica whose clock is ahead is newer than the
            // key that seals here.
            && self.ring_key().seals_from.is_some()
    }

    /// Returns whether the ring it was opened with revokes the session `id`.
    #[must_use]
    pub fn is_session_revoked(&self, id: [u8; 8]) -> bool {
        self.derived.ring.revocations().covers_session(id)
    }

    /// Returns whether the ring it was opened with revokes, for this application, what `subject` had
    /// before it was born.
    #[must_use]
    pub fn is_subject_revoked(&self, subject: &str) -> bool {
        // Hashing costs more than the rest of the check: whoever was born after the last revocation
        // of this application is not asked for a hash.
        self.derived
            .newest_subject
            .is_some_and(|newest| self.born() < newest)
            && self.derived.ring.revocations().covers_subject(
                &self.derived.app,
                subject,
                self.born(),
            )
    }

    /// Returns whether the ring it was opened with revokes any subject of this application.
    #[must_use]
    pub fn lists_subjects(&self) -> bool {
        self.derived.newest_subject.is_some()
    }

    fn ring_key(&self) -> &RingKey {
        &self.derived.ring.keys()[self.key_at]
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

/// The times a caller wants a token to have.
#[derive(Clone, Copy)]
pub(crate) struct Wanted {
    pub(crate) born: Timestamp,
    pub(crate) expires_at: Timestamp,
    pub(crate) now: Timestamp,
}

/// A token and the expiry it got, which the key's lifetime may have cut.
pub(crate) struct Sealed {
    pub(crate) token: Token,
    pub(crate) expires_at: Timestamp,
}

/// A ring with this context's ciphers, each derived when it is first needed.
struct Derived {
    ring: Arc<KeyRing>,
    app: String,
    ciphers: Box<[OnceLock<PurposeCipher>]>,
    newest_subject: Option<Timestamp>,
}

impl Derived {
    fn new(ring: Arc<KeyRing>, context: &Context) -> Self {
        Self {
            app: context.app.clone(),
            ciphers: ring.keys().iter().map(|_| OnceLock::new()).collect(),
            newest_subject: ring.revocations().newest_subject(&context.app),
            ring,
        }
    }

    /// Returns the cipher of the key at a position, `None` when this build cannot use the key.
    fn cipher(&self, at: usize, context: &Context) -> Option<&PurposeCipher> {
        let key = self.ring.keys()[at].key()?;
        Some(self.ciphers[at].get_or_init(|| key.purpose_cipher(&context.app, &context.purpose)))
    }
}

struct Times {
    born: Timestamp,
    sealed_at: Timestamp,
    expires_at: Timestamp,
}

impl Times {
    fn write(&self, raw: &mut Vec<u8>) {
        for time in [self.born, self.sealed_at, self.expires_at] {
            raw.extend_from_slice(&time.stored().to_be_bytes());
        }
    }

    fn read(inner: &[u8]) -> Option<Self> {
        let mut stored = inner.chunks_exact(4).map(|bytes| {
            let bytes = [bytes[0], bytes[1], bytes[2], bytes[3]];
            Timestamp::from_stored(u32::from_be_bytes(bytes))
        });
        Some(Self {
            born: stored.next()?,
            sealed_at: stored.next()?,
            expires_at: stored.next()?,
        })
    }

    fn check(&self, key: &RingKey, skew: u32, now: Timestamp) -> Result<(), OpenError> {
        if self.expires_at < self.sealed_at
            || self.born > self.sealed_at.saturating_add(skew)
            || self.expires_at.seconds_since(self.sealed_at) > key.lifetime
            || self.sealed_at > now.saturating_add(skew)
        {
            return Err(OpenError::BadTime);
        }
        if now >= self.expires_at {
            return Err(OpenError::Expired);
        }
        if key
            .seals_until
            .is_some_and(|until| self.sealed_at > until.saturating_add(skew))
        {
            return Err(OpenError::OutsideKeyWindow);
        }
        Ok(())
    }
}

fn unpadded_len(inner: &[u8]) -> Option<usize> {
    let mark = inner.iter().rposition(|byte| *byte != 0)?;
    (inner[mark] == PADDING_MARK && mark >= TIMES).then_some(mark)
}

/// Purposes whose tokens the library itself makes. Sealing one by hand would forge a session.
const RESERVED_PURPOSES: [&str; 4] = ["session", "flash", "csrf", "ring-store"];
const PADDING_MARK: u8 = 0x80;
/// Three times of four bytes.
const TIMES: usize = 12;
