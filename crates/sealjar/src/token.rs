//! A token as it looks from outside, before anything in it is trusted.

use std::fmt;

use crate::aead::Suite;
use crate::base64url;
use crate::error::OpenError;
use crate::key::KeyId;

/// A sealed value, or text from outside that has the shape of one.
///
/// It is not trusted: only [`Sealer::open`](crate::Sealer::open) checks whether it is authentic.
/// The text is base64url, 94 to 12 288 characters.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use sealjar::{Context, Key, Sealer, Suite, Token};
///
/// let key = Key::generate(Suite::Xaes256Gcm)?;
/// let id = key.id();
/// let links = Sealer::new(key, Context::new("shop-prod", "link"))?;
/// let text = links.seal(b"account 7", Duration::from_secs(3600))?.to_string();
///
/// // Readable without a key: the id of the key that it names.
/// let token = Token::parse(&text)?;
/// assert_eq!((token.key_id(), token.suite()), (id, Suite::Xaes256Gcm));
/// assert_eq!((token.to_string(), token.text_len()), (text.clone(), text.len()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Eq, PartialEq)]
pub struct Token {
    raw: Vec<u8>,
    suite: Suite,
}

impl Token {
    /// The least length of a token's text in characters.
    pub const MIN_LEN: usize = base64url::encoded_len(RAW_MIN);
    /// The greatest length of a token's text in characters.
    pub const MAX_LEN: usize = 12_288;

    /// Reads the text of a token. One token has one text.
    ///
    /// # Errors
    /// [`OpenError::Malformed`] for text of another length or that is not canonical base64url,
    /// [`OpenError::UnknownVersion`] for a version that this build does not know.
    pub fn parse(text: impl AsRef<[u8]>) -> Result<Self, OpenError> {
        TokenPrefix::of(text.as_ref())
            .ok_or(OpenError::Malformed)?
            .to_token()
    }

    /// Returns the id of the key that the token names.
    #[must_use]
    pub fn key_id(&self) -> KeyId {
        key_id(&self.raw)
    }

    /// Returns the suite of the token's version.
    #[must_use]
    pub const fn suite(&self) -> Suite {
        self.suite
    }

    /// Returns the length of the text in characters.
    #[must_use]
    pub const fn text_len(&self) -> usize {
        base64url::encoded_len(self.raw.len())
    }

    /// Appends the text to a string.
    pub fn write_to(&self, text: &mut String) {
        base64url::encode_into(&self.raw, text);
    }

    /// Lays out version, key id, nonce and plaintext. The caller encrypts what follows the header
    /// and appends the tag.
    pub(crate) fn unsealed(
        suite: Suite,
        id: KeyId,
        nonce: &[u8; 24],
        inner_len: usize,
        fill: impl FnOnce(&mut Vec<u8>),
    ) -> Self {
        let mut raw = Vec::with_capacity(HEADER + inner_len + TAG);
        raw.push(suite.version());
        raw.extend_from_slice(id.bytes());
        raw.extend_from_slice(nonce);
        fill(&mut raw);
        Self { raw, suite }
    }

    /// Splits a laid-out token into its header and what is to be encrypted.
    pub(crate) fn split_mut(&mut self) -> (&[u8], &mut [u8]) {
        let (header, inner) = self.raw.split_at_mut(HEADER);
        (header, inner)
    }

    pub(crate) fn append_tag(&mut self, tag: &[u8; TAG]) {
        self.raw.extend_from_slice(tag);
    }

    /// Splits a sealed token into what opening needs.
    pub(crate) fn parts_mut(&mut self) -> Parts<'_> {
        let (header, rest) = self.raw.split_at_mut(HEADER);
        let (inner, tag) = rest
            .split_last_chunk_mut()
            .expect("a token is longer than header and tag");
        let nonce = header.last_chunk().expect("a header ends with the nonce");
        Parts {
            header,
            nonce,
            inner,
            tag,
        }
    }

    /// Returns the bytes between header and tag: ciphertext, or plaintext once it is opened.
    pub(crate) fn inner(&self) -> &[u8] {
        &self.raw[HEADER..self.raw.len() - TAG]
    }

    #[cfg(test)]
    pub(crate) fn raw(&self) -> &[u8] {
        &self.raw
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&base64url::encode(&self.raw))
    }
}

impl fmt::Debug for Token {
    /// Shows the key id and the length: a token that reaches a log can be replayed from there.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token")
            .field("suite", &self.suite)
            .field("key_id", &self.key_id())
            .field("raw_len", &self.raw.len())
            .finish_non_exhaustive()
    }
}

/// A text whose prefix is decoded on the stack: the key that it names is known before anything is
/// allocated for it.
pub(crate) struct TokenPrefix<'a> {
    bytes: [u8; PREFIX / 4 * 3],
    length: usize,
    rest: &'a [u8],
}

impl<'a> TokenPrefix<'a> {
    /// Returns `None` if the text does not have the length of a token, or its prefix is not
    /// canonical.
    pub(crate) fn of(text: &'a [u8]) -> Option<Self> {
        if !(Token::MIN_LEN..=Token::MAX_LEN).contains(&text.len()) {
            return None;
        }
        let (prefix, rest) = text.split_at(text.len().min(PREFIX));
        let mut bytes = [0; _];
        let length = base64url::decode_into(prefix, &mut bytes)?;
        Some(Self {
            bytes,
            length,
            rest,
        })
    }

    pub(crate) fn suite(&self) -> Option<Suite> {
        Suite::from_version(self.bytes[0])
    }

    pub(crate) fn key_id(&self) -> KeyId {
        key_id(&self.bytes)
    }

    /// Returns whether the rest is canonical, without allocating.
    pub(crate) fn is_canonical(&self) -> bool {
        base64url::is_canonical(self.rest)
    }

    pub(crate) fn to_token(&self) -> Result<Token, OpenError> {
        let raw = base64url::decode_after(&self.bytes[..self.length], self.rest);
        let raw = raw.ok_or(OpenError::Malformed)?;
        let suite = self.suite().ok_or(OpenError::UnknownVersion)?;
        Ok(Token { raw, suite })
    }
}

pub(crate) struct Parts<'a> {
    /// Version, key id and nonce, which are authenticated and not encrypted.
    pub(crate) header: &'a [u8],
    pub(crate) nonce: &'a [u8; 24],
    /// The bytes to decrypt in place.
    pub(crate) inner: &'a mut [u8],
    pub(crate) tag: &'a [u8; TAG],
}

/// Reads the id that follows the version.
fn key_id(raw: &[u8]) -> KeyId {
    let mut id = [0; 16];
    id.copy_from_slice(&raw[1..17]);
    KeyId::from_bytes(id)
}

/// How many characters are decoded at once: all of most tokens, in groups of four.
pub(crate) const PREFIX: usize = 512;
pub(crate) const HEADER: usize = 1 + 16 + 24;
pub(crate) const TAG: usize = 16;
/// Three times, no payload, the padding mark.
pub(crate) const INNER_MIN: usize = 13;
const RAW_MIN: usize = HEADER + INNER_MIN + TAG;
