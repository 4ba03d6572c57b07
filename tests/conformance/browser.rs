//! What does a browser keep, and what does it send? RFC 6265bis, sections 5.6 to 5.8, on a clock set by hand.

use cookie::Cookie;

use crate::answer::Answer;
use crate::world::{Clock, World};

/// Keeps the cookies of one visitor, who only ever visits `https://shop.example.org`.
pub(crate) struct Browser {
    clock: Clock,
    cookies: Vec<Held>,
    copies: Vec<(&'static str, String)>,
}

struct Held {
    name: String,
    value: String,
    /// `None`: it stays with the host that set it.
    domain: Option<String>,
    path: String,
    partitioned: bool,
    ends: Option<u32>,
}

impl Held {
    /// What tells cookies apart.
    fn key(&self) -> (&str, Option<&str>, &str, bool) {
        (
            &self.name,
            self.domain.as_deref(),
            &self.path,
            self.partitioned,
        )
    }
}

impl Browser {
    pub(crate) fn new(world: &World) -> Self {
        Self {
            clock: world.clock.clone(),
            cookies: Vec::new(),
            copies: Vec::new(),
        }
    }

    /// The `Cookie` header for a path: longer paths first, then older cookies.
    pub(crate) fn header(&self, path: &str) -> String {
        let now = self.clock.seconds();
        let mut sent: Vec<&Held> = self
            .cookies
            .iter()
            .filter(|it| it.ends.is_none_or(|ends| now < ends) && is_below(path, &it.path))
            .collect();
        sent.sort_by_key(|it| std::cmp::Reverse(it.path.len()));
        let pairs: Vec<String> = sent
            .iter()
            .map(|it| format!("{}={}", it.name, it.value))
            .collect();
        pairs.join("; ")
    }

    pub(crate) fn receive(&mut self, answer: &Answer) {
        for line in answer.values("set-cookie") {
            self.take(line);
        }
    }

    /// Takes a `Set-Cookie` line, from the app or from whoever else can send one.
    pub(crate) fn take(&mut self, line: &str) {
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
                self.clock.seconds().saturating_add(seconds)
            }),
        };
        if line.len() > 4096 || !is_allowed(&cookie, &new) {
            return;
        }
        match self.cookies.iter_mut().find(|it| it.key() == new.key()) {
            // It keeps its place, which is by the time it was first set.
            Some(old) => *old = new,
            None => self.cookies.push(new),
        }
        let now = self.clock.seconds();
        self.cookies
            .retain(|it| it.ends.is_none_or(|ends| now < ends));
    }

    /// Keeps a copy of what would be sent, as a thief or a restored tab has one.
    pub(crate) fn keep_copy(&mut self, name: &'static str) {
        self.copies.push((name, self.header("/")));
    }

    pub(crate) fn copy(&self, name: &str) -> &str {
        let copy = self.copies.iter().find(|it| it.0 == name);
        copy.map_or_else(|| panic!("no copy {name:?} was kept"), |it| &it.1)
    }
}

/// Section 4.1.3: what the prefixes of names ask for, the two with `Http-` as Chromium has them, and `SameSite=None` and `Partitioned` of every name.
fn is_allowed(cookie: &Cookie<'_>, new: &Held) -> bool {
    let secure = cookie.secure().unwrap_or(false);
    let is_bare = new.domain.is_none() && cookie.path() == Some("/");
    let begins = |prefixes: &[&str]| prefixes.iter().any(|it| new.name.starts_with(it));
    let needs_secure = begins(&["__Secure-", "__Host-", "__Http-"])
        || new.partitioned
        || cookie.same_site() == Some(cookie::SameSite::None);
    let of_this_site = new
        .domain
        .as_deref()
        .is_none_or(|domain| HOST == domain || HOST.ends_with(&format!(".{domain}")));
    let out_of_reach = cookie.http_only().unwrap_or(false);
    of_this_site
        && (secure || !needs_secure)
        && (is_bare || !begins(&["__Host-"]))
        && (out_of_reach || !begins(&["__Http-", "__Host-Http-"]))
}

/// Section 5.1.4.
fn is_below(path: &str, of: &str) -> bool {
    path.strip_prefix(of)
        .is_some_and(|rest| rest.is_empty() || of.ends_with('/') || rest.starts_with('/'))
}

const HOST: &str = "shop.example.org";
