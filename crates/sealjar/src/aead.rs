//! How are bytes encrypted and authenticated? The only file that names a cipher.
//!
//! ```text
//! PRK    = Extract(salt = "sealjar/v1", IKM = master)                          HKDF-SHA-256, RFC 5869
//! key id = Expand(PRK, "kid" ‖ 00 ‖ version, 16)
//! key    = Expand(PRK, "key" ‖ 00 ‖ version ‖ lp16(app) ‖ lp16(purpose), 32)
//!
//! L  = AES256_K(0^128)        K1 = L << 1, last byte xor 87 if the top bit of L was set
//! Kx = AES256_K((00 01 58 00 ‖ N[0..12]) xor K1) ‖ AES256_K((00 02 58 00 ‖ N[0..12]) xor K1)
//! ciphertext ‖ tag = AES-256-GCM(key = Kx, nonce = N[12..24], plaintext, AAD)  C2SP XAES-256-GCM
//! ```
//! The second suite is XChaCha20-Poly1305 with the key and the 24-byte nonce as they are.

use std::fmt;

use aes_gcm::AesGcm;
use aes_gcm::aead::consts::U12;
use aes_gcm::aead::{AeadInOut, Generate, KeyInit};
use aes_gcm::aes::cipher::BlockCipherEncrypt;
use aes_gcm::aes::{Aes256Enc, Block};
use chacha20poly1305::XChaCha20Poly1305;
use hkdf::Hkdf;
use hkdf::hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, Zeroizing};

/// Names a way to encrypt and authenticate. It belongs to a key, never to a call.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Suite {
    /// XChaCha20-Poly1305 with 24-byte nonces (draft-irtf-cfrg-xchacha-03). Token version 2.
    XChaCha20Poly1305,
    /// XAES-256-GCM with 24-byte nonces (C2SP). Token version 1, the default.
    Xaes256Gcm,
}

impl Suite {
    /// Returns the name that ring documents use: `xaes-256-gcm` or `xchacha20-poly1305`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::XChaCha20Poly1305 => "xchacha20-poly1305",
            Self::Xaes256Gcm => "xaes-256-gcm",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        [Self::Xaes256Gcm, Self::XChaCha20Poly1305]
            .into_iter()
            .find(|suite| suite.name() == name)
    }

    /// Returns the first byte of every token under this suite.
    #[must_use]
    pub const fn version(self) -> u8 {
        match self {
            Self::Xaes256Gcm => 1,
            Self::XChaCha20Poly1305 => 2,
        }
    }

    pub(crate) const fn from_version(version: u8) -> Option<Self> {
        match version {
            1 => Some(Self::Xaes256Gcm),
            2 => Some(Self::XChaCha20Poly1305),
            _ => None,
        }
    }
}

/// The pseudo-random key of one master secret, from which ids and purpose keys are expanded.
pub(crate) struct Prk(Zeroizing<[u8; 32]>);

impl Prk {
    pub(crate) fn extract(master: &[u8; 32]) -> Self {
        let (mut prk, _) = Hkdf::<Sha256>::extract(Some(b"sealjar/v1"), master);
        let mut bytes = Zeroizing::new([0; 32]);
        bytes.copy_from_slice(&prk);
        prk.as_mut_slice().zeroize();
        Self(bytes)
    }

    pub(crate) fn key_id(&self, suite: Suite) -> [u8; 16] {
        let mut id = [0; 16];
        self.expand(&[b"kid\0", &[suite.version()]], &mut id);
        id
    }

    /// Derives the cipher for one application and purpose. Both are at most 65 535 bytes long.
    pub(crate) fn purpose_cipher(&self, suite: Suite, app: &str, purpose: &str) -> PurposeCipher {
        let mut key = Zeroizing::new([0; 32]);
        self.expand(
            &[
                b"key\0",
                &[suite.version()],
                &lp16_len(app),
                app.as_bytes(),
                &lp16_len(purpose),
                purpose.as_bytes(),
            ],
            &mut *key,
        );
        PurposeCipher::new(suite, &key)
    }

    fn expand(&self, info: &[&[u8]], output: &mut [u8]) {
        Hkdf::<Sha256>::from_prk(&*self.0)
            .expect("a PRK is as long as the hash")
            .expand_multi_info(info, output)
            .expect("outputs are shorter than 255 hashes");
    }

    #[cfg(test)]
    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// A cipher under the key of one application and purpose.
pub(crate) struct PurposeCipher(Cipher);

impl PurposeCipher {
    pub(crate) fn new(suite: Suite, key: &[u8; 32]) -> Self {
        Self(match suite {
            Suite::Xaes256Gcm => Cipher::Xaes(Box::new(Xaes::new(key))),
            Suite::XChaCha20Poly1305 => {
                Cipher::XChaCha(Box::new(XChaCha20Poly1305::new(key.into())))
            }
        })
    }

    /// Encrypts `buffer` in place and returns the tag.
    pub(crate) fn seal(&self, nonce: &[u8; 24], aad: &[u8], buffer: &mut [u8]) -> [u8; 16] {
        let tag = match &self.0 {
            Cipher::Xaes(xaes) => {
                xaes.for_nonce(nonce)
                    .encrypt_inout_detached(&gcm_nonce(nonce), aad, buffer.into())
            }
            Cipher::XChaCha(cipher) => {
                cipher.encrypt_inout_detached(nonce.into(), aad, buffer.into())
            }
        };
        tag.expect("tokens are far shorter than a cipher's limit")
            .into()
    }

    /// Decrypts `buffer` in place, or wipes it when the tag is not the right one.
    pub(crate) fn open(
        &self,
        nonce: &[u8; 24],
        aad: &[u8],
        buffer: &mut [u8],
        tag: &[u8; 16],
    ) -> Result<(), Forged> {
        let opened = match &self.0 {
            Cipher::Xaes(xaes) => xaes.for_nonce(nonce).decrypt_inout_detached(
                &gcm_nonce(nonce),
                aad,
                (&mut *buffer).into(),
                tag.into(),
            ),
            Cipher::XChaCha(cipher) => {
                cipher.decrypt_inout_detached(nonce.into(), aad, (&mut *buffer).into(), tag.into())
            }
        };
        opened.map_err(|_| {
            buffer.zeroize();
            Forged
        })
    }
}

/// The tag is not the one that the key, the nonce, the ciphertext and the context give.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Forged;

/// Draws bytes from the operating system's random source.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], RandomError> {
    <[u8; N]>::try_generate().map_err(|error| RandomError(error.to_string()))
}

/// The operating system's random source failed, and nothing was made with what it gave.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RandomError(String);

impl RandomError {
    /// Makes the error of a random source, for whoever draws keys from one of their own.
    pub fn new(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }
}

impl fmt::Display for RandomError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the operating system gave no random bytes: {}", self.0)
    }
}

impl std::error::Error for RandomError {}

/// HMAC-SHA-256(pepper, "sealjar/v1 subject" ‖ 00 ‖ lp16(app) ‖ ..., as far as it is one for all
/// subjects of an app. Both are at most 65 535 bytes long.
pub(crate) struct SubjectHasher(Hmac<Sha256>);

impl SubjectHasher {
    pub(crate) fn new(pepper: &[u8; 32], app: &str) -> Self {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(pepper).expect("HMAC takes keys of any length");
        mac.update(b"sealjar/v1 subject\0");
        mac.update(&lp16_len(app));
        mac.update(app.as_bytes());
        Self(mac)
    }

    /// Returns the first 8 bytes of ... ‖ lp16(subject)).
    pub(crate) fn hash(&self, subject: &str) -> [u8; 8] {
        let mut mac = self.0.clone();
        mac.update(&lp16_len(subject));
        mac.update(subject.as_bytes());
        let full = mac.finalize().into_bytes();
        let mut hash = [0; 8];
        hash.copy_from_slice(&full[..8]);
        hash
    }
}

/// Returns the first 4 bytes of SHA-256(label ‖ secret), which catch a mistyped secret.
pub(crate) fn check_bytes(label: &[u8], secret: &[u8; 32]) -> [u8; 4] {
    let full = Sha256::new()
        .chain_update(label)
        .chain_update(secret)
        .finalize();
    [full[0], full[1], full[2], full[3]]
}

/// Returns the length part of `lp16(text)`. Whoever takes a text from outside has checked its length.
pub(crate) fn lp16_len(text: impl AsRef<[u8]>) -> [u8; 2] {
    u16::try_from(text.as_ref().len())
        .expect("names are at most 65 535 bytes long")
        .to_be_bytes()
}

enum Cipher {
    Xaes(Box<Xaes>),
    XChaCha(Box<XChaCha20Poly1305>),
}

struct Xaes {
    aes: Aes256Enc,
    k1: Zeroizing<[u8; 16]>,
}

impl Xaes {
    fn new(key: &[u8; 32]) -> Self {
        let aes = Aes256Enc::new(key.into());
        let mut l = Block::default();
        aes.encrypt_block(&mut l);
        let l128 = u128::from_be_bytes(l.into());
        l.as_mut_slice().zeroize();
        let reduction = 0x87 * (l128 >> 127);
        Self {
            aes,
            k1: Zeroizing::new(((l128 << 1) ^ reduction).to_be_bytes()),
        }
    }

    /// Derives the cipher for one nonce. Wiped as the master key is: it seals under every nonce that
    /// begins with the same 12 bytes.
    fn for_nonce(&self, nonce: &[u8; 24]) -> AesGcm<Aes256Enc, U12> {
        let mut blocks = [1, 2].map(|counter| {
            let mut block = *self.k1;
            block[1] ^= counter;
            block[2] ^= b'X';
            for (byte, nonce) in block[4..].iter_mut().zip(nonce) {
                *byte ^= nonce;
            }
            Block::from(block)
        });
        self.aes.encrypt_blocks(&mut blocks);
        let mut key = Zeroizing::new([0; 32]);
        key[..16].copy_from_slice(&blocks[0]);
        key[16..].copy_from_slice(&blocks[1]);
        for block in &mut blocks {
            block.as_mut_slice().zeroize();
        }
        AesGcm::new((&*key).into())
    }
}

fn gcm_nonce(nonce: &[u8; 24]) -> aes_gcm::Nonce<U12> {
    let mut last = [0; 12];
    last.copy_from_slice(&nonce[12..]);
    last.into()
}
