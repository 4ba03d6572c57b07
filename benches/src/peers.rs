//! The present way to keep a session in a cookie: `cookie`'s `PrivateJar`, with JSON in it.

use cookie::{Cookie, CookieJar, Key, SameSite};

use crate::data::User;

/// Seals a user as `PrivateJar` does, and returns the cookie's value.
pub(crate) fn seal(key: &Key, user: &User) -> String {
    let mut jar = CookieJar::new();
    jar.private_mut(key).add((NAME, json(user)));
    jar.get(NAME).expect("just added").value().to_owned()
}

/// Opens such a value.
pub(crate) fn open(key: &Key, value: &str) -> User {
    let cookie = CookieJar::new()
        .private(key)
        .decrypt(Cookie::new(NAME, value.to_owned()))
        .expect("sealed by this key");
    from_json(cookie.value())
}

/// Reads a request's `Cookie` header: the jar of all cookies, and the user in it.
pub(crate) fn read_header(key: &Key, header: &str) -> (CookieJar, User) {
    let mut jar = CookieJar::new();
    for cookie in Cookie::split_parse_encoded(header.to_owned()).flatten() {
        jar.add_original(cookie);
    }
    let cookie = jar.private(key).get(NAME).expect("sealed by this key");
    let user = from_json(cookie.value());
    (jar, user)
}

/// Writes the `Set-Cookie` line.
pub(crate) fn write_line(key: &Key, mut jar: CookieJar, user: &User) -> String {
    jar.private_mut(key).add(cookie_for(user));
    let cookie = jar.delta().next().expect("just added");
    cookie.encoded().to_string()
}

/// The plain cookie, with the attributes that a sealed session has.
pub(crate) fn cookie_for(user: &User) -> Cookie<'static> {
    Cookie::build((NAME, json(user)))
        .path("/")
        .http_only(true)
        .secure(true)
        .same_site(SameSite::Lax)
        .max_age(cookie::time::Duration::days(1))
        .build()
}

pub(crate) fn from_json(text: &str) -> User {
    serde_json::from_str(text).expect("written below")
}

fn json(user: &User) -> String {
    serde_json::to_string(user).expect("a user has no keys but strings")
}

pub(crate) const NAME: &str = "__Host-Http-session";
