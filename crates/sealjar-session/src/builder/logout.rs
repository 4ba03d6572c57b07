//! What else does a logout clear than the session's cookie?

use crate::builder::JarBuilder;
use crate::config_error::{ConfigError, impossible};
use crate::data::SessionData;

impl<T: SessionData> JarBuilder<T> {
    /// Sends this value of `Clear-Site-Data` on each response that logs somebody out, such as
    /// `"storage"` with its quotes, or several joined by commas. Off by default.
    ///
    /// `"cache"` makes Chromium search its whole cache before it shows the response, which takes
    /// seconds if the cache is full, and the Back button can still show the last page. Use
    /// [`no_store_when_logged_in`](Self::no_store_when_logged_in) instead. `"cookies"` and `"*"`
    /// are refused: they delete the logout mark and every other cookie of the domain.
    ///
    /// # Examples
    /// ```
    /// # use sealjar_session::{Jar, testing};
    /// // Logging out also empties local storage.
    /// let jar: Jar<()> = Jar::builder(testing::ring(), "shop-prod")
    ///     .clear_site_data("\"storage\"")
    ///     .build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn clear_site_data(mut self, directives: &'static str) -> Self {
        self.clear_site_data = Some(directives);
        self
    }

    /// Sends `Cache-Control: no-store` instead of `private` on responses whose handler used a
    /// session with a [`subject`](SessionData::subject), unless the application set a policy of its
    /// own. Off by default.
    ///
    /// Turn it on if the Back button must not show such a page after a logout. Firefox and Safari
    /// then load the page again. Chromium may keep the page in memory (back/forward cache), and
    /// drops it when a cookie of the site changes, as at a logout. The price: Back also reloads
    /// pages while the person is logged in. If a page itself does not use the session, but its
    /// script fetches something that does, the page needs a `no-store` of its own.
    ///
    /// # Examples
    /// ```
    /// # use sealjar_session::{Jar, testing};
    /// let jar: Jar<()> = Jar::builder(testing::ring(), "shop-prod")
    ///     .no_store_when_logged_in(true)
    ///     .build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn no_store_when_logged_in(mut self, on: bool) -> Self {
        self.no_store_when_logged_in = on;
        self
    }
}

pub(super) fn check_clear_site_data(directives: Option<&str>) -> Result<(), ConfigError> {
    let Some(directives) = directives else {
        return Ok(());
    };
    let allowed = [
        "\"cache\"",
        "\"clientHints\"",
        "\"executionContexts\"",
        "\"prefetchCache\"",
        "\"prerenderCache\"",
        "\"storage\"",
    ];
    let mut each = directives.split(',').map(str::trim);
    if each.all(|it| allowed.contains(&it)) {
        return Ok(());
    }
    impossible(
        "clear_site_data",
        format!("{directives:?}"),
        format!(
            "must be one or more of {}, joined by commas",
            allowed.join(" ")
        ),
    )
}
