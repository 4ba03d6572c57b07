//! What is computed from a master secret and from a pepper by hashing?
//!
//! ```text
//! PRK    = Extract(salt = "sealjar/v1", IKM = master)      HKDF-SHA-256, RFC 5869
//! key id = Expand(PRK, "kid" ‖ 00 ‖ version, 16)
//! key    = Expand(PRK, "key" ‖ 00 ‖ version ‖ lp16(app) ‖ lp16(purpose), 32)
//! export = Expand(PRK, "export" ‖ 00 ‖ lp16(app) ‖ lp16(target), length)
//! ```

use hkdf::Hkdf;
use hkdf::hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, Zeroizing};

use super::{PurposeCipher, Suite};

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
        #[cfg(test)]
        DERIVED.set(DERIVED.get() + 1);
        PurposeCipher::new(suite, &self.purpose_key(suite, app, purpose))
    }

    /// Derives the key for one application and purpose. Both are at most 65 535 bytes long.
    pub(crate) fn purpose_key(
        &self,
        suite: Suite,
        app: &str,
        purpose: &str,
    ) -> Zeroizing<[u8; 32]> {
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
        key
    }

    /// Derives a secret for a program that seals by itself. Both names are at most 65 535 bytes
    /// long, the secret at most 255 hashes.
    pub(crate) fn export(&self, app: &str, target: &str, length: usize) -> Zeroizing<Vec<u8>> {
        let mut secret = Zeroizing::new(vec![0; length]);
        let info: [&[u8]; 5] = [
            b"export\0",
            &lp16_len(app),
            app.as_bytes(),
            &lp16_len(target),
            target.as_bytes(),
        ];
        self.expand(&info, &mut secret);
        secret
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

/// HMAC-SHA-256(pepper, "sealjar/v1 subject" ‖ 00 ‖ lp16(app) ‖ ..., up to where the subjects of an
/// app differ. Both are at most 65 535 bytes long.
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
        #[cfg(test)]
        HASHED.set(HASHED.get() + 1);
        let mut mac = self.0.clone();
        mac.update(&lp16_len(subject));
        mac.update(subject.as_bytes());
        let full = mac.finalize().into_bytes();
        let mut hash = [0; 8];
        hash.copy_from_slice(&full[..8]);
        hash
    }
}

/// Returns the first 16 bytes of HMAC-SHA-256(pepper, "sealjar/v1 ring"), which reveal nothing
/// about the pepper.
pub(crate) fn ring_id(pepper: &[u8; 32]) -> [u8; 16] {
    let mut mac = Hmac::<Sha256>::new_from_slice(pepper).expect("HMAC takes keys of any length");
    mac.update(b"sealjar/v1 ring");
    let full = mac.finalize().into_bytes();
    let mut id = [0; 16];
    id.copy_from_slice(&full[..16]);
    id
}

/// Returns the first 8 bytes of HMAC-SHA-256(pepper, "sealjar/v1 pepper"), which reveal nothing
/// about the pepper.
pub(crate) fn pepper_id(pepper: &[u8; 32]) -> [u8; 8] {
    let mut mac = Hmac::<Sha256>::new_from_slice(pepper).expect("HMAC takes keys of any length");
    mac.update(b"sealjar/v1 pepper");
    let full = mac.finalize().into_bytes();
    let mut id = [0; 8];
    id.copy_from_slice(&full[..8]);
    id
}

/// Returns the first 8 bytes of SHA-256("sealjar/v1 legacy" ‖ 00 ‖ lp16(cookie name) ‖ value).
#[cfg(feature = "__hazmat")]
pub(crate) fn legacy_session_id(cookie_name: &str, value: &[u8]) -> [u8; 8] {
    let full = Sha256::new()
        .chain_update(b"sealjar/v1 legacy\0")
        .chain_update(lp16_len(cookie_name))
        .chain_update(cookie_name)
        .chain_update(value)
        .finalize();
    let mut id = [0; 8];
    id.copy_from_slice(&full[..8]);
    id
}

/// Returns the first 4 bytes of SHA-256(label ‖ secret), which catch a mistyped secret.
pub(crate) fn check_bytes(label: &[u8], secret: &[u8; 32]) -> [u8; 4] {
    let full = Sha256::new()
        .chain_update(label)
        .chain_update(secret)
        .finalize();
    [full[0], full[1], full[2], full[3]]
}

/// Returns the length part of `lp16(text)`. Callers have checked the length of texts from outside.
pub(crate) fn lp16_len(text: impl AsRef<[u8]>) -> [u8; 2] {
    u16::try_from(text.as_ref().len())
        .expect("names are at most 65 535 bytes long")
        .to_be_bytes()
}

#[cfg(test)]
thread_local! {
    /// How many ciphers this thread has derived.
    pub(crate) static DERIVED: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
    /// How many people this thread has hashed.
    pub(crate) static HASHED: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}
