//! Keeps the app's sessions, in two sealed cookies.

use sealjar::LiveRing;
use sealjar_session::{ConfigError, Flash, Jar};

use crate::visitor::Visitor;

/// The jars of the app, one for each session type. Build them once.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Jars {
    /// Keeps visitors.
    pub visitors: Jar<Visitor>,
    /// Keeps the messages for the next page.
    pub flashes: Jar<Flash>,
}

impl Jars {
    /// Builds the jars. `cookie` names both cookies, `__Host-Http-session` and
    /// `__Host-Http-session-flash` for `session`.
    ///
    /// # Errors
    /// [`ConfigError`] when the cookies' settings cannot work.
    pub fn new(ring: &LiveRing, cookie: &str, insecure_http: bool) -> Result<Self, ConfigError> {
        let name = cookie_name(cookie, insecure_http);
        Ok(Self {
            visitors: Jar::builder(ring, APP)
                .cookie_name(&name)
                .login_page("/login")
                .allow_insecure_http(insecure_http)
                .build()?,
            flashes: Jar::builder(ring, APP)
                .cookie_name(format!("{name}-flash"))
                .allow_insecure_http(insecure_http)
                .build()?,
        })
    }
}

/// Returns the full name of a cookie. Browsers accept the prefix only over https, and guarantee
/// with it that no sibling host set the cookie; browsers that know the whole prefix guarantee the
/// same about scripts.
#[must_use]
pub fn cookie_name(cookie: &str, insecure_http: bool) -> String {
    let prefix = if insecure_http { "" } else { "__Host-Http-" };
    format!("{prefix}{cookie}")
}

/// The app's name in its keys: the same for both frameworks, so that each opens what the other has
/// sealed.
const APP: &str = "shop";
