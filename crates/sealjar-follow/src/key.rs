//! Which keys do replicas and keepers have?
//!
//! ```text
//! sealjar-delivery-1_<base64url>    secret(32) ‖ the keeper's public key(32) ‖ check(4)
//! sealjar-speaker-1_<base64url>     secret(32) ‖ seed of the keeper's private key(32) ‖ check(4)
//! check = SHA-256(the text before the `_` ‖ the 64 bytes)[0..4]
//! ```

mod text;

use std::fmt;

use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use hkdf::hmac::{Hmac, KeyInit as _, Mac as _};
use sealjar::__hazmat::{DeliverySecret, StoreKeyError, draw};
use sealjar::{KeyId, RandomError};
use sha2::Sha256;
use zeroize::Zeroizing;

pub use text::KeyTextError;
use text::{DELIVERY, SPEAKER, from_text, to_text};

/// The key of a replica: it makes questions, and opens and checks answers.
///
/// # Security
/// Who has it can read the ring, and so can forge sessions, and can ask in the name of replicas
/// that are not there, which holds up rotation. They can sign nothing that another replica takes
/// for a keeper's. It is wiped from memory on drop. There is no `Clone` and no `PartialEq`; `Debug`
/// shows the id.
///
/// # Examples
/// ```
/// use sealjar_follow::{DeliveryKey, SpeakerKey};
///
/// let speaker = SpeakerKey::generate()?;
/// let delivery = DeliveryKey::from_bytes(speaker.delivery_key().to_text().as_bytes())?;
/// assert_eq!(delivery.id(), speaker.id());
///
/// let error = DeliveryKey::from_bytes(speaker.to_text().as_bytes()).unwrap_err();
/// assert_eq!(error.to_string(), "this is the key of a keeper, not the delivery key of a replica");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct DeliveryKey {
    secret: SharedSecret,
    keeper: VerifyingKey,
}

/// The key of a keeper: it checks questions, and seals and signs answers.
///
/// # Security
/// Who has it can make replicas take any ring. It is wiped from memory on drop. There is no `Clone`
/// and no `PartialEq`; `Debug` shows the id.
pub struct SpeakerKey {
    delivery: DeliveryKey,
    private: SigningKey,
}

/// The part that both keys have.
struct SharedSecret {
    bytes: Zeroizing<[u8; 32]>,
    derived: DeliverySecret,
}

impl SharedSecret {
    fn new(bytes: &[u8; 32]) -> Result<Self, StoreKeyError> {
        Ok(Self {
            derived: DeliverySecret::from_bytes(bytes)?,
            bytes: Zeroizing::new(*bytes),
        })
    }
}

impl DeliveryKey {
    /// Reads a delivery key from the contents of its file. White space around it is ignored.
    ///
    /// # Errors
    /// [`KeyTextError`], which says what else it is, if that can be told.
    pub fn from_bytes(text: &[u8]) -> Result<Self, KeyTextError> {
        let (secret, public) = &*from_text(text, &DELIVERY)?;
        let secret = SharedSecret::new(secret).map_err(KeyTextError::of_secret)?;
        let keeper = VerifyingKey::from_bytes(public).map_err(|_| KeyTextError::PublicKey)?;
        if keeper.is_weak() {
            return Err(KeyTextError::PublicKey);
        }
        Ok(Self { secret, keeper })
    }

    /// Returns the text of the key, to store it where its replicas read it.
    #[must_use]
    pub fn to_text(&self) -> Zeroizing<String> {
        to_text(&DELIVERY, &self.secret.bytes, self.keeper.as_bytes())
    }

    /// Returns the id, which is computed from the secret. It is no secret.
    #[must_use]
    pub const fn id(&self) -> KeyId {
        self.secret.derived.id()
    }

    pub(crate) const fn secret(&self) -> &DeliverySecret {
        &self.secret.derived
    }

    /// Begins the code that authenticates a question about a ring.
    pub(crate) fn asking(&self, ring: &str) -> Hmac<Sha256> {
        self.code(ring, b"ask\0")
    }

    /// Begins the code that authenticates a request to revoke.
    pub(crate) fn revoking(&self, ring: &str) -> Hmac<Sha256> {
        self.code(ring, b"revoke\0")
    }

    fn code(&self, ring: &str, label: &[u8]) -> Hmac<Sha256> {
        let key = self.secret.derived.asking_key(ring);
        let mut mac = Hmac::new_from_slice(&*key).expect("HMAC takes keys of any length");
        mac.update(label);
        mac
    }

    /// Whether the keeper has signed a message.
    pub(crate) fn has_signed(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        let signature = Signature::from_bytes(signature);
        self.keeper.verify_strict(message, &signature).is_ok()
    }
}

impl SpeakerKey {
    /// Draws a new key from the operating system's random source.
    ///
    /// # Errors
    /// [`RandomError`] when the operating system gives no random bytes.
    pub fn generate() -> Result<Self, RandomError> {
        let [secret, seed] = [Zeroizing::new(draw()?), Zeroizing::new(draw()?)];
        Self::from_parts(&secret, &seed)
            .map_err(|_| RandomError::new("what it gave is no secret, but follows a pattern"))
    }

    /// Reads a speaker key from the contents of its file. White space around it is ignored.
    ///
    /// # Errors
    /// [`KeyTextError`], which says what else it is, if that can be told.
    pub fn from_bytes(text: &[u8]) -> Result<Self, KeyTextError> {
        let (secret, seed) = &*from_text(text, &SPEAKER)?;
        Self::from_parts(secret, seed).map_err(KeyTextError::of_secret)
    }

    fn from_parts(secret: &[u8; 32], seed: &[u8; 32]) -> Result<Self, StoreKeyError> {
        // A seed that everybody knows lets everybody sign.
        DeliverySecret::from_bytes(seed)?;
        let private = SigningKey::from_bytes(seed);
        let delivery = DeliveryKey {
            secret: SharedSecret::new(secret)?,
            keeper: private.verifying_key(),
        };
        Ok(Self { delivery, private })
    }

    /// Returns the text of the key, to store it where keepers read it.
    #[must_use]
    pub fn to_text(&self) -> Zeroizing<String> {
        let seed = Zeroizing::new(self.private.to_bytes());
        to_text(&SPEAKER, &self.delivery.secret.bytes, &seed)
    }

    /// Returns the delivery key that goes to replicas.
    #[must_use]
    pub const fn delivery_key(&self) -> &DeliveryKey {
        &self.delivery
    }

    /// Returns the id, which is the delivery key's. A store key of the same bytes has it too, and
    /// so has a key of a ring: a keeper refuses both.
    #[must_use]
    pub const fn id(&self) -> KeyId {
        self.delivery.id()
    }

    pub(crate) fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.private.sign(message).to_bytes()
    }
}

impl fmt::Debug for DeliveryKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeliveryKey")
            .field("id", &self.id())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for SpeakerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SpeakerKey")
            .field("id", &self.id())
            .finish_non_exhaustive()
    }
}
