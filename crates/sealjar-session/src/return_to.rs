//! Where does a login lead back to? Never to another site.

use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Deserializer, Serialize};

/// The page that a visitor wanted before the login: a path on this host, with its query.
///
/// An extractor `Authenticated` of an adapter sends it to the login page in the query parameter
/// `next`. Keep it in a hidden field of the form, and redirect to it after the login.
///
/// Anyone can make a link to a login page, so it is never trusted: what is not a path on this host,
/// such as `https://evil.test` or `//evil.test`, becomes `/`, also when a form is read. It consists
/// of visible ASCII characters without `"`, `<`, `>` and `\`.
///
/// # Examples
/// ```
/// use sealjar_session::ReturnTo;
///
/// #[derive(serde::Deserialize)]
/// struct Credentials {
///     name: String,
///     password: String,
///     #[serde(default)]
///     next: ReturnTo,
/// }
///
/// assert_eq!(ReturnTo::new("/orders?page=2").as_str(), "/orders?page=2");
/// assert_eq!(ReturnTo::new("//evil.test").as_str(), "/");
/// ```
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct ReturnTo(String);

impl ReturnTo {
    /// Reads a path with its query, or returns `/` if the text is not one of this host.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self::parse(text).unwrap_or_default()
    }

    /// Returns the path with its query, as it goes into a `Location` header.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Reads a path with its query.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        // Browsers drop tabs and line breaks in an address and take `\` for `/`. Then `/\t/evil`
        // and `/\evil` begin with the name of a host.
        let stays = |byte: u8| byte.is_ascii_graphic() && !b"\"<>\\#".contains(&byte);
        let path = text.split('?').next().unwrap_or_default();
        let is_local = path.starts_with('/') && !path.contains("//");
        let fits = text.len() <= LONGEST && text.bytes().all(stays);
        (is_local && fits).then(|| Self(text.to_owned()))
    }

    /// Appends it to the address of a login page.
    pub(crate) fn append_to(&self, login_page: &str) -> String {
        let joint = if login_page.contains('?') { '&' } else { '?' };
        let next = utf8_percent_encode(&self.0, UNESCAPED);
        format!("{login_page}{joint}next={next}")
    }
}

impl Default for ReturnTo {
    fn default() -> Self {
        Self("/".into())
    }
}

impl fmt::Display for ReturnTo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl<'de> Deserialize<'de> for ReturnTo {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self::new(&text))
    }
}

/// What a query parameter may hold as it is (RFC 3986 sections 2.3 and 3.4).
const UNESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Servers and proxies refuse longer addresses, and the encoded one may be three times as long.
const LONGEST: usize = 2048;

#[cfg(test)]
mod tests {
    use super::*;

    /// Texts from which a browser at `https://shop.test/login` would leave the host, or that no
    /// `Location` header holds.
    const FOREIGN: [&str; 19] = [
        "https://evil.test/",
        "HTTPS:evil.test",
        "//evil.test",
        "///evil.test",
        "/\\evil.test",
        "\\/evil.test",
        "\\\\evil.test",
        "/\t/evil.test",
        "/\n/evil.test",
        "\t//evil.test",
        " //evil.test",
        "/ /evil.test",
        "/.//evil.test",
        "/a/..//evil.test",
        "javascript:alert(1)",
        "evil.test",
        "",
        "/a\r\nSet-Cookie: a=b",
        "/\u{1680}/evil.test",
    ];

    #[test]
    fn no_text_leads_to_another_host() {
        for text in FOREIGN {
            assert_eq!(ReturnTo::new(text).as_str(), "/", "{text:?}");
            let read: ReturnTo = serde_json::from_value(text.into()).unwrap();
            assert_eq!(read, ReturnTo::default(), "{text:?}");
        }
    }

    /// The negative control: what is often written instead lets some of them through.
    #[test]
    fn a_check_of_the_first_characters_lets_others_through() {
        let careless = |text: &&str| text.starts_with('/') && !text.starts_with("//");
        assert!(FOREIGN.iter().filter(|text| careless(text)).count() > 5);
    }

    #[test]
    fn a_page_of_this_host_comes_back_as_it_was_through_the_login_pages_address() {
        for text in [
            "/",
            "/orders/7",
            "/orders?page=2&sort=a%20b",
            "/a?next=https://shop.test//x",
            "/a?b='c'",
            "/a:b@c;d",
            "/%2F/evil.test",
        ] {
            let page = ReturnTo::new(text);
            assert_eq!(page.as_str(), text);
            for login_page in ["/login", "/login?lang=en"] {
                let address = page.append_to(login_page);
                let (_, query) = address.rsplit_once("next=").unwrap();
                let decoded = percent_encoding::percent_decode_str(query).decode_utf8();
                assert_eq!(decoded.unwrap(), text);
                assert!(!query.contains(['&', '#', '+', '?']), "{query}");
            }
        }
        assert_eq!(
            ReturnTo::new(&format!("/{}", "x".repeat(2048))).as_str(),
            "/"
        );
    }
}
