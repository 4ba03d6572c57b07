//! For an application's own tests: a ring, a visitor who has a session, and what a response sets.

#[cfg(feature = "testing")]
use cookie::Cookie;
#[cfg(feature = "testing")]
use sealjar::{Key, LiveRing, SealError, Suite};
#[cfg(feature = "testing")]
use serde_json::json;

#[cfg(feature = "testing")]
use crate::data::SessionData;
#[cfg(feature = "testing")]
use crate::error::CloseError;
#[cfg(feature = "testing")]
use crate::jar::Jar;

/// Makes a ring of one fresh key, for tests. Tokens under it live 24 hours at most.
///
/// It never rotates, and no other process can open what it sealed. If each replica made its own,
/// everyone would be logged out. That is why this needs the feature `testing`: turn it on under
/// `[dev-dependencies]`.
///
/// # Panics
/// If the operating system's random source fails.
///
/// # Examples
/// ```
/// use sealjar_session::{Jar, testing};
///
/// let jar: Jar<()> = Jar::new(testing::ring(), "test")?;
/// # Ok::<(), sealjar_session::ConfigError>(())
/// ```
#[cfg(feature = "testing")]
#[must_use]
pub fn ring() -> LiveRing {
    Key::generate(Suite::Xaes256Gcm)
        .expect("the operating system gives random bytes")
        .into()
}

/// Builds a jar with the defaults over a [`ring`] of its own, for the application `test`.
///
/// # Panics
/// If the operating system's random source fails, or if no jar can keep `T`: its default value does
/// not survive being encoded, for example.
///
/// # Examples
/// ```
/// # use sealjar_session::{FetchMetadata, SessionData, testing};
/// #[derive(Clone, Default, serde::Serialize, serde::Deserialize)]
/// struct Account { name: String }
/// impl SessionData for Account {}
///
/// let jar = testing::jar();
/// let cookie = jar.cookie_for(&Account { name: "Ada".into() })?;
/// assert_eq!(jar.open([cookie], FetchMetadata::default()).get().name, "Ada");
/// # Ok::<(), sealjar_session::CloseError>(())
/// ```
#[cfg(feature = "testing")]
#[must_use]
pub fn jar<T: SessionData>() -> Jar<T> {
    Jar::new(ring(), "test").unwrap_or_else(|error| panic!("{error:?}"))
}

/// Returns the storage state of a browser that has this session, as Playwright reads it from a file
/// (`storageState`): JSON with the session's cookies for `host`, such as `localhost`.
///
/// The jar needs the ring, the `app` and the settings of the server that the browser visits. A
/// `Domain` of the jar takes precedence over `host`. `Partitioned` is left out.
///
/// # Errors
/// [`CloseError`] when the value cannot be sealed or does not fit.
///
/// # Examples
/// ```
/// # use sealjar_session::{SessionData, testing};
/// # #[derive(Clone, Default, serde::Serialize, serde::Deserialize)]
/// # struct Account { name: String }
/// # impl SessionData for Account {}
/// # let jar = testing::jar();
/// let state = testing::storage_state(&jar, &Account { name: "Ada".into() }, "localhost")?;
/// // std::fs::write("ada.json", state)?; then in Playwright: use({ storageState: "ada.json" })
/// assert!(state.contains(r#""domain":"localhost""#));
/// # Ok::<(), sealjar_session::CloseError>(())
/// ```
#[cfg(feature = "testing")]
pub fn storage_state<T: SessionData>(
    jar: &Jar<T>,
    value: &T,
    host: &str,
) -> Result<String, CloseError> {
    let now = jar.shared.now().map_err(SealError::from)?.unix();
    let lines = jar.lines_for(value)?.into_iter();
    let cookies = lines.filter_map(|line| {
        let cookie = Cookie::parse(line).ok()?;
        let max_age = cookie.max_age().map(|it| it.whole_seconds().unsigned_abs());
        Some(json!({
            "name": cookie.name(),
            "value": cookie.value(),
            "domain": cookie.domain().map_or_else(|| host.to_owned(), |it| format!(".{it}")),
            "path": cookie.path(),
            // -1 is the end of the browser.
            "expires": max_age.map_or_else(|| json!(-1), |seconds| json!(now + seconds)),
            "httpOnly": cookie.http_only().unwrap_or(false),
            "secure": cookie.secure().unwrap_or(false),
            "sameSite": cookie.same_site().map_or("Lax".into(), |it| it.to_string()),
        }))
    });
    let cookies: Vec<_> = cookies.collect();
    Ok(json!({ "cookies": cookies, "origins": [] }).to_string())
}

#[cfg(all(test, feature = "testing"))]
mod tests {
    use crate::data::SessionData;
    use crate::jar::Jar;
    use crate::refusal::Refusal;
    use crate::request::FetchMetadata;
    use crate::session::Session;
    use crate::testing;

    #[derive(Clone, Debug, Default, Eq, PartialEq, serde::Deserialize, serde::Serialize)]
    struct Note(String);
    impl SessionData for Note {}

    #[test]
    fn a_storage_state_says_what_the_set_cookie_lines_say() {
        let read = |jar: &Jar<Note>, note: &str| {
            let state = testing::storage_state(jar, &Note(note.into()), "shop.test");
            serde_json::from_str::<serde_json::Value>(&state.unwrap()).unwrap()
        };
        let clock = || sealjar::Timestamp::from_unix(1_800_000_000);
        let jar = || Jar::<Note>::builder(testing::ring(), "test").clock(clock);

        let host_only = jar().build().unwrap();
        let state = read(&host_only, "hello");
        assert_eq!(state["origins"], serde_json::json!([]));
        let [cookie] = state["cookies"].as_array().unwrap().as_slice() else {
            panic!("{state}");
        };
        let header = format!(
            "{}={}",
            host_only.cookie_name(),
            cookie["value"].as_str().unwrap()
        );
        let session = host_only.open([header], FetchMetadata::default());
        assert_eq!(session.get().0, "hello");
        for (member, value) in [
            ("name", serde_json::json!("__Host-Http-session")),
            ("domain", serde_json::json!("shop.test")),
            ("path", serde_json::json!("/")),
            ("expires", serde_json::json!(1_800_086_400)),
            ("httpOnly", serde_json::json!(true)),
            ("secure", serde_json::json!(true)),
            ("sameSite", serde_json::json!("Lax")),
        ] {
            assert_eq!(cookie[member], value, "{member}");
        }

        let of_domain = jar()
            .cookie_name("s")
            .domain("example.org")
            .path("/app")
            .same_site(crate::SameSite::Strict)
            .allow_insecure_http(true)
            .persistent(false)
            .max_size(12_288);
        let state = read(&of_domain.build().unwrap(), &"x".repeat(6_000));
        let cookies = state["cookies"].as_array().unwrap();
        assert!(cookies.len() > 1, "a session in several parts");
        for cookie in cookies {
            for (member, value) in [
                ("domain", serde_json::json!(".example.org")),
                ("path", serde_json::json!("/app")),
                ("expires", serde_json::json!(-1)),
                ("secure", serde_json::json!(false)),
                ("sameSite", serde_json::json!("Strict")),
            ] {
                assert_eq!(cookie[member], value, "{member}");
            }
        }
    }

    #[test]
    fn what_a_response_sets_removes_or_leaves_alone_is_told_apart() {
        let jar = Jar::<Note>::builder(testing::ring(), "test")
            .max_size(12_288)
            .build()
            .unwrap();
        assert_eq!(jar.value_of([""; 0]).unwrap(), None);
        assert_eq!(jar.value_of(["theme=dark; Path=/"]).unwrap(), None);

        // A session in several parts, and another program's cookie.
        let long = Note("x".repeat(6_000));
        let session = jar.open(None::<String>, FetchMetadata::default());
        session.update(|note| *note = long.clone()).unwrap();
        let set = Session::close(&session, []).unwrap().set_cookies;
        let mut lines: Vec<String> = set.into_iter().collect();
        assert!(lines.len() > 1);
        lines.insert(1, "theme=dark; Path=/".into());
        assert_eq!(jar.value_of(&lines).unwrap().as_ref(), Some(&long));

        let session = jar.open([jar.cookie_for(&long).unwrap()], FetchMetadata::default());
        session.purge();
        let removed = Session::close(&session, []).unwrap().set_cookies;
        assert_eq!(jar.value_of(removed).unwrap(), None);

        let other = Jar::<Note>::new(testing::ring(), "test").unwrap();
        assert!(matches!(
            other.value_of(&lines).unwrap_err(),
            Refusal::Token(_) | Refusal::TornChunks
        ));
    }
}
