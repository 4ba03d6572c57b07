//! Where do people log in?

use crate::builder::JarBuilder;
use crate::config_error::{ConfigError, impossible};
use crate::data::SessionData;
use crate::return_to::ReturnTo;

impl<T: SessionData> JarBuilder<T> {
    /// Names the login page, by its path on this host, such as `/login`. An adapter's extractor
    /// `Authenticated` redirects people there who are not logged in. Without it they get 401, as
    /// scripts and other programs always do.
    ///
    /// The page gets the way back in the query parameter `next`: read it as a
    /// [`ReturnTo`](crate::ReturnTo).
    ///
    /// # Examples
    /// ```
    /// # use sealjar_session::{Jar, testing};
    /// let jar: Jar<()> = Jar::builder(testing::ring(), "shop-prod")
    ///     .login_page("/login")
    ///     .build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn login_page(mut self, path: impl Into<String>) -> Self {
        self.login_page = Some(path.into());
        self
    }
}

pub(super) fn check_login_page(path: Option<&str>) -> Result<(), ConfigError> {
    match path {
        Some(path) if ReturnTo::parse(path).is_none() => impossible(
            "login_page",
            format!("{path:?}"),
            "must be a path on this host that begins with one /, such as /login",
        ),
        _ => Ok(()),
    }
}
