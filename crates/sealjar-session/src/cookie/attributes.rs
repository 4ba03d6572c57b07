//! What follows `name=value` in a line? Built once for each jar, with the `cookie` crate.

use std::fmt::Write;

use cookie::time::OffsetDateTime;
use cookie::{Cookie, CookieBuilder};

/// Says on which cross-site requests a browser sends the cookie (RFC 6265bis section 4.1.2.7).
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum SameSite {
    /// On navigations to the site and on its own requests. The default.
    #[default]
    Lax,
    /// On every request. Browsers ask for `Secure` with it.
    None,
    /// On the site's own requests only: a link from elsewhere arrives without a session.
    Strict,
}

/// The constant ends of a jar's lines.
#[derive(Clone, Debug)]
pub(crate) struct Attributes {
    keep: String,
    pub(crate) remove: String,
    /// With `Partitioned` on, removes what was set before it was turned on.
    pub(crate) remove_unpartitioned: Option<String>,
}

impl Attributes {
    pub(crate) fn new(
        path: &str,
        domain: Option<&str>,
        same_site: SameSite,
        secure: bool,
        partitioned: bool,
    ) -> Self {
        let build = |partitioned: bool| {
            let mut cookie = Cookie::build(("n", ""))
                .path(path.to_owned())
                .http_only(true)
                .secure(secure)
                .same_site(match same_site {
                    SameSite::Lax => cookie::SameSite::Lax,
                    SameSite::None => cookie::SameSite::None,
                    SameSite::Strict => cookie::SameSite::Strict,
                });
            if let Some(domain) = domain {
                cookie = cookie.domain(domain.to_owned());
            }
            if partitioned {
                cookie = cookie.partitioned(true);
            }
            cookie
        };
        let remove = |partitioned| {
            end_of(
                build(partitioned)
                    .expires(OffsetDateTime::UNIX_EPOCH)
                    .max_age(cookie::time::Duration::ZERO),
            )
        };
        Self {
            keep: end_of(build(partitioned)),
            remove: remove(partitioned),
            remove_unpartitioned: partitioned.then(|| remove(false)),
        }
    }

    /// Appends the end of a line that sets a cookie, for `max_age` seconds or until the browser
    /// closes.
    pub(crate) fn write_to(&self, max_age: Option<u32>, line: &mut String) {
        line.push_str(&self.keep);
        if let Some(seconds) = max_age {
            line.push_str(MAX_AGE);
            _ = write!(line, "{seconds}");
        }
    }

    /// Returns the length of that end, for a `Max-Age` of at most so many seconds.
    pub(crate) fn len(&self, max_age: Option<u32>) -> usize {
        self.keep.len() + max_age.map_or(0, |seconds| MAX_AGE.len() + digits(seconds))
    }
}

fn end_of(cookie: CookieBuilder<'_>) -> String {
    let mut line = cookie.build().to_string();
    line.split_off("n=".len())
}

fn digits(number: u32) -> usize {
    number.checked_ilog10().map_or(1, |log| log as usize + 1)
}

const MAX_AGE: &str = "; Max-Age=";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn setting_and_removing_name_the_same_cookie() {
        let attributes = Attributes::new("/app", Some("example.org"), SameSite::None, true, true);
        for attribute in [
            "; HttpOnly",
            "; SameSite=None",
            "; Secure",
            "; Path=/app",
            "; Domain=example.org",
        ] {
            assert!(attributes.keep.contains(attribute), "{attribute}");
            assert!(attributes.remove.contains(attribute), "{attribute}");
            let unpartitioned = attributes.remove_unpartitioned.as_deref().unwrap();
            assert!(unpartitioned.contains(attribute), "{attribute}");
            assert!(!unpartitioned.contains("Partitioned"));
        }
        assert!(attributes.keep.contains("; Partitioned"));
        assert!(attributes.remove.contains("; Partitioned"));
        assert!(attributes.remove.contains("; Max-Age=0"));
        assert!(
            attributes
                .remove
                .contains("; Expires=Thu, 01 Jan 1970 00:00:00 GMT")
        );
        assert!(!attributes.keep.contains("Max-Age") && !attributes.keep.contains("Expires"));
    }

    #[test]
    fn the_length_is_that_of_the_text() {
        let attributes = Attributes::new("/", None, SameSite::Lax, true, false);
        for max_age in [
            None,
            Some(0),
            Some(9),
            Some(10),
            Some(86_400),
            Some(u32::MAX),
        ] {
            let mut line = String::new();
            attributes.write_to(max_age, &mut line);
            assert_eq!(attributes.len(max_age), line.len(), "{max_age:?}");
        }
    }
}
