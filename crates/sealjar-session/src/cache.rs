//! May a cache keep this response, and may it give it to somebody else?

/// What a handler did with the session, as far as caches are concerned.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Effect {
    /// It read the session, so the page may be this visitor's alone.
    Read,
    /// It ended a session that belongs to nobody, so the response expires a cookie and holds none.
    Discard,
    /// It read the session, and sealing it again is due.
    Reseal {
        /// Whether the session ends soon unless it is sealed again.
        urgent: bool,
    },
    /// It changed the session, so the response carries this visitor's cookie.
    Write,
}

/// What to change in the response's cache headers.
#[derive(Debug, Default, Eq, PartialEq)]
pub(crate) struct Verdict {
    /// The new value of `Cache-Control`, if it has to change.
    pub(crate) cache_control: Option<&'static str>,
    /// The other fields that some cache prefers to `Cache-Control`, with their new values.
    pub(crate) replaced: Vec<(String, &'static str)>,
    /// Whether sealing again has to wait for another response.
    pub(crate) withheld: bool,
    /// Whether this overrules a policy of the application that let shared caches keep the response.
    pub(crate) overridden: bool,
}

/// What the headers of a response say to caches.
#[derive(Debug, Default)]
pub(crate) struct Policies {
    /// What `Cache-Control` says, if it is present.
    sharing: Option<Sharing>,
    /// The other fields that let a shared cache keep the response, with values that would not.
    open: Vec<(String, &'static str)>,
    /// Whether one of them is more than an expiry date.
    targeted: bool,
    /// Whether `Vary` says that the response depends on cookies.
    pub(crate) varies_by_cookie: bool,
}

/// What `Cache-Control` lets a shared cache do. Of several lines the strictest counts.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Sharing {
    /// It may keep the response for everybody, or guess whether it may.
    Shared,
    /// It may keep the response if it asks before each use: it would then serve the stored cookie.
    Revalidated,
    /// It may not keep the response.
    KeptOut,
}

impl Policies {
    /// Reads all headers of a response, as pairs of a name and a value.
    pub(crate) fn read<'a>(headers: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Self {
        let mut policies = Self::default();
        for (name, value) in headers {
            if name.eq_ignore_ascii_case("vary") {
                policies.varies_by_cookie |= varies_by_cookie(value);
            } else if name.eq_ignore_ascii_case(CACHE_CONTROL) {
                policies.sharing = policies.sharing.max(Some(Sharing::read(value)));
            } else if let Some(field) = Field::named(name)
                && !field.keeps_others_out(value)
            {
                policies.targeted |= field != Field::Expires;
                policies.open.push((name.to_owned(), field.closed()));
            }
        }
        policies
    }

    /// Decides which cache headers have to change.
    ///
    /// A response with a session cookie needs `private` or `no-store`. `no-cache` is not enough: a
    /// cache may keep the response, ask whether it is still good, and give its cookie to somebody
    /// else.
    pub(crate) fn verdict(self, effect: Effect) -> Verdict {
        let shared = self.targeted || self.sharing == Some(Sharing::Shared);
        let revalidated = self.sharing == Some(Sharing::Revalidated);
        match effect {
            Effect::Discard if self.sharing.is_none() && self.open.is_empty() => Verdict {
                cache_control: Some("private"),
                ..Verdict::default()
            },
            Effect::Read => Verdict {
                cache_control: self.sharing.is_none().then_some("private"),
                ..Verdict::default()
            },
            Effect::Reseal { urgent } if shared || (revalidated && !urgent) => Verdict {
                withheld: true,
                ..self.verdict(Effect::Read)
            },
            Effect::Discard | Effect::Reseal { .. } | Effect::Write => Verdict {
                cache_control: (self.sharing != Some(Sharing::KeptOut)).then_some("no-store"),
                replaced: self.open,
                withheld: false,
                overridden: shared,
            },
        }
    }
}

impl Sharing {
    fn read(value: &[u8]) -> Self {
        if directives(value).any(|it| is_one_of(it, &["private", "no-store"])) {
            return Self::KeptOut;
        }
        let shares = |directive: &[u8]| {
            let name = directive.split(|byte| *byte == b'=').next();
            name.is_some_and(|name| is_one_of(name, &["public", "s-maxage"]))
        };
        if directives(value).any(|it| is_one_of(it, &["no-cache"]))
            && !directives(value).any(shares)
        {
            return Self::Revalidated;
        }
        Self::Shared
    }
}

/// A field other than `Cache-Control` that some cache obeys.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Field {
    /// `X-Accel-Expires`: seconds for which nginx keeps the response, whatever else it says.
    Accel,
    /// `Expires`, which caches use when there is no `Cache-Control`.
    Expires,
    /// `Surrogate-Control` of Fastly, Varnish and others, and Akamai's `Edge-Control`.
    Surrogate,
    /// `CDN-Cache-Control` and its like (RFC 9213), such as `Cloudflare-CDN-Cache-Control`.
    Targeted,
}

impl Field {
    fn named(name: &str) -> Option<Self> {
        let is = |other: &str| name.eq_ignore_ascii_case(other);
        let end = name.len().checked_sub(TARGETED.len());
        if end
            .and_then(|at| name.get(at..))
            .is_some_and(|end| end.eq_ignore_ascii_case(TARGETED))
        {
            Some(Self::Targeted)
        } else if is("surrogate-control") || is("edge-control") {
            Some(Self::Surrogate)
        } else if is("x-accel-expires") {
            Some(Self::Accel)
        } else if is("expires") {
            Some(Self::Expires)
        } else {
            None
        }
    }

    fn keeps_others_out(self, value: &[u8]) -> bool {
        match self {
            Self::Accel | Self::Expires => value.trim_ascii() == b"0",
            // The specification of this field has no `private`.
            Self::Surrogate => directives(value).any(|it| is_one_of(it, &["no-store"])),
            Self::Targeted => directives(value).any(|it| is_one_of(it, &["private", "no-store"])),
        }
    }

    const fn closed(self) -> &'static str {
        match self {
            Self::Accel | Self::Expires => "0",
            Self::Surrogate | Self::Targeted => "no-store",
        }
    }
}

/// Splits a list at the commas that are outside quoted strings.
fn directives(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    let (mut quoted, mut escaped) = (false, false);
    value
        .split(move |byte| {
            let ends = *byte == b',' && !quoted;
            quoted ^= *byte == b'"' && !escaped;
            escaped = quoted && *byte == b'\\' && !escaped;
            ends
        })
        .map(<[u8]>::trim_ascii)
}

/// With an argument, as in `private="x"`, the directive applies to single fields, so it does not
/// count.
fn is_one_of(directive: &[u8], names: &[&str]) -> bool {
    let mut names = names.iter();
    names.any(|name| directive.eq_ignore_ascii_case(name.as_bytes()))
}

fn varies_by_cookie(vary: &[u8]) -> bool {
    vary.split(|byte| *byte == b',').any(|field| {
        let field = field.trim_ascii();
        field == b"*" || field.eq_ignore_ascii_case(b"cookie")
    })
}

const CACHE_CONTROL: &str = "cache-control";
const TARGETED: &str = "-cache-control";

#[cfg(test)]
mod tests;
