//! Keeps and sends cookies as a browser does.

/// Cookies by name, in the order in which they came (RFC 6265 section 5.3, as far as one host
/// goes).
#[derive(Debug, Default)]
pub struct Browser(Vec<Cookie>);

#[derive(Debug)]
struct Cookie {
    name: String,
    value: String,
    until: u32,
}

impl Browser {
    /// Returns the `Cookie` header at `now`.
    #[must_use]
    pub fn header(&self, now: u32) -> String {
        let alive = self.0.iter().filter(|cookie| now < cookie.until);
        let pairs: Vec<_> = alive
            .map(|it| format!("{}={}", it.name, it.value))
            .collect();
        pairs.join("; ")
    }

    /// Takes a `Set-Cookie` line.
    ///
    /// # Panics
    /// When a browser would silently drop the line, or keep it for another time than it says.
    pub fn take(&mut self, line: &str, now: u32) {
        assert!(line.len() <= 4096, "a line of {} bytes", line.len());
        let mut pieces = line.split("; ");
        let pair = pieces.next().and_then(|pair| pair.split_once('='));
        let (name, value) = pair.expect("a line begins with name and value");
        let attributes: Vec<&str> = pieces.collect();
        for attribute in ["Path=/", "Secure", "HttpOnly", "SameSite=Lax"] {
            assert!(attributes.contains(&attribute), "{attribute} is missing");
        }
        let max_age = attributes.iter().find_map(|it| it.strip_prefix("Max-Age="));
        let max_age: u32 = max_age
            .and_then(|it| it.parse().ok())
            .expect("it says how long");
        self.0.retain(|cookie| cookie.name != name);
        if max_age > 0 {
            self.0.push(Cookie {
                name: name.into(),
                value: value.into(),
                until: now.saturating_add(max_age),
            });
        }
    }
}
