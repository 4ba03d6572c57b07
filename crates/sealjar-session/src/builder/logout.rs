//! What should be gone after a logout, besides the session's cookie?

use super::JarBuilder;
use super::browsers::has_prefix;
use crate::config_error::{ConfigError, impossible};
use crate::cookie::attributes::Scope;
use crate::cookie::scan::MAX_CANDIDATES;
use crate::data::SessionData;

impl<T: SessionData> JarBuilder<T> {
    /// Names a domain and a path that the cookie had in an earlier deployment, `None` for no domain. Call
    /// it once for each such pair, up to four times.
    ///
    /// Browsers keep cookies with different domains or paths apart, and send both. Without this call, a
    /// visitor who came before the change keeps the old cookie beside the new one: after a login the two
    /// are different sessions and both are refused as ambiguous. With it, every write and every purge
    /// expires the old cookie. Leave it in until the old cookies are dead, after the jar's
    /// [`lifetime`](Self::lifetime).
    ///
    /// Each pair adds a `Set-Cookie` line of about 110 bytes and the length of the name to these
    /// responses, and one more for each part of a session in several cookies. A partitioned jar sends
    /// these lines twice, with and without `Partitioned`.
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
    pub fn also_expire(mut self, domain: Option<&str>, path: impl Into<String>) -> Self {
        self.former.push(Scope {
            domain: domain.map(str::to_owned),
            path: path.into(),
        });
        self
    }

    /// Sends this value of `Clear-Site-Data` on each response that logs somebody out, such as
    /// `"storage"` with its quotes, or several joined by commas. Off by default.
    ///
    /// `"cache"` makes Chromium search its whole cache before it shows the response, which takes seconds
    /// if the cache is full, and the Back button can still show the last page. Use
    /// [`no_store_when_logged_in`](Self::no_store_when_logged_in) for that. `"cookies"` and `"*"` are
    /// refused: they delete the mark of the logout, and the cookies of everything else on the domain.
    pub fn clear_site_data(mut self, directives: &'static str) -> Self {
        self.clear_site_data = Some(directives);
        self
    }

    /// Says `Cache-Control: no-store` instead of `private` on responses whose handler used a session with
    /// a [`subject`](SessionData::subject), unless the response has a policy of its own. Off by default.
    ///
    /// Turn it on if the Back button must not show such a page after a logout. Firefox and Safari load
    /// the page again. Chromium may keep the page in memory (back/forward cache), and drops it when a
    /// cookie of the site changes, which a logout does. The price: Back loads a page again also while the
    /// person is logged in. A page that does not use the session itself, but a script of it fetches what
    /// does, needs a `no-store` of its own.
    pub fn no_store_when_logged_in(mut self, on: bool) -> Self {
        self.no_store_when_logged_in = on;
        self
    }
}

/// Checks what the cookie's attributes were. What is no longer taken may once have been.
pub(super) fn check_former(former: &[Scope], now: &Scope, name: &str) -> Result<(), ConfigError> {
    let is_plain = |text: &str| {
        text.bytes()
            .all(|b| (b' '..=b'~').contains(&b) && b != b';')
    };
    let is_host = |text: &str| {
        let is_of_one = |byte: u8| byte.is_ascii_alphanumeric() || b".-".contains(&byte);
        !text.is_empty() && text.bytes().all(is_of_one)
    };
    for scope in former {
        let Scope { domain, path } = scope;
        let reason = if !path.starts_with('/') || !is_plain(path) {
            "the path must begin with / and hold neither ; nor control characters"
        } else if domain.as_deref().is_some_and(|it| !is_host(it)) {
            "the domain must be a host name"
        } else if scope.is(now) {
            "the cookie is kept there now: name the domain and path that it had before"
        } else if former.len() > MAX_CANDIDATES {
            "four pairs are the most: a browser's fifth cookie of the name is not read either"
        } else if has_prefix(name, "__Host-") {
            "with this name the cookie has never had a domain, or a path but /"
        } else {
            continue;
        };
        return impossible("also_expire", format!("{domain:?}, {path:?}"), reason);
    }
    Ok(())
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
