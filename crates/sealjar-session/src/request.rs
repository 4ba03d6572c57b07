//! What a jar needs from a request: its `Cookie` headers, and why the browser makes it.

use crate::cookie::attributes::SameSite;
use crate::few::Few;

/// The raw values of a request's `Cookie` headers, kept until a handler asks for the session.
///
/// Implemented for `Vec`, `Option` and arrays of anything that gives bytes, such as a header value.
pub trait CookieHeaders: Send + Sync + 'static {
    /// Calls `visit` with each header's value, in order.
    fn each<'a>(&'a self, visit: &mut dyn FnMut(&'a [u8]));
}

impl<V: AsRef<[u8]> + Send + Sync + 'static> CookieHeaders for Vec<V> {
    fn each<'a>(&'a self, visit: &mut dyn FnMut(&'a [u8])) {
        self.iter().for_each(|value| visit(value.as_ref()));
    }
}

impl<V: AsRef<[u8]> + Send + Sync + 'static, const N: usize> CookieHeaders for [V; N] {
    fn each<'a>(&'a self, visit: &mut dyn FnMut(&'a [u8])) {
        self.iter().for_each(|value| visit(value.as_ref()));
    }
}

impl<V: AsRef<[u8]> + Send + Sync + 'static> CookieHeaders for Option<V> {
    fn each<'a>(&'a self, visit: &mut dyn FnMut(&'a [u8])) {
        self.iter().for_each(|value| visit(value.as_ref()));
    }
}

impl<V: AsRef<[u8]> + Send + Sync + 'static> CookieHeaders for Few<V> {
    fn each<'a>(&'a self, visit: &mut dyn FnMut(&'a [u8])) {
        self.iter().for_each(|value| visit(value.as_ref()));
    }
}

/// Why a browser makes a request, as the headers of W3C Fetch Metadata and similar ones say.
///
/// [`read`](Self::read) it from the request's headers. The default is how a client that sends no
/// such header is treated: it loads a page that somebody sees.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct FetchMetadata {
    /// Whether it comes from a script, an image or the like, and loads no page.
    subresource: bool,
    speculative: bool,
    origin: Site,
}

/// How far away a request comes from, for `SameSite`.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Site {
    /// From another site, by a link: `SameSite=Lax` lets the cookie through.
    CrossByLink,
    /// From another site in any other way: a form that posts, a frame, a script.
    CrossOtherwise,
    /// From this site, from no site, or unknown.
    #[default]
    Own,
}

impl FetchMetadata {
    /// Reads a request's method and headers.
    ///
    /// `method` is the request's method, such as `GET`. `header` returns the value of the header
    /// with this name, in lower case, if the request has it.
    pub fn read<'a>(method: &str, header: impl Fn(&'static str) -> Option<&'a [u8]>) -> Self {
        let mut said = Said::default();
        for (name, value) in Said::NAMES.into_iter().zip(&mut said.0) {
            *value = header(name);
        }
        said.of_request(method)
    }

    /// Returns whether the request loads a page that somebody sees: `Sec-Fetch-Mode` is `navigate`
    /// or absent, and the request is not [speculative](Self::is_speculative).
    #[must_use]
    pub const fn is_navigation(self) -> bool {
        !self.subresource && !self.speculative
    }

    /// Returns whether the visitor may never see the response: the browser fetches or renders it
    /// ahead of time (`Sec-Purpose: prefetch`), or asks only for its head (`HEAD`).
    #[must_use]
    pub const fn is_speculative(self) -> bool {
        self.speculative
    }

    /// Returns whether a browser that has a cookie with this `SameSite` had to leave it out.
    pub(crate) const fn withholds(self, same_site: SameSite) -> bool {
        match same_site {
            SameSite::Lax => matches!(self.origin, Site::CrossOtherwise),
            SameSite::None => false,
            SameSite::Strict => !matches!(self.origin, Site::Own),
        }
    }
}

/// What the headers say that [`FetchMetadata`] is read from: the first value of each, in the order
/// of their names.
#[derive(Default)]
pub(crate) struct Said<'a>([Option<&'a [u8]>; 6]);

impl<'a> Said<'a> {
    const NAMES: [&'static str; 6] = [
        "purpose",
        "sec-fetch-dest",
        "sec-fetch-mode",
        "sec-fetch-site",
        "sec-purpose",
        "x-moz",
    ];

    /// Notes a header of the request. Its name is in lower case.
    pub(crate) fn note(&mut self, name: &str, value: &'a [u8]) {
        if let Some(at) = Self::NAMES.iter().position(|known| *known == name) {
            self.0[at].get_or_insert(value);
        }
    }

    pub(crate) fn of_request(self, method: &str) -> FetchMetadata {
        let Self([purpose, dest, mode, site, sec_purpose, moz]) = self;
        // Browsers name the purpose of a request if it is not to show the response at once. The
        // older headers for this have the value `prefetch`.
        let speculative = method == "HEAD"
            || sec_purpose.is_some_and(|it| !it.trim_ascii().is_empty())
            || [purpose, moz].into_iter().any(|older| {
                older.is_some_and(|it| it.trim_ascii().eq_ignore_ascii_case(b"prefetch"))
            });
        let navigates = mode.is_none_or(|mode| mode == b"navigate");
        let origin = if site != Some(b"cross-site") {
            Site::Own
        } else if navigates
            && ["GET", "HEAD", "OPTIONS", "TRACE"].contains(&method)
            && dest.is_none_or(|dest| dest == b"document")
        {
            Site::CrossByLink
        } else {
            Site::CrossOtherwise
        };
        FetchMetadata {
            subresource: !navigates,
            speculative,
            origin,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fetch(method: &str, headers: &[(&str, &'static str)]) -> FetchMetadata {
        let find = |name| headers.iter().find(|it| it.0 == name);
        let asked = FetchMetadata::read(method, |name| find(name).map(|it| it.1.as_bytes()));
        let mut said = Said::default();
        for (name, value) in headers {
            said.note(name, value.as_bytes());
            said.note(name, b"another of this name");
        }
        assert_eq!(said.of_request(method), asked);
        asked
    }

    #[test]
    fn a_request_is_a_navigation_unless_it_says_otherwise() {
        assert!(FetchMetadata::default().is_navigation());
        assert_eq!(fetch("GET", &[]), FetchMetadata::default());
        assert!(fetch("POST", &[("sec-fetch-mode", "navigate")]).is_navigation());
        for mode in ["", "cors", "no-cors", "same-origin", "Navigate"] {
            let found = fetch("GET", &[("sec-fetch-mode", mode)]);
            assert!(!found.is_navigation() && !found.is_speculative(), "{mode}");
        }
    }

    #[test]
    fn a_speculative_request_is_no_navigation() {
        for (method, name, value) in [
            ("GET", "sec-purpose", "prefetch"),
            ("GET", "sec-purpose", "prefetch;prerender"),
            ("GET", "sec-purpose", "prefetch;anonymous-client-ip"),
            ("GET", "purpose", "prefetch"),
            ("GET", "purpose", " Prefetch "),
            ("GET", "x-moz", "prefetch"),
            ("HEAD", "sec-fetch-mode", "navigate"),
        ] {
            let found = fetch(method, &[(name, value), ("sec-fetch-mode", "navigate")]);
            assert!(
                found.is_speculative() && !found.is_navigation(),
                "{name}: {value}"
            );
        }
        for (name, value) in [("sec-purpose", ""), ("purpose", "preview"), ("x-moz", "x")] {
            let found = fetch("GET", &[(name, value), ("sec-fetch-mode", "navigate")]);
            assert!(
                !found.is_speculative() && found.is_navigation(),
                "{name}: {value}"
            );
        }
    }

    #[test]
    fn which_requests_a_browser_had_to_send_without_the_cookie() {
        use SameSite::{Lax, None, Strict};
        let link = [
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-mode", "navigate"),
            ("sec-fetch-dest", "document"),
        ];
        let frame = [link[0], link[1], ("sec-fetch-dest", "iframe")];
        let script = [
            link[0],
            ("sec-fetch-mode", "cors"),
            ("sec-fetch-dest", "empty"),
        ];
        for (method, headers, lax, strict) in [
            ("GET", &link[..], false, true),
            ("HEAD", &link[..], false, true),
            ("POST", &link[..], true, true),
            ("PUT", &link[..], true, true),
            ("get", &link[..], true, true),
            ("GET", &frame[..], true, true),
            ("GET", &script[..], true, true),
            ("GET", &link[..1], false, true),
            ("POST", &link[..1], true, true),
            ("POST", &[], false, false),
            ("POST", &[("sec-fetch-site", "same-site")], false, false),
            ("POST", &[("sec-fetch-site", "same-origin")], false, false),
            ("GET", &[("sec-fetch-site", "none")], false, false),
        ] {
            let fetch = fetch(method, headers);
            let withheld = [Lax, Strict, None].map(|it| fetch.withholds(it));
            assert_eq!(withheld, [lax, strict, false], "{method} {headers:?}");
        }
    }
}
