//! Cookies that another library has written, and that a jar opens while an application moves to
//! this one.

mod door;
mod doors;
mod erased;
#[cfg(feature = "legacy-cookies")]
mod layout;
mod open;
#[cfg(feature = "legacy-cookies")]
mod secured;

use std::fmt;

use sealjar::Timestamp;

use crate::cookie::attributes::Scope;
use crate::data::SessionData;

use erased::{Read, Text};

pub(crate) use door::{Door, Opener, Passage, Unwritten};
pub use doors::LegacyUses;
pub(crate) use doors::{Came, Doors};
#[cfg(feature = "legacy-cookies")]
pub use layout::LegacyLayout;
pub(crate) use open::open;

/// A cookie that the application's former session library has written.
/// [`JarBuilder::also_opens`](crate::JarBuilder::also_opens) takes it.
///
/// It has a name, something that authenticates its value, and a function that makes a session of
/// what was authenticated.
///
/// # Security
/// While a jar opens it, the key of this cookie is worth as much as the ring: anyone who has it can
/// write sessions. The jar holds a copy of the key that is not wiped from memory.
pub struct LegacyCookie<T> {
    name: String,
    scope: Scope,
    until: Option<Timestamp>,
    lock: Lock,
    #[cfg(feature = "legacy-cookies")]
    layout: LegacyLayout,
    read: Read<T>,
    write: Option<Text<T>>,
}

/// What authenticates a cookie's value.
enum Lock {
    /// The application's own function.
    Own,
    /// The ring, under another name of the application.
    Sealed(String),
    #[cfg(feature = "legacy-cookies")]
    Secured(Result<secured::Secured, usize>),
}

impl<T: SessionData> LegacyCookie<T> {
    /// Takes a cookie that the application authenticates itself. `open` gets the cookie's value as
    /// the browser sent it, and returns the session, or `None` if the value does not authenticate.
    ///
    /// For cookies of libraries that have no constructor here, and for tokens that the application
    /// has sealed itself.
    ///
    /// # Security
    /// Anyone can send anything as this cookie. Whatever `open` returns is a session.
    ///
    /// # Examples
    /// ```
    /// # use sealjar_session::{Jar, SessionData, testing};
    /// use sealjar::{Context, Key, LiveRing, Sealer, Suite, Timestamp};
    /// use sealjar_session::LegacyCookie;
    ///
    /// #[derive(Clone, Default, serde::Serialize, serde::Deserialize)]
    /// struct Account { name: String }
    /// impl SessionData for Account {}
    ///
    /// // Until now the application sealed its sessions by hand, for a purpose of its own.
    /// let ring = LiveRing::from(Key::generate(Suite::Xaes256Gcm)?);
    /// let by_hand = Sealer::new(&ring, Context::new("shop-prod", "login").cookie_name("login"))?;
    /// let former = LegacyCookie::authenticated_by("login", move |value| {
    ///     let opened = by_hand.open(value).ok()?;
    ///     Some(Account { name: String::from_utf8(opened.payload().to_vec()).ok()? })
    /// });
    /// let jar: Jar<Account> = Jar::builder(&ring, "shop-prod")
    ///     .also_opens(former, Timestamp::now()?) // in an application, the date of the change
    ///     .build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn authenticated_by(
        name: impl Into<String>,
        open: impl Fn(&str) -> Option<T> + Send + Sync + 'static,
    ) -> Self {
        Self::locked(name.into(), Lock::Own, Box::new(open))
    }

    /// Takes a cookie that this application's own jar has sealed, under another name of the
    /// application or of the cookie, so that either can change. The session type, the ring and the
    /// [binding](crate::JarBuilder::binding) are the jar's.
    ///
    /// Such a session keeps its id and its birth, and what a newer build has appended to it. The
    /// ring revokes it under both names of the application.
    ///
    /// Roll out twice here too: first the jar as it was, which also opens the new name, then the
    /// new jar, which also opens the old one. [`keep_writing`](Self::keep_writing) is not for this.
    ///
    /// # Examples
    /// ```
    /// # use sealjar_session::{FetchMetadata, Jar, LegacyCookie, SessionData, testing};
    /// # #[derive(Clone, Default, serde::Serialize, serde::Deserialize)]
    /// # struct Account { name: String }
    /// # impl SessionData for Account {}
    /// # let (ring, since) = (testing::ring(), sealjar::Timestamp::now()?);
    /// let before = Jar::<Account>::new(&ring, "shop")?;
    /// let now = Jar::<Account>::builder(&ring, "shop-prod")
    ///     .also_opens(LegacyCookie::sealed("shop", before.cookie_name()), since)
    ///     .build()?;
    ///
    /// let cookie = before.cookie_for(&Account { name: "Ada".into() })?;
    /// assert_eq!(now.open([cookie], FetchMetadata::default()).get().name, "Ada");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn sealed(app: impl Into<String>, name: impl Into<String>) -> Self {
        // The jar reads it as its own.
        Self::locked(name.into(), Lock::Sealed(app.into()), Box::new(|_| None))
    }

    /// Takes a cookie of `cookie`'s `PrivateJar`, which axum-extra's `PrivateCookieJar`,
    /// actix-session and tower-sessions-cookie-store use too.
    ///
    /// `key` is the whole of its key, such as `Key::master` returns it: at least 64 bytes. `read`
    /// makes a session of the text in the cookie, and returns `None` if it is none.
    ///
    /// # Examples
    /// ```
    /// # use sealjar_session::{Jar, SessionData, testing};
    /// use sealjar_session::LegacyCookie;
    ///
    /// #[derive(Clone, Default, serde::Serialize, serde::Deserialize)]
    /// struct Account { name: String }
    /// impl SessionData for Account {}
    ///
    /// # let key = cookie::Key::generate();
    /// let former = LegacyCookie::private("session", key.master(), |text| {
    ///     serde_json::from_str(text).ok()
    /// });
    /// let jar: Jar<Account> = Jar::builder(testing::ring(), "shop-prod")
    ///     .also_opens(former, "2025-06-02T00:00:00Z".parse()?)
    ///     .build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg(feature = "legacy-cookies")]
    pub fn private(
        name: impl Into<String>,
        key: &[u8],
        read: impl Fn(&str) -> Option<T> + Send + Sync + 'static,
    ) -> Self {
        let lock = Lock::Secured(secured::Secured::private(key));
        Self::locked(name.into(), lock, Box::new(read))
    }

    /// Takes a cookie of `cookie`'s `SignedJar`, as [`private`](Self::private) does one of its
    /// `PrivateJar`.
    ///
    /// # Examples
    /// ```
    /// # use sealjar_session::{Jar, testing};
    /// use sealjar_session::LegacyCookie;
    ///
    /// # let key = cookie::Key::generate();
    /// // The signed text was the number of visits.
    /// let former = LegacyCookie::signed("visits", key.master(), |text| text.parse().ok());
    /// # #[derive(Clone, Default, serde::Serialize, serde::Deserialize)]
    /// # struct Visits(u32);
    /// # impl std::str::FromStr for Visits {
    /// #     type Err = std::num::ParseIntError;
    /// #     fn from_str(text: &str) -> Result<Self, Self::Err> { text.parse().map(Self) }
    /// # }
    /// # impl sealjar_session::SessionData for Visits {}
    /// let jar: Jar<Visits> = Jar::builder(testing::ring(), "shop-prod")
    ///     .also_opens(former, "2025-06-02T00:00:00Z".parse()?)
    ///     .build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg(feature = "legacy-cookies")]
    pub fn signed(
        name: impl Into<String>,
        key: &[u8],
        read: impl Fn(&str) -> Option<T> + Send + Sync + 'static,
    ) -> Self {
        let lock = Lock::Secured(secured::Secured::signed(key));
        Self::locked(name.into(), lock, Box::new(read))
    }

    /// Names the library whose text is in the cookie. `read` then gets the session's values alone,
    /// as one JSON object. By default it gets the text as it is.
    ///
    /// # Examples
    /// ```
    /// # use sealjar_session::{Jar, SessionData, testing};
    /// use sealjar_session::{LegacyCookie, LegacyLayout};
    ///
    /// #[derive(Clone, Default, serde::Serialize, serde::Deserialize)]
    /// struct Account { name: String }
    /// impl SessionData for Account {}
    ///
    /// # let key = cookie::Key::generate();
    /// // What handlers have inserted as `name`.
    /// let former = LegacyCookie::private("id", key.master(), |values| {
    ///     serde_json::from_str(values).ok()
    /// });
    /// let jar: Jar<Account> = Jar::builder(testing::ring(), "shop-prod")
    ///     .also_opens(former.layout(LegacyLayout::ActixSession), "2025-06-02T00:00:00Z".parse()?)
    ///     .build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg(feature = "legacy-cookies")]
    #[must_use]
    pub const fn layout(mut self, layout: LegacyLayout) -> Self {
        self.layout = layout;
        self
    }

    /// Names the domain and the path that the cookie was set with, `None` for no domain. By default
    /// it has no domain and the path `/`.
    ///
    /// A browser removes a cookie only if both are right. If they are not, the cookie stays beside
    /// the jar's, and is back after a logout. A cookie that was set without `Path` has the path of
    /// the page that set it, up to the last `/`.
    #[must_use]
    pub fn scope(mut self, domain: Option<&str>, path: impl Into<String>) -> Self {
        self.scope = Scope {
            domain: domain.map(str::to_owned),
            path: path.into(),
        };
        self
    }

    /// Stops opening the cookie at this time, if it is earlier than the jar would.
    #[must_use]
    pub const fn until(mut self, end: Timestamp) -> Self {
        self.until = Some(end);
        self
    }

    /// Writes sessions to this cookie instead of the jar's own, so that replicas that still run the
    /// former library read them. `write` returns the text that the former library would have
    /// written: for a [`layout`](Self::layout) the session's values, as one JSON object.
    ///
    /// It is the first of two roll-outs. The first build writes the former cookie and opens both;
    /// the second one, without this call, writes the jar's cookie and opens both. Replicas of two
    /// neighbouring builds understand each other, in both directions, because each session is in
    /// one cookie at a time.
    ///
    /// A session in the former cookie has what the former library gave it and no more. It has no
    /// idle time, [`SessionData::expiry`] means nothing, and its birth is the date of the change:
    /// if the ring revokes a person, their next login is refused too, until the second roll-out.
    ///
    /// # Examples
    /// ```
    /// # use sealjar_session::{Jar, SessionData, testing};
    /// use sealjar_session::LegacyCookie;
    ///
    /// #[derive(Clone, Default, serde::Serialize, serde::Deserialize)]
    /// struct Account { name: String }
    /// impl SessionData for Account {}
    ///
    /// # let key = cookie::Key::generate();
    /// let former = LegacyCookie::private("session", key.master(), |text| {
    ///     serde_json::from_str(text).ok()
    /// });
    /// let former = former.keep_writing(|account| {
    ///     serde_json::to_string(account).expect("a name is JSON")
    /// });
    /// let jar: Jar<Account> = Jar::builder(testing::ring(), "shop-prod")
    ///     .also_opens(former, sealjar::Timestamp::now()?)
    ///     .build()?;
    /// assert!(jar.cookie_for(&Account::default())?.starts_with("session="));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn keep_writing(mut self, write: impl Fn(&T) -> String + Send + Sync + 'static) -> Self {
        self.write = Some(Box::new(write));
        self
    }

    pub(crate) const fn is_written(&self) -> bool {
        self.write.is_some()
    }

    pub(crate) const fn place(&self) -> &Scope {
        &self.scope
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    fn locked(name: String, lock: Lock, read: Read<T>) -> Self {
        Self {
            name,
            scope: Scope {
                domain: None,
                path: "/".into(),
            },
            until: None,
            lock,
            #[cfg(feature = "legacy-cookies")]
            layout: LegacyLayout::default(),
            read,
            write: None,
        }
    }
}

impl<T> fmt::Debug for LegacyCookie<T> {
    /// Shows no key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LegacyCookie")
            .field("name", &self.name)
            .field("scope", &self.scope)
            .field("until", &self.until)
            .finish_non_exhaustive()
    }
}
