//! Which cookie is the session kept in?

use crate::builder::JarBuilder;
use crate::cookie::attributes::{SameSite, Scope};
use crate::data::SessionData;

impl<T: SessionData> JarBuilder<T> {
    /// Names the cookie. Default `__Host-Http-session`: browsers accept a `__Host-` cookie only
    /// over https and send it only to the host that set it. Browsers that know `__Host-Http-` let
    /// no script set it.
    ///
    /// Jars of two session types need two names, or each would overwrite the other's cookie. While
    /// a jar of one type is in use in this process, [`build`](Self::build) refuses a jar of another
    /// type that has the same name, app and binding and shares a key with it.
    ///
    /// # Examples
    /// ```
    /// # use sealjar_session::{Jar, testing};
    /// let ring = testing::ring();
    /// let accounts: Jar<()> = Jar::new(&ring, "shop-prod")?;
    /// let baskets: Jar<Option<()>> = Jar::builder(&ring, "shop-prod")
    ///     .cookie_name("__Host-Http-basket")
    ///     .build()?;
    /// assert_eq!(accounts.cookie_name(), "__Host-Http-session");
    /// assert_eq!(baskets.cookie_name(), "__Host-Http-basket");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn cookie_name(mut self, name: impl Into<String>) -> Self {
        self.cookie_name = Some(name.into());
        self
    }

    /// Limits the cookie to a path and everything below it, such as `/shop`. Default `/`. This does
    /// not protect applications on one host from each other.
    ///
    /// Before you change it in a running application, see [`also_expire`](Self::also_expire).
    ///
    /// # Examples
    /// ```
    /// # use sealjar_session::{Jar, testing};
    /// let jar: Jar<()> = Jar::builder(testing::ring(), "shop-prod")
    ///     .cookie_name("__Secure-session")
    ///     .path("/shop")
    ///     .build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.scope.path = path.into();
        self
    }

    /// Sends the cookie to a domain, such as `example.org`, and all hosts below it. By default only
    /// the host that set it gets it.
    ///
    /// Before you change it in a running application, see [`also_expire`](Self::also_expire).
    ///
    /// # Examples
    /// ```
    /// # use sealjar_session::{Jar, testing};
    /// let jar: Jar<()> = Jar::builder(testing::ring(), "shop-prod")
    ///     .cookie_name("__Secure-session")
    ///     .domain("example.org")
    ///     .build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn domain(mut self, domain: impl Into<String>) -> Self {
        self.scope.domain = Some(domain.into());
        self
    }

    /// Sets on which cross-site requests browsers send the cookie. Default [`SameSite::Lax`].
    ///
    /// # Examples
    /// ```
    /// # use sealjar_session::{Jar, SameSite, testing};
    /// let jar: Jar<()> = Jar::builder(testing::ring(), "shop-prod")
    ///     .same_site(SameSite::Strict)
    ///     .build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn same_site(mut self, same_site: SameSite) -> Self {
        self.same_site = same_site;
        self
    }

    /// Keeps a separate cookie for each site that embeds this one (`Partitioned`). Off by default.
    /// It needs [`SameSite::None`].
    ///
    /// If you turn it on in a running application, each write and purge also expires the
    /// unpartitioned cookie. If you turn it off, the partitioned cookie cannot be expired: use
    /// another cookie name.
    ///
    /// # Examples
    /// ```
    /// # use sealjar_session::{Jar, SameSite, testing};
    /// // For a page that other sites show in a frame.
    /// let jar: Jar<()> = Jar::builder(testing::ring(), "shop-prod")
    ///     .same_site(SameSite::None)
    ///     .partitioned(true)
    ///     .build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn partitioned(mut self, partitioned: bool) -> Self {
        self.partitioned = partitioned;
        self
    }

    /// Sets whether the cookie survives when the browser closes (`Max-Age`). On by default.
    ///
    /// # Examples
    /// ```
    /// # use sealjar_session::{Jar, testing};
    /// // Sessions end with the browser's window.
    /// let jar: Jar<()> = Jar::builder(testing::ring(), "shop-prod")
    ///     .persistent(false)
    ///     .build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn persistent(mut self, persistent: bool) -> Self {
        self.persistent = persistent;
        self
    }

    /// Drops `Secure` and names the cookie `session`. Use it for plain http on a host name of a
    /// local network, or for Safari on localhost. Chromium and curl do not need it for `localhost`
    /// or `127.0.0.1`.
    ///
    /// # Security
    /// Anyone who can read or alter the connection can steal the session or plant another one.
    ///
    /// # Examples
    /// ```
    /// # use sealjar_session::{Jar, testing};
    /// let jar: Jar<()> = Jar::builder(testing::ring(), "shop-prod")
    ///     .allow_insecure_http(cfg!(debug_assertions))
    ///     .build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn allow_insecure_http(mut self, allow: bool) -> Self {
        self.insecure_http = allow;
        self
    }

    /// Names a domain and a path that the cookie had in an earlier deployment; `None` means no
    /// domain. Call it once for each such pair, up to four times.
    ///
    /// Browsers store cookies with different domains or paths separately, and send both. Without
    /// this call, a visitor from before the change keeps the old cookie beside the new one: after a
    /// login the two are different sessions, and both are refused as ambiguous. With it, every
    /// write and every purge expires the old cookie. Keep the call until the last old cookie has
    /// expired, which takes the jar's [`lifetime`](Self::lifetime).
    ///
    /// Each pair adds a `Set-Cookie` line of about 110 bytes plus the length of the name to these
    /// responses, and one more for each part if the session is spread over several cookies. A
    /// partitioned jar sends these lines twice, with and without `Partitioned`.
    ///
    /// # Examples
    /// ```
    /// use sealjar::{Key, Suite};
    /// use sealjar_session::Jar;
    ///
    /// let jar = Jar::<()>::builder(Key::generate(Suite::Xaes256Gcm)?, "shop-prod")
    ///     .cookie_name("__Secure-session")
    ///     .domain("example.org")
    ///     .also_expire(None, "/") // until last week the cookie had no domain
    ///     .build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Examples
    /// ```
    /// # use sealjar_session::{Jar, testing};
    /// let jar: Jar<()> = Jar::builder(testing::ring(), "shop-prod")
    ///     .cookie_name("__Secure-session")
    ///     .domain("example.org")
    ///     .also_expire(None, "/") // until last week the cookie had no domain
    ///     .build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn also_expire(mut self, domain: Option<&str>, path: impl Into<String>) -> Self {
        self.former.push(Scope {
            domain: domain.map(str::to_owned),
            path: path.into(),
        });
        self
    }
}
