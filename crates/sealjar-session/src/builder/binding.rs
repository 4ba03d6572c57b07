//! Which tenant do the sessions of a jar belong to?

use super::JarBuilder;
use crate::data::SessionData;

impl<T: SessionData> JarBuilder<T> {
    /// Ties sessions to something that the application fixes, such as the name of a tenant, in at
    /// most 65 535 bytes. Empty by default. It is authenticated and not sent.
    ///
    /// Any visitor can copy the cookie of one tenant and send it to another tenant's host. With one
    /// jar for all tenants it opens there. With a jar for each, bound to its tenant, it is refused
    /// as `forged`. To change the binding logs everybody out.
    ///
    /// Revocations know the app and the subject, not the binding: if two tenants can have the same
    /// account number, [`subject`](SessionData::subject) has to name the tenant too.
    ///
    /// # Security
    /// Take it from your configuration, or from a list of tenants that the request only chooses
    /// from. A forwarded header is what its sender likes it to be, and a client's address changes.
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
