//! What can a handler find out about its session?

use crate::data::SessionData;
use crate::id::SessionId;
use crate::intent::Intent;
use crate::open;
use crate::origin::Origin;
use crate::refusal::Refusal;
use crate::session::Session;
use crate::validity::Validity;

impl<T: SessionData> Session<T> {
    /// Returns whether the visitor may never see this response: the browser fetches or renders the
    /// page ahead of time (`Sec-Purpose: prefetch`), or asks only for the head (`HEAD`).
    ///
    /// If so, do not do what should happen when the visitor sees the page, such as removing a
    /// message that is shown once.
    ///
    /// # Examples
    /// ```
    /// # use sealjar_session::{FetchMetadata, Jar, Session, SessionData, testing};
    /// # #[derive(Clone, Default, serde::Serialize, serde::Deserialize)]
    /// # struct Account { name: Option<String>, visits: u32 }
    /// # impl SessionData for Account {}
    /// # let jar = Jar::<Account>::new(testing::ring(), "test")?;
    /// # let session = jar.open(None::<String>, FetchMetadata::default());
    /// let prefetch = |name: &str| (name == "sec-purpose").then_some(&b"prefetch"[..]);
    /// let fetch = FetchMetadata::read("GET", prefetch);
    /// assert!(jar.open(None::<String>, fetch).is_speculative());
    /// assert!(!session.is_speculative());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn is_speculative(&self) -> bool {
        self.inner().fetch.is_speculative()
    }

    /// Returns the session's id, `None` while there is no session. It is no secret: it names the
    /// session in logs, and in the ring when it is revoked.
    ///
    /// # Examples
    /// ```
    /// # use sealjar_session::{FetchMetadata, Jar, Session, SessionData, testing};
    /// # #[derive(Clone, Default, serde::Serialize, serde::Deserialize)]
    /// # struct Account { name: Option<String>, visits: u32 }
    /// # impl SessionData for Account {}
    /// # let jar = Jar::<Account>::new(testing::ring(), "test")?;
    /// # let session = jar.open(None::<String>, FetchMetadata::default());
    /// assert!(session.id().is_none());
    /// session.update(|account| account.visits = 1)?;
    /// println!("session {}", session.id().expect("there is a session now"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn id(&self) -> Option<SessionId> {
        let received = self.inner().used().received.as_ref();
        let state = self.inner().state();
        match state.intent {
            Intent::Purge => None,
            Intent::Keep | Intent::Write => received.map(|it| it.envelope().id).or(state.new_id),
            Intent::Renew => state.new_id,
        }
        .map(SessionId)
    }

    /// Returns how often the incoming session had been written, 0 if none came. A lower number than
    /// before means an old copy, or that another of two concurrent writes won.
    ///
    /// # Examples
    /// ```
    /// # use sealjar_session::{FetchMetadata, Jar, Session, SessionData, testing};
    /// # #[derive(Clone, Default, serde::Serialize, serde::Deserialize)]
    /// # struct Account { name: Option<String>, visits: u32 }
    /// # impl SessionData for Account {}
    /// # let jar = Jar::<Account>::new(testing::ring(), "test")?;
    /// # let session = jar.open(None::<String>, FetchMetadata::default());
    /// assert_eq!(session.revision(), 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn revision(&self) -> u32 {
        let received = self.inner().used().received.as_ref();
        received.map_or(0, |received| received.envelope().revision)
    }

    /// Returns where the session comes from, and why a cookie was refused.
    ///
    /// # Examples
    /// ```
    /// # use sealjar_session::{FetchMetadata, Jar, Session, SessionData, testing};
    /// # #[derive(Clone, Default, serde::Serialize, serde::Deserialize)]
    /// # struct Account { name: Option<String>, visits: u32 }
    /// # impl SessionData for Account {}
    /// # let jar = Jar::<Account>::new(testing::ring(), "test")?;
    /// # let session = jar.open(None::<String>, FetchMetadata::default());
    /// # use sealjar_session::Origin;
    /// let session = jar.open(["__Host-Http-session=garbage"], FetchMetadata::default());
    /// match session.origin() {
    ///     Origin::Refused(refusal) => assert_eq!(refusal.kind().as_str(), "malformed"),
    ///     other => panic!("{other:?}"),
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.inner().used().origin
    }

    /// Opens the incoming cookie again, with the present ring and time. For handlers that outlive
    /// their response, such as WebSockets or server-sent events: a session is opened once, when the
    /// request begins, and [`get`](Self::get) and [`origin`](Self::origin) keep returning what was
    /// found then.
    ///
    /// It detects what this replica can know: a revoked session, person or key, a key that has left
    /// the ring, the end of the idle time and of the lifetime. It cannot detect
    /// * that the visitor has logged out in another tab. Browsers tell the server with their next
    ///   request. End such connections where your application logs people out, or compare a number
    ///   such as `auth_version` with your database;
    /// * that another response has extended the session meanwhile. [`Refusal::Token`] with
    ///   [`OpenError::Expired`](sealjar::OpenError::Expired) means that the incoming copy has
    ///   expired: close the connection, and let the page connect again with the cookie that the
    ///   browser has now.
    ///
    /// It changes nothing, may be called at any time, and costs as much as opening, a few
    /// microseconds. Like opening, it counts in [`Jar::uses`](crate::Jar::uses) and logs a refusal.
    ///
    /// # Examples
    /// ```
    /// use sealjar_session::{Session, SessionData, Validity};
    ///
    /// /// A WebSocket calls this once a minute, and before it does anything that matters.
    /// fn may_go_on<T: SessionData>(session: &Session<T>) -> Result<(), String> {
    ///     match session.recheck() {
    ///         Validity::Valid { .. } => Ok(()),
    ///         Validity::Ended(why) => Err(why.to_string()),
    ///         _ => Err("log in first".into()),
    ///     }
    /// }
    /// ```
    pub fn recheck(&self) -> Validity {
        let inner = self.inner();
        let Some(received) = &inner.incoming().received else {
            return Validity::Anonymous;
        };
        let state = inner.state();
        if state.ends_what_came() || state.logs_out(Some(&*received.value)) {
            return Validity::Ended(Refusal::LoggedOut);
        }
        drop(state);
        let again = open::open::<T>(&inner.jar, &inner.headers, inner.fetch);
        match (again.received, again.origin) {
            (Some(now), _) if now.envelope().id == received.envelope().id => Validity::Valid {
                expires_at: now.expires_at(),
            },
            (None, Origin::Refused(refusal)) => Validity::Ended(refusal),
            // Another session came as well, and could not be opened then.
            _ => Validity::Ended(Refusal::Ambiguous),
        }
    }
}
