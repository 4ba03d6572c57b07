//! Seals tokens.

use std::time::Duration;

use super::Sealer;
use crate::aead::{self, RandomError};
use crate::base64url;
use crate::clock::Timestamp;
use crate::error::SealError;
use crate::plaintext::{PADDING_MARK, Times};
use crate::token::{HEADER, INNER_MIN, TAG, Token};

impl Sealer {
    /// Seals a payload so that it opens for `ttl` from now.
    ///
    /// `ttl` is in whole seconds, and is cut to what the sealing key allows (24 hours by default).
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
    /// Those of [`seal`](Self::seal), except [`SealError::Clock`].
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

    /// Returns the length in characters of a token with `payload` bytes, padded to `bucket` bytes.
    ///
    /// # Panics
    /// When `bucket` is 0.
    #[must_use]
    pub const fn sealed_len(payload: usize, bucket: u16) -> usize {
        let inner = (INNER_MIN + payload).next_multiple_of(bucket as usize);
        base64url::encoded_len(HEADER + inner + TAG)
    }

    /// Returns how long a token sealed at `now` can live, in seconds; `None` if no key can seal.
    #[must_use]
    pub fn longest_ttl_at(&self, now: Timestamp) -> Option<u32> {
        self.0
            .live
            .guard()
            .ring
            .sealing_key(now)
            .filter(|key| key.is_usable())
            .map(|key| key.lifetime)
    }

    #[cfg(feature = "__hazmat")]
    pub(crate) fn first_birth(&self, subject: Option<&str>, now: Timestamp) -> Timestamp {
        let this = &*self.0;
        let in_use = this.live.guard();
        let latest = now.saturating_add(in_use.ring.timing().skew);
        let listed = subject.and_then(|it| in_use.subject_born_before(&this.context.app, it));
        let not_before = in_use.ring.revocations().floor.max(listed);
        not_before.map_or(now, |time| time.clamp(now, latest))
    }

    /// Seals a payload as [`seal_parts`](Self::seal_parts) does.
    pub(crate) fn seal_with(
        &self,
        payload: &[u8],
        wanted: Wanted,
        draw_nonce: impl FnOnce() -> Result<[u8; 24], RandomError>,
    ) -> Result<(Token, Timestamp), SealError> {
        self.seal_parts(&[payload], wanted, draw_nonce)
    }

    /// Seals a token whose payload is these parts, joined. Every seal passes through here. Returns
    /// the token with its expiry, which the key's lifetime may have cut. `draw_nonce` is the
    /// operating system's generator, except in tests of this crate, which need a known nonce or a
    /// broken generator.
    pub(crate) fn seal_parts(
        &self,
        payload: &[&[u8]],
        wanted: Wanted,
        draw_nonce: impl FnOnce() -> Result<[u8; 24], RandomError>,
    ) -> Result<(Token, Timestamp), SealError> {
        let this = &*self.0;
        let payload_len = payload.iter().map(|part| part.len()).sum();
        let size = Self::sealed_len(payload_len, this.padding_bucket);
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
            (INNER_MIN + payload_len).next_multiple_of(usize::from(this.padding_bucket));
        let mut token = Token::unsealed(suite, ring_key.id(), &nonce, inner_len, |raw| {
            times.write(raw);
            for part in payload {
                raw.extend_from_slice(part);
            }
            raw.push(PADDING_MARK);
            raw.resize(HEADER + inner_len, 0);
        });
        let (header, inner) = token.split_mut();
        let tag = self.with_aad(header, |aad| cipher.seal(&nonce, aad, inner));
        token.append_tag(&tag);
        ciphers.counts(at).count_sealed();
        Ok((token, times.expires_at))
    }
}

/// The times a caller wants a token to have.
#[derive(Clone, Copy)]
pub(crate) struct Wanted {
    pub(crate) born: Timestamp,
    pub(crate) expires_at: Timestamp,
    pub(crate) now: Timestamp,
}
