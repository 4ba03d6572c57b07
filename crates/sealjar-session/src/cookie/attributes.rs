//! What follows `name=value` in a line? It is built once for each jar, with the `cookie` crate.

use std::fmt::Write;

use cookie::time::OffsetDateTime;
use cookie::{Cookie, CookieBuilder};

/// Says on which cross-site requests a browser sends the cookie (RFC 6265bis section 4.1.2.7).
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum SameSite {
    /// On navigations to the site and on its own requests. The default.
    #[default]
    Lax,
    /// On every request. Browsers require `Secure` with it.
    None,
    /// On the site's own requests only: a visitor who follows a link from another site arrives
    /// without a session.
    Strict,
}

/// Where a browser keeps a cookie: two cookies of one name are the same one only if their scopes
/// are equal.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Scope {
    pub(crate) domain: Option<String>,
    pub(crate) path: String,
}

impl Scope {
    /// Whether a browser treats two scopes as one: the case and a leading dot of a domain do not
    /// matter (RFC 6265 section 5.2.3).
    pub(crate) fn is(&self, other: &Self) -> bool {
        let domain = |scope: &Self| {
            let domain = scope.domain.as_deref()?;
            Some(domain.strip_prefix('.').unwrap_or(domain).to_lowercase())
        };
        self.path == other.path && domain(self) == domain(other)
    }
}

/// The constant end of each of a jar's lines.
#[derive(Clone, Debug)]
pub(crate) struct Attributes {
    keep: String,
    pub(crate) remove: String,
    /// Lines that expire the cookie in its former places: the scopes in `former`, and all scopes
    /// without `Partitioned` if that is on now.
    pub(crate) remove_former: Vec<String>,
}

impl Attributes {
    pub(crate) fn new(
        scope: &Scope,
        former: &[Scope],
        same_site: SameSite,
        secure: bool,
        partitioned: bool,
    ) -> Self {
        let build = |scope: &Scope, partitioned: bool| {
            let mut cookie = Cookie::build(("n", ""))
                .path(scope.path.clone())
                .http_only(true)
                .secure(secure)
                .same_site(match same_site {
                    SameSite::Lax => cookie::SameSite::Lax,
                    SameSite::None => cookie::SameSite::None,
                    SameSite::Strict => cookie::SameSite::Strict,
                });
            if let Some(domain) = &scope.domain {
                cookie = cookie.domain(domain.clone());
            }
            if partitioned {
                cookie = cookie.partitioned(true);
            }
            cookie
        };
        let remove = |scope: &Scope, partitioned| {
            end_of(
                build(scope, partitioned)
                    .expires(OffsetDateTime::UNIX_EPOCH)
                    .max_age(cookie::time::Duration::ZERO),
            )
        };
        let partitioned_ones = former.iter().filter(|_| partitioned);
        let before_it_was_on = std::slice::from_ref(scope).iter().filter(|_| partitioned);
        Self {
            keep: end_of(build(scope, partitioned)),
            remove: remove(scope, partitioned),
            remove_former: partitioned_ones
                .map(|scope| remove(scope, true))
                .chain(
                    before_it_was_on
                        .chain(former)
                        .map(|scope| remove(scope, false)),
                )
                .collect(),
        }
    }

    /// Appends the end of a line that sets a cookie for `max_age` seconds, or until the browser
    /// closes.
    pub(crate) fn write_to(&self, max_age: Option<u32>, line: &mut String) {
        line.push_str(&self.keep);
        if let Some(seconds) = max_age {
            line.push_str(MAX_AGE);
            _ = write!(line, "{seconds}");
        }
    }

    /// Returns the length of that end, for a `Max-Age` of at most this many seconds.
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
        let attributes = Attributes::new(
            &place(Some("example.org"), "/app"),
            &[],
            SameSite::None,
            true,
            true,
        );
        for attribute in [
            "; HttpOnly",
            "; SameSite=None",
            "; Secure",
            "; Path=/app",
            "; Domain=example.org",
        ] {
            assert!(attributes.keep.contains(attribute), "{attribute}");
            assert!(attributes.remove.contains(attribute), "{attribute}");
            let [unpartitioned] = &attributes.remove_former[..] else {
                panic!("{:?}", attributes.remove_former);
            };
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
    fn former_places_are_removed_with_and_without_partitioned_where_that_is_on() {
        let former = [place(None, "/"), place(Some("example.org"), "/old")];
        for partitioned in [false, true] {
            let attributes = Attributes::new(
                &place(None, "/app"),
                &former,
                SameSite::None,
                true,
                partitioned,
            );
            let found: Vec<(bool, bool, bool)> = attributes
                .remove_former
                .iter()
                .map(|line| {
                    assert!(line.contains("; Max-Age=0"));
                    (
                        line.contains("; Domain=example.org"),
                        line.contains("; Path=/;") || line.contains("; Path=/old"),
                        line.contains("; Partitioned"),
                    )
                })
                .collect();
            let unpartitioned = [(false, true, false), (true, true, false)];
            if partitioned {
                let mut all = vec![(false, true, true), (true, true, true)];
                // The jar's own scope, from before it was partitioned.
                all.push((false, false, false));
                all.extend(unpartitioned);
                assert_eq!(found, all);
            } else {
                assert_eq!(found, unpartitioned);
            }
        }
    }

    #[test]
    fn a_place_is_the_same_whatever_the_case_and_leading_dot_of_its_domain() {
        let here = place(Some("Example.org"), "/app");
        for (domain, path, same) in [
            (Some("example.org"), "/app", true),
            (Some(".EXAMPLE.org"), "/app", true),
            (Some("example.org"), "/", false),
            (Some("example.org"), "/App", false),
            (Some("www.example.org"), "/app", false),
            (None, "/app", false),
        ] {
            assert_eq!(here.is(&place(domain, path)), same, "{domain:?} {path}");
        }
        assert!(place(None, "/").is(&place(None, "/")));
    }

    fn place(domain: Option<&str>, path: &str) -> Scope {
        Scope {
            domain: domain.map(str::to_owned),
            path: path.into(),
        }
    }

    #[test]
    fn the_length_is_that_of_the_text() {
        let attributes = Attributes::new(&place(None, "/"), &[], SameSite::Lax, true, false);
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
