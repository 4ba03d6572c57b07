//! Which tenant do the sessions of a jar belong to?

use super::JarBuilder;
use crate::data::SessionData;

impl<T: SessionData> JarBuilder<T> {
    /// Binds sessions to something that the application knows, such as the name of a tenant, of at
    /// most 65 535 bytes. Empty by default. The binding is authenticated and not sent.
    ///
    /// Any visitor can copy the cookie of one tenant and send it to another tenant's host. With one
    /// jar for all tenants, it opens there. With one jar per tenant, bound to that tenant, it is
    /// refused as `forged`. Changing the binding logs everybody out.
    ///
    /// Revocations know the app and the subject, not the binding: if two tenants can have the same
    /// account number, [`subject`](SessionData::subject) has to name the tenant too.
    ///
    /// # Security
    /// Take the binding from your configuration, or from a list of tenants from which the request
    /// only chooses. Do not use a forwarded header, which its sender can set to anything, nor a
    /// client's address, which changes.
    ///
    /// # Examples
    /// ```
    /// use sealjar::{Key, LiveRing, Suite};
    /// use sealjar_session::{ConfigError, FetchMetadata, Jar, Origin};
    ///
    /// let ring = LiveRing::from(Key::generate(Suite::Xaes256Gcm)?);
    /// let jar_of = |tenant: &str| -> Result<Jar<()>, ConfigError> {
    ///     Jar::builder(&ring, "shop-prod").binding(tenant).build()
    /// };
    /// let (north, south) = (jar_of("north")?, jar_of("south")?);
    ///
    /// let cookie = north.cookie_for(&())?;
    /// let at_home = north.open([cookie.clone()], FetchMetadata::default());
    /// assert!(matches!(at_home.origin(), Origin::Opened { .. }));
    /// let abroad = south.open([cookie], FetchMetadata::default());
    /// assert!(matches!(abroad.origin(), Origin::Refused(why) if why.kind().as_str() == "forged"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn binding(mut self, binding: impl Into<Vec<u8>>) -> Self {
        self.binding = binding.into();
        self
    }
}
