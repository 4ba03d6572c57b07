//! A response as a client sees it, independent of any framework.

use std::fmt;

use cookie::Cookie;

/// Status, headers in order, body.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<Header>,
    pub(crate) body: String,
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Header {
    pub(crate) name: String,
    pub(crate) value: String,
    pub(crate) sensitive: bool,
}

impl Answer {
    pub(crate) fn values(&self, name: &str) -> Vec<&str> {
        let named = self.headers.iter().filter(|it| it.name == name);
        named.map(|it| it.value.as_str()).collect()
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.headers.retain(|it| it.name != name);
    }

    pub(crate) fn append(&mut self, name: &str, value: impl Into<String>) {
        self.headers.push(Header {
            name: name.into(),
            value: value.into(),
            sensitive: true,
        });
    }
}

/// The content of one `Set-Cookie` line.
#[derive(Clone, Eq, PartialEq)]
pub(crate) struct Line {
    pub(crate) name: String,
    pub(crate) effect: Effect,
    /// `None` in a row: the row's attributes.
    pub(crate) attributes: Option<Attributes>,
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Effect {
    /// The application's own line, with its value.
    Foreign(String),
    Removed,
    /// Sets it for this many seconds, or until the browser closes.
    Set(Option<u32>),
    /// Something that a session cookie may not contain, and why.
    Wrong(String),
}

/// The attributes on every line of a jar.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Attributes {
    pub(crate) path: String,
    pub(crate) domain: Option<String>,
    pub(crate) same_site: Option<String>,
    pub(crate) secure: bool,
    pub(crate) http_only: bool,
    pub(crate) partitioned: bool,
}

impl Default for Attributes {
    /// The attributes of a jar with the defaults.
    fn default() -> Self {
        Self {
            path: "/".into(),
            domain: None,
            same_site: Some("Lax".into()),
            secure: true,
            http_only: true,
            partitioned: false,
        }
    }
}

impl Line {
    /// Parses a line. Lines whose names are in `foreign` are the application's.
    pub(crate) fn read(header: &Header, foreign: &[&str]) -> Self {
        let text = &header.value;
        let Ok(cookie) = Cookie::parse(text.as_str()) else {
            return Self {
                name: text.clone(),
                effect: Effect::Wrong("no cookie".into()),
                attributes: None,
            };
        };
        let name = cookie.name().to_owned();
        if foreign.contains(&name.as_str()) {
            return Self {
                name,
                effect: Effect::Foreign(cookie.value().into()),
                attributes: None,
            };
        }
        let attributes = Attributes {
            path: cookie.path().unwrap_or_default().into(),
            domain: cookie.domain().map(str::to_owned),
            same_site: cookie.same_site().map(|it| it.to_string()),
            secure: cookie.secure().unwrap_or(false),
            http_only: cookie.http_only().unwrap_or(false),
            partitioned: cookie.partitioned().unwrap_or(false),
        };
        Self {
            effect: effect(header, &cookie, &attributes),
            name,
            attributes: Some(attributes),
        }
    }

    pub(crate) fn with(mut self, attributes: &Attributes) -> Self {
        if !matches!(self.effect, Effect::Foreign(_)) {
            self.attributes.get_or_insert_with(|| attributes.clone());
        }
        self
    }
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?}", self.name, self.effect)?;
        if let Some(attributes) = &self.attributes {
            write!(f, " {attributes:?}")?;
        }
        Ok(())
    }
}

fn effect(header: &Header, cookie: &Cookie<'_>, attributes: &Attributes) -> Effect {
    let wrong = |what: &str| Effect::Wrong(what.into());
    let age = cookie.max_age().map(cookie::time::Duration::whole_seconds);
    let removes = age == Some(0);
    // `Path` and `SameSite` are always there. An attribute that the parser ignores would not be
    // counted.
    let known = 2
        + usize::from(attributes.domain.is_some())
        + usize::from(attributes.secure)
        + usize::from(attributes.http_only)
        + usize::from(attributes.partitioned)
        + usize::from(age.is_some())
        + usize::from(cookie.expires().is_some());
    if header.value.len() > 4096 {
        wrong("longer than browsers take")
    } else if !header.sensitive {
        wrong("not marked sensitive")
    } else if header.value.split(';').skip(1).count() != known {
        wrong("an attribute is missing, unknown or there twice")
    } else if removes != cookie.value().is_empty() {
        wrong("a value in a line that removes, or none in one that sets")
    } else if removes
        != cookie
            .expires_datetime()
            .is_some_and(|it| it.unix_timestamp() == 0)
    {
        wrong("Expires has to come with Max-Age=0, and with nothing else")
    } else if removes {
        Effect::Removed
    } else {
        match age.map(u32::try_from) {
            Some(Err(_)) => wrong("an age that is no age"),
            Some(Ok(seconds)) => Effect::Set(Some(seconds)),
            None => Effect::Set(None),
        }
    }
}
