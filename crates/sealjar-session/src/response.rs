//! The headers that a response gets from its session.

use std::borrow::Cow;

use crate::cookie::write::SetCookies;

/// What a response has to carry in addition to what the application sets.
/// [`each_header`](Self::each_header) lists it.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Closing {
    /// The `Set-Cookie` lines.
    pub set_cookies: SetCookies,
    /// The new value of `Cache-Control`.
    pub cache_control: Option<&'static str>,
    /// The new values of headers that some cache prefers to `Cache-Control` and that would let it
    /// keep the response.
    pub other_policies: Vec<(String, &'static str)>,
    /// An additional value of `Vary`.
    pub vary: Option<&'static str>,
    /// An additional value of `Clear-Site-Data`: what the jar clears when somebody logs out.
    pub clear_site_data: Option<&'static str>,
}

impl Closing {
    /// Passes on the headers to set on the response, in order.
    pub fn each_header(self, mut set: impl FnMut(Header)) {
        for line in self.set_cookies {
            set(Header::append(HeaderName::SetCookie, line));
        }
        if let Some(policy) = self.cache_control {
            set(Header::insert(HeaderName::CacheControl, policy));
        }
        for (name, policy) in self.other_policies {
            set(Header::insert(HeaderName::Other(name), policy));
        }
        if let Some(field) = self.vary {
            set(Header::append(HeaderName::Vary, field));
        }
        if let Some(what) = self.clear_site_data {
            // The application may clear more; its value stays.
            set(Header::append(HeaderName::ClearSiteData, what));
        }
    }
}

/// One header to set on a response. The value is visible ASCII.
#[derive(Debug)]
pub struct Header {
    /// Its name.
    pub name: HeaderName,
    /// Its value. Mark that of a [`HeaderName::SetCookie`] as sensitive.
    pub value: Cow<'static, str>,
    /// Whether it is added to headers of that name or replaces them.
    pub placement: Placement,
}

impl Header {
    fn append(name: HeaderName, value: impl Into<Cow<'static, str>>) -> Self {
        Self {
            name,
            value: value.into(),
            placement: Placement::Append,
        }
    }

    fn insert(name: HeaderName, value: &'static str) -> Self {
        Self {
            name,
            value: value.into(),
            placement: Placement::Insert,
        }
    }
}

/// The name of a header. A framework has constants for most of them.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum HeaderName {
    /// `Cache-Control`.
    CacheControl,
    /// `Clear-Site-Data`.
    ClearSiteData,
    /// A header that the response already has.
    Other(String),
    /// `Set-Cookie`.
    SetCookie,
    /// `Vary`.
    Vary,
}

/// Where a header goes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Placement {
    /// Added to other headers of that name.
    Append,
    /// In place of all headers of that name.
    Insert,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(closing: Closing) -> Vec<(HeaderName, Cow<'static, str>, Placement)> {
        let mut listed = Vec::new();
        closing.each_header(|it| listed.push((it.name, it.value, it.placement)));
        listed
    }

    #[test]
    fn only_policies_take_the_place_of_what_is_there() {
        let closing = Closing {
            cache_control: Some("no-store"),
            other_policies: vec![("expires".into(), "0")],
            vary: Some("Cookie"),
            clear_site_data: Some("\"storage\""),
            ..Closing::default()
        };
        assert_eq!(
            listed(closing),
            [
                (
                    HeaderName::CacheControl,
                    "no-store".into(),
                    Placement::Insert
                ),
                (
                    HeaderName::Other("expires".into()),
                    "0".into(),
                    Placement::Insert
                ),
                (HeaderName::Vary, "Cookie".into(), Placement::Append),
                (
                    HeaderName::ClearSiteData,
                    "\"storage\"".into(),
                    Placement::Append
                ),
            ]
        );
        assert_eq!(listed(Closing::default()), []);
    }
}
