//! What does a jar need of a request? Its `Cookie` headers, and whether it loads a page.

/// The raw values of a request's `Cookie` headers, kept until a handler asks for the session.
///
/// Implemented for `Vec`, `Option` and arrays of anything that gives bytes, such as a header value.
pub trait CookieHeaders: Send + Sync + 'static {
    /// Passes on each header's value, in order.
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

/// The header values of one request, collected by an adapter. Nearly always there is one, and then
/// nothing is allocated.
#[derive(Debug)]
pub struct RawCookies<V> {
    first: Option<V>,
    others: Vec<V>,
}

impl<V> FromIterator<V> for RawCookies<V> {
    fn from_iter<I: IntoIterator<Item = V>>(values: I) -> Self {
        let mut values = values.into_iter();
        Self {
            first: values.next(),
            others: values.collect(),
        }
    }
}

impl<V: AsRef<[u8]> + Send + Sync + 'static> CookieHeaders for RawCookies<V> {
    fn each<'a>(&'a self, visit: &mut dyn FnMut(&'a [u8])) {
        self.first.each(visit);
        self.others.each(visit);
    }
}

/// Returns whether a request loads a page, from the value of its header `Sec-Fetch-Mode`: browsers say
/// so in it (W3C Fetch Metadata), other clients send none.
#[must_use]
pub fn is_navigation(sec_fetch_mode: Option<&[u8]>) -> bool {
    sec_fetch_mode.is_none_or(|mode| mode == b"navigate")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raw_cookies_keep_every_header_in_order() {
        for headers in [&[] as &[&str], &["a"], &["a", "b"], &["a", "b", "c"]] {
            let raw: RawCookies<&str> = headers.iter().copied().collect();
            let mut seen = Vec::new();
            raw.each(&mut |value| seen.push(std::str::from_utf8(value).unwrap().to_owned()));
            assert_eq!(seen, headers);
        }
    }

    #[test]
    fn a_request_is_a_navigation_unless_it_says_otherwise() {
        assert!(is_navigation(None));
        assert!(is_navigation(Some(b"navigate")));
        for mode in [&b""[..], b"cors", b"no-cors", b"same-origin", b"Navigate"] {
            assert!(!is_navigation(Some(mode)));
        }
    }
}
