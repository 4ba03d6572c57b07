//! Will the visitor's browser keep the cookie that is set here? Only debug builds check.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::loudness::Once;

/// The client and the connection of a request. For adapters, in debug builds.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Client {
    /// The `Host` header without its port.
    host: Option<String>,
    /// The `User-Agent` header. A client without one is not a browser.
    agent: Option<String>,
    /// Whether some header shows that the browser came over https, or that it trusts the connection
    /// as much.
    secure: bool,
    /// Whether a cookie had been set for this client when the request began.
    expects_cookie: bool,
}

impl Client {
    /// Reads a request's headers. `header` returns the value of the first header with this name, in
    /// lower case.
    pub fn of<'a>(header: impl Fn(&'static str) -> Option<&'a [u8]>) -> Self {
        let text = |name: &'static str| {
            let value = header(name).and_then(|value| std::str::from_utf8(value).ok())?;
            value
                .bytes()
                .all(|byte| (b' '..=b'~').contains(&byte))
                .then_some(value)
        };
        let says_https = |name: &'static str| {
            text(name).is_some_and(|value| {
                let value = value.trim_start().to_ascii_lowercase();
                value.starts_with("https") || value.contains("proto=https")
            })
        };
        Self {
            host: text("host").map(without_port).map(str::to_ascii_lowercase),
            agent: text("user-agent").map(str::to_owned),
            // Browsers send `Sec-Fetch-` headers only to hosts that they trust as much as https
            // (W3C Fetch Metadata, section 2), localhost among them. Proxies report the scheme of
            // the original request.
            secure: header("sec-fetch-mode").is_some()
                || ["x-forwarded-proto", "forwarded", "origin", "referer"]
                    .into_iter()
                    .any(says_https),
            expects_cookie: false,
        }
    }
}

/// What a jar has observed of its cookies on the way to browsers and back.
#[derive(Debug)]
pub(crate) struct Delivery {
    secure: bool,
    domain: Option<String>,
    warned_of_http: Once,
    warned_of_domain: Once,
    returns: Mutex<Returns>,
}

/// Whether a cookie that was set comes back.
#[derive(Debug)]
enum Returns {
    NothingSet,
    /// A cookie was set for this client, in a response to a request without one.
    Awaited(Client),
    /// It came back, or a warning that it did not was logged.
    Settled,
}

impl Delivery {
    pub(crate) fn new(secure: bool, domain: Option<&str>) -> Self {
        Self {
            secure,
            domain: domain.map(str::to_ascii_lowercase),
            warned_of_http: Once::default(),
            warned_of_domain: Once::default(),
            returns: Mutex::new(Returns::NothingSet),
        }
    }

    /// Begins a request.
    pub(crate) fn begin(&self, mut client: Client) -> Client {
        client.expects_cookie =
            matches!(&*self.returns(), Returns::Awaited(awaited) if awaited.is(&client));
        client
    }

    /// Ends a request. Warns, once of each kind, if the browser will drop what this response sets.
    pub(crate) fn end(&self, client: &Client, cookie: &str, came: bool, sets: bool) {
        if came {
            *self.returns() = Returns::Settled;
        }
        if !sets {
            return;
        }
        let host = client.host.as_deref().unwrap_or("unknown");
        if let (Some(domain), Some(named)) = (&self.domain, &client.host)
            && !covers(domain, named)
        {
            if self.warned_of_domain.is_first() {
                tracing::warn!(
                    target: "sealjar",
                    cookie,
                    host,
                    domain,
                    hint = "leave domain out, or open the application under a host of that domain",
                    "browsers drop this cookie: its Domain does not cover the host that was asked"
                );
            }
            *self.returns() = Returns::Settled;
        } else if self.secure && client.is_browser_on_plain_http() {
            if self.warned_of_http.is_first() {
                tracing::warn!(
                    target: "sealjar",
                    cookie,
                    host,
                    hint = "open the application on http://localhost, serve https, or build the jar with \
                            allow_insecure_http(true)",
                    "browsers drop this cookie: it is Secure, and this looks like plain http"
                );
            }
            *self.returns() = Returns::Settled;
        } else if !came && client.agent.is_some() {
            self.await_return(client, cookie, host);
        }
    }

    fn await_return(&self, client: &Client, cookie: &str, host: &str) {
        let mut returns = self.returns();
        match &*returns {
            Returns::NothingSet => *returns = Returns::Awaited(client.clone()),
            Returns::Awaited(_) if client.expects_cookie => {
                *returns = Returns::Settled;
                drop(returns);
                tracing::warn!(
                    target: "sealjar",
                    cookie,
                    host,
                    hint = "see in the browser's developer tools what becomes of Set-Cookie: Safari drops \
                            Secure cookies of http://localhost (allow_insecure_http), others may block \
                            cookies, and a path has to cover the page",
                    "a cookie that was set did not come back, and is set again: every request begins a new \
                     session"
                );
            }
            Returns::Awaited(_) | Returns::Settled => {}
        }
    }

    fn returns(&self) -> MutexGuard<'_, Returns> {
        self.returns.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Client {
    fn is(&self, other: &Self) -> bool {
        self.agent == other.agent && self.host == other.host
    }

    fn is_browser_on_plain_http(&self) -> bool {
        let elsewhere = self.host.as_deref().is_some_and(|host| !is_loopback(host));
        self.agent.is_some() && !self.secure && elsewhere
    }
}

/// Whether a browser takes a cookie of this `Domain` from this host (RFC 6265 section 5.1.3).
fn covers(domain: &str, host: &str) -> bool {
    let below = || {
        host.strip_suffix(domain)
            .is_some_and(|rest| rest.ends_with('.') && !is_address(host))
    };
    host == domain || below()
}

fn is_loopback(host: &str) -> bool {
    host == "localhost"
        || host.ends_with(".localhost")
        || Ipv4Addr::from_str(host).is_ok_and(|it| it.is_loopback())
        || in_brackets(host).is_some_and(|it| it.is_loopback())
}

fn is_address(host: &str) -> bool {
    Ipv4Addr::from_str(host).is_ok() || in_brackets(host).is_some()
}

fn in_brackets(host: &str) -> Option<Ipv6Addr> {
    host.strip_prefix('[')?.strip_suffix(']')?.parse().ok()
}

fn without_port(host: &str) -> &str {
    let is_port = |port: &str| port.bytes().all(|byte| byte.is_ascii_digit());
    match host.rsplit_once(':') {
        Some((name, port)) if is_port(port) => name,
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(headers: &[(&str, &'static str)]) -> Client {
        Client::of(|name| {
            let found = headers.iter().find(|it| it.0 == name)?;
            Some(found.1.as_bytes())
        })
    }

    #[test]
    fn plain_http_off_localhost_is_told_from_what_browsers_trust() {
        for (host, elsewhere) in [
            ("192.168.1.7:3000", true),
            ("shop.test", true),
            ("localhost.example.org", true),
            ("128.0.0.1", true),
            ("[fe80::1]:3000", true),
            ("localhost", false),
            ("LOCALHOST:3000", false),
            ("shop.localhost:3000", false),
            ("127.0.0.1:3000", false),
            ("127.1.2.3", false),
            ("[::1]:3000", false),
            ("[::1]", false),
        ] {
            let browser = [("host", host), ("user-agent", "Mozilla/5.0")];
            let browser =
                browser.map(|(name, value)| (name, String::leak(value.to_owned()) as &'static str));
            assert_eq!(
                client(&browser).is_browser_on_plain_http(),
                elsewhere,
                "{host}"
            );
            assert!(
                !client(&browser[..1]).is_browser_on_plain_http(),
                "no browser"
            );
            for (name, value) in [
                ("x-forwarded-proto", "https"),
                ("x-forwarded-proto", "HTTPS, http"),
                ("forwarded", "for=192.0.2.1;proto=https"),
                ("origin", "https://shop.test"),
                ("referer", "https://shop.test/basket"),
                ("sec-fetch-mode", "navigate"),
            ] {
                let trusted = [&browser[..], &[(name, value)]].concat();
                assert!(
                    !client(&trusted).is_browser_on_plain_http(),
                    "{name}: {value}"
                );
            }
            for (name, value) in [
                ("x-forwarded-proto", "http"),
                ("origin", "http://shop.test"),
            ] {
                let plain = [&browser[..], &[(name, value)]].concat();
                assert_eq!(client(&plain).is_browser_on_plain_http(), elsewhere);
            }
        }
    }

    #[test]
    fn a_domain_covers_itself_and_the_hosts_below_it() {
        for (host, covered) in [
            ("example.org", true),
            ("www.example.org", true),
            ("a.b.example.org", true),
            ("example.com", false),
            ("myexample.org", false),
            ("localhost", false),
            ("org", false),
        ] {
            assert_eq!(covers("example.org", host), covered, "{host}");
        }
        assert!(covers("127.0.0.1", "127.0.0.1"));
        assert!(
            !covers("0.0.1", "127.0.0.1"),
            "an address has no domain above it"
        );
    }

    #[test]
    fn a_host_with_bytes_that_no_host_has_reaches_no_log() {
        let told = Client::of(|name| (name == "host").then_some(b"a\x1b[31m".as_slice()));
        assert_eq!(told.host, None);
    }
}
