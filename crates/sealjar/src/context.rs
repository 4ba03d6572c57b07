//! What a token is for.

use crate::aead;
use crate::error::ContextError;

/// What a token is for. A token opens only in the context in which it was sealed.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use sealjar::{Context, Key, LiveRing, RefusalKind, Sealer, Suite};
///
/// let ring = LiveRing::from(Key::generate(Suite::Xaes256Gcm)?);
/// let of = |tenant: &str| Context::new("shop-prod", "invitation").binding(tenant);
/// let (ada, bob) = (Sealer::new(&ring, of("ada"))?, Sealer::new(&ring, of("bob"))?);
///
/// let invitation = ada.seal(b"come in", Duration::from_secs(3600))?.to_string();
/// assert!(ada.open(&invitation).is_ok());
/// assert_eq!(bob.open(&invitation).unwrap_err().kind(), RefusalKind::Forged);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Context {
    pub(crate) app: String,
    pub(crate) purpose: String,
    cookie_name: String,
    binding: Vec<u8>,
}

impl Context {
    /// Names the application and its environment, such as `shop-prod`, and what the token is for,
    /// such as `password-reset`. Each pair has its own key.
    pub fn new(app: impl Into<String>, purpose: impl Into<String>) -> Self {
        Self {
            app: app.into(),
            purpose: purpose.into(),
            cookie_name: String::new(),
            binding: Vec::new(),
        }
    }

    /// Binds tokens to the cookie they travel in, by its exact name. Empty by default.
    #[must_use]
    pub fn cookie_name(mut self, name: impl Into<String>) -> Self {
        self.cookie_name = name.into();
        self
    }

    /// Binds tokens to something that the application knows, such as a tenant. Empty by default.
    ///
    /// # Security
    /// Never use a client's address, which changes, or a forwarded header, which its sender
    /// chooses.
    #[must_use]
    pub fn binding(mut self, binding: impl Into<Vec<u8>>) -> Self {
        self.binding = binding.into();
        self
    }

    /// Whether the library itself makes tokens of this purpose. Sealing one by hand would forge a
    /// session.
    pub(crate) fn is_reserved(&self) -> bool {
        ["session", SESSION, SESSION_JSON, FLASH, CSRF, "ring-store"].contains(&&*self.purpose)
    }

    pub(crate) fn check(&self) -> Result<(), ContextError> {
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
    pub(crate) fn aad_tail(&self) -> Vec<u8> {
        [self.cookie_name.as_bytes(), &self.binding]
            .into_iter()
            .flat_map(|part| aead::lp16_len(part).into_iter().chain(part.iter().copied()))
            .collect()
    }
}

/// The purpose of a session's cookie. It changes with the frame around the session: each frame has
/// a key of its own, so no build can confuse two frames. The first frame had the purpose `session`.
pub(crate) const SESSION: &str = "session/2";

/// The purpose of the cookie of a session that programs in other languages share.
pub(crate) const SESSION_JSON: &str = "session-json";

/// The purpose of the cookie of messages for the next page.
pub(crate) const FLASH: &str = "flash";

/// The purpose of a token that shows that a form is the application's own.
pub(crate) const CSRF: &str = "csrf";
