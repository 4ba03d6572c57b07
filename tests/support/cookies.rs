//! Keeps and sends cookies as a browser does: RFC 6265bis, sections 5.6 to 5.8, for one site.

use cookie::Cookie;

/// The cookies that a browser holds for one host, which it visits over https.
///
/// Times are in seconds of a clock that the caller chooses, so that a test can let time pass.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Cookies {
    host: String,
    held: Vec<Held>,
}

#[derive(Clone, Debug, Eq, PartialEq)]
struct Held {
    name: String,
    value: String,
    /// `None`: only the host that set it gets it.
    domain: Option<String>,
    path: String,
    partitioned: bool,
    ends: Option<u32>,
}

impl Held {
    /// What distinguishes cookies.
    fn key(&self) -> (&str, Option<&str>, &str, bool) {
        (
            &self.name,
            self.domain.as_deref(),
            &self.path,
            self.partitioned,
        )
    }

    fn lives(&self, now: u32) -> bool {
        self.ends.is_none_or(|ends| now < ends)
    }
}

impl Cookies {
    /// A browser without cookies, which visits `https://<host>`.
    #[must_use]
    pub fn of(host: &str) -> Self {
        Self {
            host: host.into(),
            held: Vec::new(),
        }
    }

    /// Returns the `Cookie` header for a path: longer paths first, then older cookies. It is empty
    /// if there is no cookie to send.
    #[must_use]
    pub fn header(&self, path: &str, now: u32) -> String {
        let mut sent: Vec<&Held> = self
            .held
            .iter()
            .filter(|it| it.lives(now) && is_below(path, &it.path))
            .collect();
        sent.sort_by_key(|it| std::cmp::Reverse(it.path.len()));
        let pairs: Vec<String> = sent
            .iter()
            .map(|it| format!("{}={}", it.name, it.value))
            .collect();
        pairs.join("; ")
    }

    /// Returns the value of the oldest cookie with a name.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        let held = self.held.iter().find(|it| it.name == name);
        held.map(|it| &*it.value)
    }

    /// Accepts a `Set-Cookie` line, or drops it as browsers do.
    pub fn take(&mut self, line: &str, now: u32) {
        let Ok(cookie) = Cookie::parse(line) else {
            return;
        };
        let new = Held {
            name: cookie.name().into(),
            value: cookie.value().into(),
            domain: cookie.domain().map(str::to_owned),
            path: cookie.path().unwrap_or("/").into(),
            partitioned: cookie.partitioned().unwrap_or(false),
            ends: cookie.max_age().map(|age| {
                let seconds = u32::try_from(age.whole_seconds()).unwrap_or(0);
                now.saturating_add(seconds)
            }),
        };
        if line.len() > 4096 || !self.allows(&cookie, &new) {
            return;
        }
        match self.held.iter_mut().find(|it| it.key() == new.key()) {
            // It keeps its place in the order, that of the time when it was first set.
            Some(old) => *old = new,
            None => self.held.push(new),
        }
        self.held.retain(|it| it.lives(now));
    }

    /// Section 4.1.3: what the prefixes of names require, the two with `Http-` as in Chromium, and
    /// `SameSite=None` and `Partitioned` for every name.
    fn allows(&self, cookie: &Cookie<'_>, new: &Held) -> bool {
        let secure = cookie.secure().unwrap_or(false);
        let is_bare = new.domain.is_none() && cookie.path() == Some("/");
        let begins = |prefixes: &[&str]| prefixes.iter().any(|it| new.name.starts_with(it));
        let needs_secure = begins(&["__Secure-", "__Host-", "__Http-"])
            || new.partitioned
            || cookie.same_site() == Some(cookie::SameSite::None);
        let of_this_site = new
            .domain
            .as_deref()
            .is_none_or(|domain| self.host == domain || self.host.ends_with(&format!(".{domain}")));
        let out_of_reach = cookie.http_only().unwrap_or(false);
        of_this_site
            && (secure || !needs_secure)
            && (is_bare || !begins(&["__Host-"]))
            && (out_of_reach || !begins(&["__Http-", "__Host-Http-"]))
    }
}

/// Section 5.1.4.
fn is_below(path: &str, of: &str) -> bool {
    path.strip_prefix(of)
        .is_some_and(|rest| rest.is_empty() || of.ends_with('/') || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(lines: &[&str]) -> String {
        let mut cookies = Cookies::of("shop.example.org");
        lines.iter().for_each(|line| cookies.take(line, 1000));
        cookies.header("/app", 1000)
    }

    #[test]
    fn a_cookie_is_replaced_removed_and_forgotten_at_its_end() {
        assert_eq!(after(&["s=1; Path=/", "t=2", "s=3; Path=/"]), "s=3; t=2");
        assert_eq!(
            after(&["s=1; Path=/", "t=2", "s=; Path=/; Max-Age=0"]),
            "t=2"
        );
        let mut cookies = Cookies::of("shop.example.org");
        cookies.take("s=1; Max-Age=60", 1000);
        assert_eq!(cookies.header("/", 1059), "s=1");
        assert_eq!((cookies.value("s"), cookies.value("t")), (Some("1"), None));
        assert_eq!(cookies.header("/", 1060), "");
    }

    #[test]
    fn the_longer_path_comes_first_and_another_path_stays_away() {
        assert_eq!(after(&["s=1; Path=/", "s=2; Path=/app"]), "s=2; s=1");
        assert_eq!(after(&["s=1; Path=/ap", "s=2; Path=/app/in"]), "");
    }

    #[test]
    fn what_browsers_drop_is_not_kept() {
        for line in [
            "__Host-s=1; Path=/",
            "__Host-s=1; Path=/app; Secure",
            "__Host-s=1; Path=/; Secure; Domain=example.org",
            "__Host-Http-s=1; Path=/; Secure",
            "__Secure-s=1; Path=/",
            "s=1; SameSite=None",
            "s=1; Partitioned",
            "s=1; Domain=example.com",
            &format!("s={}", "a".repeat(4096)),
        ] {
            assert_eq!(after(&[line]), "", "{line}");
        }
        assert_eq!(
            after(&["__Host-Http-s=1; Path=/; Secure; HttpOnly"]),
            "__Host-Http-s=1"
        );
    }
}
