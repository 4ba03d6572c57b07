//! How large may a session's cookies be?

use crate::builder::JarBuilder;
use crate::data::SessionData;

impl<T: SessionData> JarBuilder<T> {
    /// Limits the size of all cookies of a session, `name=value` joined by `; `, in bytes. Default
    /// 4096, which is one cookie; at most 12 288, in several. Check your proxy's limits: by default
    /// nginx accepts 8 KiB of request headers and 4 KiB of response headers.
    ///
    /// # Examples
    /// ```
    /// # use sealjar_session::{Jar, testing};
    /// // Up to three cookies for each session.
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
