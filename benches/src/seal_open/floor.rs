//! The cost of `ring`'s AES-256-GCM, base64 and postcard alone.
//!
//! This is the cost without decisions, derivations, random bytes or wiping: one prepared key, and
//! one nonce.

use base64::Engine;
use base64::engine::Simd;
use base64::engine::general_purpose::NO_PAD;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, Tag, UnboundKey};

use crate::data::User;

pub(super) struct Floor {
    key: LessSafeKey,
    simd: Simd,
}

impl Floor {
    pub(super) fn new() -> Self {
        Self {
            key: Self::new_key(),
            simd: Simd::url_safe(NO_PAD),
        }
    }

    pub(super) fn new_key() -> LessSafeKey {
        let key = UnboundKey::new(&AES_256_GCM, &[4; 32]).expect("32 bytes");
        LessSafeKey::new(key)
    }

    /// Gives a text as long as a token's.
    pub(super) fn seal(&self, user: &User) -> String {
        let mut raw = Vec::with_capacity(ROOM);
        raw.resize(HEADER + TIMES, 0);
        let mut raw = postcard::to_extend(user, raw).expect("a plain type");
        raw.push(0x80);
        let tag = self.seal_bytes(&mut raw[HEADER..]);
        raw.extend_from_slice(tag.as_ref());
        self.simd.encode(raw)
    }

    pub(super) fn open(&self, text: &str) -> User {
        let mut raw = self.simd.decode(text).expect("sealed above");
        let inner = self.open_bytes(&mut raw[HEADER..]);
        postcard::from_bytes(&inner[TIMES..inner.len() - MARK]).expect("encoded above")
    }

    pub(super) fn seal_bytes(&self, buffer: &mut [u8]) -> Tag {
        self.key
            .seal_in_place_separate_tag(nonce(), Aad::from(AAD), buffer)
            .expect("short")
    }

    /// Opens the bytes before a tag.
    pub(super) fn open_bytes<'a>(&self, buffer: &'a mut [u8]) -> &'a [u8] {
        self.key
            .open_in_place(nonce(), Aad::from(AAD), buffer)
            .expect("sealed above")
    }
}

fn nonce() -> Nonce {
    Nonce::assume_unique_for_key([2; 12])
}

const HEADER: usize = 41;
/// Enough for every user here, so that no buffer grows.
const ROOM: usize = 512;

/// As long as a token's header with the name of its cookie.
pub(super) const AAD: &[u8; 58] = &[1; 58];
/// The bytes of a token apart from the body.
pub(super) const TIMES: usize = 12;
pub(super) const MARK: usize = 1;
