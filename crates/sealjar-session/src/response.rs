//! The headers that a response gets from its session.

use std::borrow::Cow;

use crate::cookie::write::SetCookies;

/// What a response has to carry besides what the application sets.
/// [`into_headers`](Self::into_headers) lists it.
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
    /// Lists the headers to set on the response, in order.
    pub fn into_headers(self) -> impl Iterator<Item = Header> {
        let append = |name, value| Header {
            name,
            value,
            placement: Placement::Append,
        };
        let insert = |name, value| Header {
            name,
            value: Cow::Borrowed(value),
            placement: Placement::Insert,
        };
        let lines = self.set_cookies.into_iter();
        let others = self.other_policies.into_iter();
        lines
            .map(move |line| append(HeaderName::SetCookie, Cow::Owned(line)))
            .chain(
                self.cache_control
                    .map(|policy| insert(HeaderName::CacheControl, policy)),
            )
            .chain(others.map(move |(name, policy)| insert(HeaderName::Other(name), policy)))
            .chain(
                self.vary
                    .map(|field| append(HeaderName::Vary, field.into())),
            )
            .chain(
                // The application may clear more; its value stays.
                self.clear_site_data
                    .map(|what| append(HeaderName::ClearSiteData, what.into())),
            )
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

    #[test]
    fn only_policies_take_the_place_of_what_is_there() {
        let closing = Closing {
            cache_control: Some("no-store"),
            other_policies: vec![("expires".into(), "0")],
            vary: Some("Cookie"),
            clear_site_data: Some("\"storage\""),
            ..Closing::default()
        };
        let headers = closing.into_headers();
        let listed: Vec<_> = headers
            .map(|it| (it.name, it.value, it.placement))
            .collect();
        assert_eq!(
            listed,
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
        assert_eq!(Closing::default().into_headers().count(), 0);
    }
}
