//! For an application's own tests: a ring, a visitor who has a session, and what a response sets.

#[cfg(feature = "testing")]
use sealjar::{Key, LiveRing, Suite};

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
