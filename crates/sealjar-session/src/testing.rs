//! What an application's own tests need: a ring, a visitor who has a session, and what a response sets.

use cookie::Cookie;

#[cfg(feature = "testing")]
use sealjar::{Key, LiveRing, Suite};

use crate::arrival::Origin;
#[cfg(feature = "testing")]
use crate::builder::JarBuilder;
use crate::data::SessionData;
use crate::error::{CloseError, Refusal};
use crate::jar::Jar;
use crate::request::FetchMetadata;
use crate::session::Session;

/// Makes a ring of one fresh key, for tests. Tokens under it live 24 hours at most.
///
/// It never rotates, and no other process can open what it sealed. Replicas that each made their own
/// would log everyone out, which is why this is behind the feature `testing`: turn that on under
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

#[cfg(feature = "testing")]
impl<T: SessionData> JarBuilder<T> {
    /// Lets the jar stand for one of another build, in another process. [`build`](Self::build) does not
    /// refuse it then because a jar of another session type has its cookie.
    ///
    /// For tests in which the old and the new version of a session type read each other's cookies.
    ///
    /// # Examples
    /// ```
    /// # use sealjar_session::{FetchMetadata, Jar, SessionData, testing};
    /// #[derive(Clone, Default, serde::Serialize, serde::Deserialize)]
    /// #[serde(rename = "Account")]
    /// struct Released { name: String }
    /// impl SessionData for Released {}
    ///
    /// #[derive(Clone, Default, serde::Serialize, serde::Deserialize)]
    /// struct Account { name: String, #[serde(default)] visits: u32 }
    /// impl SessionData for Account {}
    ///
    /// let ring = testing::ring();
    /// let old = Jar::<Released>::builder(&ring, "test").in_another_process().build()?;
    /// let new = Jar::<Account>::new(&ring, "test")?;
    ///
    /// let cookie = old.cookie_for(&Released { name: "Ada".into() })?;
    /// assert_eq!(new.open([cookie], FetchMetadata::default()).get().name, "Ada");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn in_another_process(mut self) -> Self {
        self.in_another_process = true;
        self
    }
}

impl<T: SessionData> Jar<T> {
    /// Returns the `Cookie` header of a visitor who has this session, for an application's own tests.
    ///
    /// # Errors
    /// [`CloseError`] when the value cannot be sealed or does not fit.
    ///
    /// # Examples
    /// ```
    /// # use sealjar_session::{FetchMetadata, Jar, SessionData, testing};
    /// #[derive(Clone, Default, serde::Serialize, serde::Deserialize)]
    /// struct Account { name: String }
    /// impl SessionData for Account {}
    ///
    /// let jar = Jar::<Account>::new(testing::ring(), "test")?;
    /// let cookie = jar.cookie_for(&Account { name: "Ada".into() })?;
    /// assert_eq!(jar.open([cookie], FetchMetadata::default()).get().name, "Ada");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn cookie_for(&self, value: &T) -> Result<String, CloseError> {
        let session = self.open(None::<Vec<u8>>, FetchMetadata::default());
        session.replace(value.clone());
        let closing = self.close(&session, [])?;
        Ok(cookie_header(closing.set_cookies))
    }

    /// Returns the session that a response's `Set-Cookie` headers leave in an empty browser, for an
    /// application's own tests: `None` if they set none or remove it. Headers of other cookies may be
    /// among them.
    ///
    /// # Errors
    /// [`Refusal`] when what they set does not open.
    ///
    /// # Examples
    /// ```
    /// # use sealjar_session::{FetchMetadata, Jar, SessionData, testing};
    /// # #[derive(Clone, Default, serde::Serialize, serde::Deserialize)]
    /// # struct Account { name: String }
    /// # impl SessionData for Account {}
    /// let jar = Jar::<Account>::new(testing::ring(), "test")?;
    /// let session = jar.open(None::<String>, FetchMetadata::default());
    /// session.update(|account| account.name = "Ada".into())?;
    /// let response = jar.close(&session, [])?;
    ///
    /// let account = jar.value_of(response.set_cookies)?.expect("a session was set");
    /// assert_eq!(account.name, "Ada");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn value_of(
        &self,
        set_cookies: impl IntoIterator<Item = impl AsRef<[u8]>>,
    ) -> Result<Option<T>, Refusal> {
        let session = self.open([cookie_header(set_cookies)], FetchMetadata::default());
        match Session::peek(&session) {
            (Origin::Absent { .. }, _) => Ok(None),
            (Origin::Opened { .. }, value) => Ok(Some(value.clone())),
            (Origin::Refused(refusal), _) => Err(refusal.clone()),
        }
    }
}

/// Joins what a browser without cookies would send back.
fn cookie_header(set_cookies: impl IntoIterator<Item = impl AsRef<[u8]>>) -> String {
    let mut header = String::new();
    for line in set_cookies {
        let line = String::from_utf8_lossy(line.as_ref());
        let Ok(cookie) = Cookie::parse(&*line) else {
            continue;
        };
        if cookie.max_age().is_some_and(|it| it.is_zero()) {
            continue;
        }
        if !header.is_empty() {
            header.push_str("; ");
        }
        header.push_str(&cookie.stripped().to_string());
    }
    header
}

#[cfg(all(test, feature = "testing"))]
mod tests {
    use crate::data::SessionData;
    use crate::error::Refusal;
    use crate::jar::Jar;
    use crate::request::FetchMetadata;
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

        // Several parts, and a cookie of somebody else.
        let long = Note("x".repeat(6_000));
        let session = jar.open(None::<String>, FetchMetadata::default());
        session.update(|note| *note = long.clone()).unwrap();
        let set = jar.close(&session, []).unwrap().set_cookies;
        let mut lines: Vec<String> = set.into_iter().collect();
        assert!(lines.len() > 1);
        lines.insert(1, "theme=dark; Path=/".into());
        assert_eq!(jar.value_of(&lines).unwrap().as_ref(), Some(&long));

        let session = jar.open([jar.cookie_for(&long).unwrap()], FetchMetadata::default());
        session.purge();
        let removed = jar.close(&session, []).unwrap().set_cookies;
        assert_eq!(jar.value_of(removed).unwrap(), None);

        let other = Jar::<Note>::new(testing::ring(), "test").unwrap();
        assert!(matches!(
            other.value_of(&lines).unwrap_err(),
            Refusal::Token(_) | Refusal::TornChunks
        ));
    }
}
