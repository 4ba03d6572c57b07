//! How do the `cookie` crate's private and signed jars keep a value? By that crate itself.

use cookie::{Cookie, CookieJar, Key};

/// A jar's key, and which of the two jars it is.
pub(super) struct Secured {
    key: Key,
    kind: Kind,
}

#[derive(Clone, Copy)]
enum Kind {
    Private,
    Signed,
}

impl Secured {
    /// # Errors
    /// The length of the key, if it is too short for one.
    pub(super) fn private(key: &[u8]) -> Result<Self, usize> {
        Self::new(key, Kind::Private)
    }

    /// # Errors
    /// The length of the key, if it is too short for one.
    pub(super) fn signed(key: &[u8]) -> Result<Self, usize> {
        Self::new(key, Kind::Signed)
    }

    fn new(key: &[u8], kind: Kind) -> Result<Self, usize> {
        let key = Key::try_from(key).map_err(|_| key.len())?;
        Ok(Self { key, kind })
    }

    /// Returns the text in a cookie's value, as the browser sent it. `None` if it does not
    /// authenticate.
    pub(super) fn unlock(&self, name: &str, value: &str) -> Option<String> {
        // The libraries percent-encode what they set. They decode the name too, which nobody asks
        // for here: the cookie was found by its exact name.
        let sent = Cookie::parse_encoded(format!("v={value}")).ok()?;
        let cookie = Cookie::new(name.to_owned(), sent.value().to_owned());
        let jar = CookieJar::new();
        let opened = match self.kind {
            Kind::Private => jar.private(&self.key).decrypt(cookie),
            Kind::Signed => jar.signed(&self.key).verify(cookie),
        };
        opened.map(|cookie| cookie.value().to_owned())
    }

    /// Returns the value to set. Its length depends on that of the text alone: the base64 of a
    /// private value may stay as it is, which the libraries read as well.
    pub(super) fn lock(&self, name: &str, text: String) -> String {
        let mut jar = CookieJar::new();
        let cookie = Cookie::new(name.to_owned(), text);
        match self.kind {
            Kind::Private => jar.private_mut(&self.key).add(cookie),
            Kind::Signed => jar.signed_mut(&self.key).add(cookie),
        }
        let locked = jar.get(name).map_or("", Cookie::value);
        match self.kind {
            Kind::Private => locked.to_owned(),
            Kind::Signed => {
                let mut pair = Cookie::new("v", locked).encoded().to_string();
                pair.split_off("v=".len())
            }
        }
    }
}
