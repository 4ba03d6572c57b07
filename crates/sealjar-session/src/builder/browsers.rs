//! Which cookies do browsers accept and return? They drop all others without a message.

use crate::config_error::{ConfigError, impossible};
use crate::cookie::attributes::{SameSite, Scope};
use crate::cookie::scan::MAX_CANDIDATES;
use crate::data::Kind;

/// The attributes that every `Set-Cookie` line of a jar has.
pub(super) struct Wanted<'a> {
    pub(super) path: &'a str,
    pub(super) domain: Option<&'a str>,
    pub(super) same_site: SameSite,
    pub(super) partitioned: bool,
    pub(super) insecure_http: bool,
}

/// Returns the cookie's name, if it is valid.
pub(super) fn checked_name(
    chosen: Option<&str>,
    kind: Kind,
    insecure_http: bool,
) -> Result<String, ConfigError> {
    let name = chosen.unwrap_or(match (kind, insecure_http) {
        (Kind::Flash, false) => "__Host-Http-flash",
        (Kind::Flash, true) => "flash",
        (Kind::Session, false) => DEFAULT_COOKIE_NAME,
        (Kind::Session, true) => "session",
    });
    // RFC 6265 section 4.1.1: a name is a token of RFC 9110 section 5.6.2.
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if name.is_empty() || name.len() > 256 || !name.bytes().all(is_token) {
        return impossible(
            "cookie_name",
            format!("{name:?}"),
            "must be 1 to 256 letters, digits and !#$%&'*+-.^_`|~",
        );
    }
    // A jar named `session` has parts named `session.1` and a logout mark named `session.out`.
    let is_ours = |suffix: &str| matches!(suffix.as_bytes(), b"out" | [b'1'..=b'8']);
    if name
        .rsplit_once('.')
        .is_some_and(|(_, suffix)| is_ours(suffix))
    {
        return impossible(
            "cookie_name",
            format!("{name:?}"),
            "must not end in .out or in a dot and a digit: a session in several cookies uses these",
        );
    }
    Ok(name.to_owned())
}

impl Wanted<'_> {
    pub(super) fn check(&self, name: &str) -> Result<(), ConfigError> {
        if let Err(reason) = check_path(self.path) {
            return impossible("path", format!("{:?}", self.path), reason);
        }
        if let Some(domain) = self.domain
            && let Err(reason) = check_domain(domain)
        {
            return impossible("domain", format!("{domain:?}"), reason);
        }
        self.check_prefix(name)?;
        if self.insecure_http && (self.same_site == SameSite::None || self.partitioned) {
            return impossible(
                "allow_insecure_http",
                true,
                "browsers take SameSite=None and Partitioned with Secure only",
            );
        }
        if self.partitioned && self.same_site != SameSite::None {
            return impossible(
                "partitioned",
                true,
                "is for a page inside another site's, where browsers send a cookie with SameSite=None \
                 only",
            );
        }
        Ok(())
    }

    /// Browsers drop a cookie if its name has a prefix that its attributes do not satisfy.
    fn check_prefix(&self, name: &str) -> Result<(), ConfigError> {
        let prefix = |prefix: &str| has_prefix(name, prefix);
        let secure_prefix = ["__Host-", "__Http-", "__Secure-"].into_iter().any(prefix);
        if self.insecure_http && secure_prefix {
            return impossible(
                "cookie_name",
                format!("{name:?}"),
                "browsers take this prefix over https only: choose a name without it",
            );
        }
        // This covers `__Host-Http-`.
        if !prefix("__Host-") {
            return Ok(());
        }
        if let Some(domain) = self.domain {
            return impossible(
                "domain",
                format!("{domain:?}"),
                format!("browsers refuse a domain for {name}: name the cookie __Secure-session"),
            );
        }
        if self.path != "/" {
            return impossible(
                "path",
                format!("{:?}", self.path),
                format!("browsers take only / for {name}: name the cookie __Secure-session"),
            );
        }
        Ok(())
    }
}

/// Checks the attributes that the cookie had before. A value that the builder no longer accepts may
/// have been in use.
pub(super) fn check_former(former: &[Scope], now: &Scope, name: &str) -> Result<(), ConfigError> {
    for scope in former {
        let Scope { domain, path } = scope;
        let reason = if let Some(reason) = broken_scope(scope) {
            reason
        } else if scope.is(now) {
            "the cookie is kept there now: name the domain and path that it had before"
        } else if former.len() > MAX_CANDIDATES {
            "four pairs are the most: a browser's fifth cookie of the name is not read either"
        } else if has_prefix(name, "__Host-") {
            "with this name the cookie has never had a domain, or a path but /"
        } else {
            continue;
        };
        return impossible("also_expire", format!("{domain:?}, {path:?}"), reason);
    }
    Ok(())
}

/// Checks what a cookie of a former library is called, and where browsers keep it.
pub(super) fn check_legacy(name: &str, scope: &Scope) -> Result<(), ConfigError> {
    let is_token = |byte: u8| byte.is_ascii_graphic() && !b"()<>@,;:\\\"/[]?={}".contains(&byte);
    let reason = if name.is_empty() || name.len() > 256 || !name.bytes().all(is_token) {
        "must be 1 to 256 letters, digits and !#$%&'*+-.^_`|~"
    } else if let Some(reason) = broken_scope(scope) {
        reason
    } else {
        return Ok(());
    };
    impossible("also_opens", format!("{name:?}, {scope:?}"), reason)
}

/// Returns why a cookie can never have been kept there.
fn broken_scope(scope: &Scope) -> Option<&'static str> {
    let is_plain = |text: &str| {
        text.bytes()
            .all(|b| (b' '..=b'~').contains(&b) && b != b';')
    };
    let is_host = |text: &str| {
        let is_of_one = |byte: u8| byte.is_ascii_alphanumeric() || b".-".contains(&byte);
        !text.is_empty() && text.bytes().all(is_of_one)
    };
    let Scope { domain, path } = scope;
    if !path.starts_with('/') || !is_plain(path) {
        Some("the path must begin with / and hold neither ; nor control characters")
    } else if domain.as_deref().is_some_and(|it| !is_host(it)) {
        Some("the domain must be a host name")
    } else {
        None
    }
}

/// Returns whether browsers see this prefix in a name.
fn has_prefix(name: &str, prefix: &str) -> bool {
    name.get(..prefix.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

/// A browser compares the path with that of the address, as it is written there (RFC 6265 section
/// 5.1.4).
fn check_path(path: &str) -> Result<(), &'static str> {
    // RFC 3986 section 3.3, without the percent sign and the characters that end an attribute. In
    // an address all other characters are percent-encoded, or cannot be in a path.
    let stands_for_itself =
        |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~!$&'()*+,=:@".contains(&byte);
    if !path.starts_with('/') {
        return Err("must begin with /");
    }
    if !path.bytes().all(stands_for_itself) {
        return Err(
            "must be a path of letters, digits and /-._~!$&'()*+,=:@, as browsers compare it with the \
             address letter by letter",
        );
    }
    if path.len() > 1 && path.ends_with('/') {
        return Err(
            "must not end in /: browsers would leave the cookie out at the path without it",
        );
    }
    if path.split('/').any(|segment| matches!(segment, "." | "..")) {
        return Err("must not have a segment . or ..: no address has one, browsers resolve them");
    }
    if path.len() > LONGEST_ATTRIBUTE {
        return Err("must be at most 1024 bytes: browsers pass over a longer one");
    }
    Ok(())
}

/// Checks a host name (RFC 1123 section 2.1). The cookie goes to this host and all hosts below it.
fn check_domain(domain: &str) -> Result<(), &'static str> {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    if domain.starts_with('.') {
        return Err(
            "must be a host name and begins with a dot: the hosts below get the cookie \
             without it",
        );
    }
    if domain.len() > 253 || !domain.split('.').all(is_label) {
        return Err("must be a host name, such as example.org");
    }
    // No top-level domain is a number, and browsers read a name that ends in one as an IP address.
    let last = domain.rsplit('.').next().unwrap_or_default();
    let is_number = |text: &str| {
        let digits = text.strip_prefix("0x").or(text.strip_prefix("0X"));
        digits.map_or_else(
            || text.bytes().all(|byte| byte.is_ascii_digit()),
            |hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()),
        )
    };
    if is_number(last) {
        return Err("must be a host name: an address has no hosts below it");
    }
    Ok(())
}

/// RFC 6265bis section 5.6: browsers ignore an attribute whose value is longer.
const LONGEST_ATTRIBUTE: usize = 1024;

/// The name of a jar's cookie unless the jar says otherwise.
pub const DEFAULT_COOKIE_NAME: &str = "__Host-Http-session";
