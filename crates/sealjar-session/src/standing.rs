//! Does a session still go on, long after it was opened?

use sealjar::Timestamp;

use crate::arrival::Origin;
use crate::data::SessionData;
use crate::error::Refusal;
use crate::session::Session;

/// How the session that came stands now, as [`Session::recheck`] finds it.
#[derive(Clone, Debug, Eq, PartialEq)]
#[must_use = "a session that has ended goes on until its handler acts on it"]
#[non_exhaustive]
pub enum Standing {
    /// No session came: the visitor was anonymous from the start.
    Anonymous,
    /// The session has ended, and why: its cookie would be refused now.
    Ended(Refusal),
    /// The session's cookie would still be opened.
    #[non_exhaustive]
    GoesOn {
        /// The first second in which it no longer opens, unless a later response has extended it.
        expires_at: Timestamp,
    },
}

impl Standing {
    /// Returns whether a session came and still goes on.
    #[must_use]
    pub const fn goes_on(&self) -> bool {
        matches!(self, Self::GoesOn { .. })
    }
}

impl<T: SessionData> Session<T> {
    /// Opens the cookie that came once more, by the ring and the time of now. For handlers that outlive
    /// their response, such as those of a WebSocket or of server-sent events: a session is opened once,
    /// when the request begins, and [`get`](Self::get) and [`origin`](Self::origin) say for ever what was
    /// found then.
    ///
    /// It finds out what this replica can know: a revoked session, person or key, a key that has left the
    /// ring, the end of the idle time and of the lifetime. It does not know
    /// * that the visitor has logged out in another tab. Browsers keep that to themselves until their next
    ///   request. End such connections where your application logs people out, or compare a number such
    ///   as `auth_version` with your database;
    /// * that another response has extended the session since. [`Refusal::Token`] with
    ///   [`OpenError::Expired`](sealjar::OpenError::Expired) says that the copy which came is over: close
    ///   the connection, and let the page connect again with the cookie that the browser has now.
    ///
    /// It changes nothing, may be called at any time, and costs what opening costs, a few microseconds.
    /// It counts in [`Jar::uses`](crate::Jar::uses), and logs a refusal, as opening does.
    ///
    /// # Examples
    /// ```
    /// use sealjar_session::{Session, SessionData, Standing};
    ///
    /// /// What a WebSocket asks once a minute, and before it does anything that matters.
    /// fn may_go_on<T: SessionData>(session: &Session<T>) -> Result<(), String> {
    ///     match session.recheck() {
    ///         Standing::GoesOn { .. } => Ok(()),
    ///         Standing::Ended(why) => Err(why.to_string()),
    ///         _ => Err("log in first".into()),
    ///     }
    /// }
    /// ```
    pub fn recheck(&self) -> Standing {
        let Some(received) = &self.open().received else {
            return Standing::Anonymous;
        };
        let state = self.state();
        if state.ends_what_came() || state.leaves_subject(&received.value) {
            return Standing::Ended(Refusal::LoggedOut);
        }
        drop(state);
        let again = Self::jar(self).receive(self.headers(), self.fetch());
        match (again.received, again.origin) {
            (Some(now), _) if now.envelope().id == received.envelope().id => Standing::GoesOn {
                expires_at: now.expires_at(),
            },
            (None, Origin::Refused(refusal)) => Standing::Ended(refusal),
            // Another session came with it, which could not be opened then.
            _ => Standing::Ended(Refusal::Ambiguous),
        }
    }
}
