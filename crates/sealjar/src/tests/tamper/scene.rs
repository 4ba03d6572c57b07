//! A token to tamper with, and broken openers that do not notice.

use std::hint::black_box;

use super::super::{DAY, SUITES, additional_data, at, key, ring, sealer, sealing_since};
use crate::aead::{PurposeCipher, Suite};
use crate::base64url;
use crate::context::Context;
use crate::error::OpenError;
use crate::key::Key;
use crate::sealer::{Sealer, Wanted};
use crate::token::{PREFIX, Token};

/// A token, the sealer that opens it, and a second token of the same sealer to cut pieces from. The
/// ring also holds the same secret in the other suite, and another key.
pub(in super::super) struct Scene {
    key: Key,
    cipher: PurposeCipher,
    pub(in super::super) sealer: Sealer,
    pub(in super::super) token: Token,
    pub(in super::super) other: Token,
}

impl Scene {
    pub(in super::super) fn new(suite: Suite) -> Self {
        Self::holding(suite, [b"forty bytes of payload, and all of them!", b""])
    }

    /// Has tokens that are decoded in two pieces, and whose last character has unused bits.
    pub(super) fn long(suite: Suite) -> Self {
        let scene = Self::holding(suite, [&[0x11; 601], &[0x22; 601]]);
        assert!(scene.other.text_len() > PREFIX + 300);
        scene
    }

    fn holding(suite: Suite, payloads: [&[u8]; 2]) -> Self {
        let other_suite = SUITES.into_iter().find(|other| *other != suite).unwrap();
        let ring = ring(
            1,
            vec![
                sealing_since(key(suite, 7), 1_000),
                sealing_since(key(other_suite, 7), 500),
                sealing_since(key(suite, 8), 500),
            ],
        );
        let sealer = sealer(ring, &context());
        let wanted = Wanted {
            born: at(NOW - 100),
            expires_at: at(NOW + DAY),
            now: at(NOW),
        };
        let seal = |payload, nonce| {
            let sealed = sealer.seal_with(payload, wanted, || Ok([nonce; 24]));
            sealed.unwrap().0
        };
        let [token, other] = [seal(payloads[0], 0xA8), seal(payloads[1], 0xA0)];
        assert_eq!(token.suite(), suite);
        assert!(sealer.open_token_at(&token, at(NOW)).is_ok());
        assert!(sealer.open_token_at(&other, at(NOW)).is_ok());
        Self {
            key: key(suite, 7),
            cipher: key(suite, 7).purpose_cipher("shop", "login"),
            sealer,
            token,
            other,
        }
    }

    /// Opens by hand, comparing this many bytes of the tag.
    pub(in super::super) fn open_comparing(
        &self,
        raw: &[u8],
        tag_bytes: usize,
    ) -> Result<(), OpenError> {
        self.open_by_hand(base64url::encode(raw).as_bytes(), |right, sent| {
            right[..tag_bytes] == sent[..tag_bytes]
        })
    }

    /// Opens by hand, comparing the tag byte by byte up to the first difference.
    pub(in super::super) fn open_stopping_early(&self, text: &str) -> Result<(), OpenError> {
        self.open_by_hand(text.as_bytes(), |right, sent| {
            let pairs = right.iter().zip(sent);
            pairs
                .into_iter()
                .all(|(right, sent)| black_box(right) == black_box(sent))
        })
    }

    fn open_by_hand(
        &self,
        text: &[u8],
        is_right: impl FnOnce(&[u8; 16], &[u8; 16]) -> bool,
    ) -> Result<(), OpenError> {
        let mut token = Token::parse(text)?;
        if token.suite() != self.key.suite() || token.key_id() != self.key.id() {
            return Err(OpenError::UnknownKey(token.key_id()));
        }
        let parts = token.parts_mut();
        let aad = additional_data(parts.header, COOKIE_NAME, BINDING);
        let mut inner = parts.inner.to_vec();
        // Both ciphers add a key stream, so encrypting a ciphertext gives the plaintext, and
        // encrypting that gives the expected tag.
        self.cipher.seal(parts.nonce, &aad, &mut inner);
        let tag = self.cipher.seal(parts.nonce, &aad, &mut inner.clone());
        if !is_right(&tag, parts.tag) {
            return Err(OpenError::Forged);
        }
        match inner.iter().rfind(|byte| **byte != 0) {
            Some(0x80) => Ok(()),
            _ => Err(OpenError::MalformedInner),
        }
    }
}

const COOKIE_NAME: &str = "__Host-session";
const BINDING: &[u8] = b"tenant";

fn context() -> Context {
    Context::new("shop", "login")
        .cookie_name(COOKIE_NAME)
        .binding(BINDING)
}

pub(in super::super) const NOW: u32 = 5_000;
