//! How large may a session's cookies be?

use crate::builder::JarBuilder;
use crate::data::SessionData;

impl<T: SessionData> JarBuilder<T> {
    /// Limits the size of all cookies of a session, `name=value` joined by `; `, in bytes. Default
    /// 4096, which is one cookie; at most 12 288, in several. Check your proxy's limits: by default
    /// nginx accepts 8 KiB of request headers and 4 KiB of response headers. If Traefik reaches
    /// your replicas over `h2c://`, it answers 500 when all request headers together, with all
    /// cookies of the site, exceed 16 KiB. Over HTTP/1.1 hyper's server accepts about 400 KiB, and
    /// answers 431 to more.
    ///
    /// # Examples
    /// ```
    /// # use sealjar_session::{Jar, testing};
    /// // Up to four cookies for each session.
    /// let jar: Jar<()> = Jar::builder(testing::ring(), "shop-prod")
    ///     .max_size(12_288)
    ///     .build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn max_size(mut self, bytes: usize) -> Self {
        self.max_size = bytes;
        self
    }

    /// Pads sessions to a multiple of this many bytes, so that a cookie's length reveals less.
    /// Default 1, no padding.
    ///
    /// # Examples
    /// ```
    /// # use sealjar_session::{Jar, testing};
    /// let jar: Jar<()> = Jar::builder(testing::ring(), "shop-prod")
    ///     .padding(64)
    ///     .build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn padding(mut self, bucket: u16) -> Self {
        self.padding = bucket;
        self
    }
}
