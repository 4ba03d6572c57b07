//! How does a handler end every copy of a session, on every replica?

mod error;

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use sealjar::Revocation;

pub use self::error::RevokeError;
use self::error::Unnamed;
use crate::adapter::revoke::{outlive, revocation, revocation_of_subject, subject_record};
use crate::data::SessionData;
use crate::id::SessionId;
use crate::jar::Jar;
use crate::origin::Origin;
use crate::refusal::Refusal;
use crate::session::Session;

/// Ends every copy of a session, on every replica that follows the ring.
///
/// [`Session::purge`] ends a session in one browser. A copy of its cookie, which a thief may have,
/// works until its lifetime is over. A `Revoker` also sends a revocation to the keeper, which
/// commits it, and every replica refuses the session from then on.
///
/// Build one when the program starts, and clone it into the handlers. `sealjar-axum` and
/// `sealjar-actix` make it from what follows the ring: `revoker(follow.revocations())`.
///
/// # Results
/// There are three, and a page has to tell them apart:
/// * `Ok`: the keeper has committed the revocation, and whoever asks it refuses every copy. When
///   the future ends, this replica does too, unless it is 2 seconds behind.
/// * [`RevokeError::NotCommitted`]: the copies work as before.
/// * [`RevokeError::NotKnown`]: it was sent, and no keeper answered. Sending it again is harmless.
///
/// The visitor who asks is logged out of this browser in each case. Nothing is retried after an
/// error: the handler decides.
///
/// # Examples
/// ```
/// use sealjar_session::{RevokeError, Revoker, Session, SessionData};
///
/// async fn log_out<T: SessionData>(session: &Session<T>, revoker: &Revoker) -> &'static str {
///     match revoker.end(session).await {
///         Ok(()) => "You are logged out.",
///         Err(RevokeError::NotCommitted { .. } | RevokeError::NotKnown { .. }) => {
///             "You are logged out of this browser. If somebody may have copied your login, \
///              log out again in a few minutes."
///         }
///     }
/// }
/// ```
#[derive(Clone)]
pub struct Revoker {
    send: Arc<Sends>,
}

type Sends = dyn Fn(Vec<Revocation>) -> Sending + Send + Sync;
type Sending = Pin<Box<dyn Future<Output = Result<(), RevokeError>> + Send>>;

impl Revoker {
    /// Makes one that sends with this function. It gets what to revoke, and returns `Ok` once a
    /// keeper has committed all of it.
    ///
    /// Adapters call this. In your own tests, the function can record what is revoked.
    ///
    /// # Examples
    /// ```
    /// use sealjar_session::Revoker;
    ///
    /// let revoker = Revoker::new(|revocations| async move {
    ///     assert_eq!(revocations.len(), 1);
    ///     Ok(())
    /// });
    /// ```
    pub fn new<F, S>(send: F) -> Self
    where
        F: Fn(Vec<Revocation>) -> S + Send + Sync + 'static,
        S: Future<Output = Result<(), RevokeError>> + Send + 'static,
    {
        Self {
            send: Arc::new(move |revocations| Box::pin(send(revocations))),
        }
    }

    /// Ends this session: purges it, and revokes its id, so that every copy of the cookie is
    /// refused.
    ///
    /// The call purges at once. The future sends, and does nothing until it is awaited. It holds
    /// neither the session nor the revoker, so a task may await it after the response; then nobody
    /// tells the visitor what came of it.
    ///
    /// Without a session, or with one that is revoked already, nothing is sent and the result is
    /// `Ok`. A replica that has not heard of the revocation yet can renew a stolen copy under
    /// another id; [`end_everywhere`](Self::end_everywhere) covers that.
    ///
    /// # Errors
    /// The future's: [`RevokeError`], also for a cookie that this replica cannot open, whose id it
    /// does not know.
    pub fn end<T: SessionData>(
        &self,
        session: &Session<T>,
    ) -> impl Future<Output = Result<(), RevokeError>> + Send + use<T> {
        let wanted = match revocation(session) {
            Some(revocation) => Ok(Some(revocation)),
            None => none_came(session).map(|()| None),
        };
        session.purge();
        self.sending(wanted)
    }

    /// Ends all sessions of this one's [subject](SessionData::subject) in this application, this
    /// one too. "Log out on all devices".
    ///
    /// The call purges this session at once, and the future sends, as [`end`](Self::end) does. The
    /// person can log in again right away.
    ///
    /// # Errors
    /// The future's: [`RevokeError`], also for a session without a subject.
    pub fn end_everywhere<T: SessionData>(
        &self,
        session: &Session<T>,
    ) -> impl Future<Output = Result<(), RevokeError>> + Send + use<T> {
        let wanted = all_of(session);
        session.purge();
        self.sending(wanted)
    }

    /// Ends all sessions of this one's [subject](SessionData::subject) in this application, except
    /// this one. For a visitor who has just changed the password.
    ///
    /// This session is renewed: it gets another id, and its absolute lifetime begins anew. So call
    /// it only for a visitor who has shown fresh credentials, such as the old password with the new
    /// one. A copy of this session's cookie ends with the others.
    ///
    /// While the jar writes to a legacy cookie, this session ends as well: it gets no new birth
    /// there.
    ///
    /// # Errors
    /// The future's: [`RevokeError`], also for a session without a subject. This session goes on
    /// in each case.
    pub fn end_elsewhere<T: SessionData>(
        &self,
        session: &Session<T>,
    ) -> impl Future<Output = Result<(), RevokeError>> + Send + use<T> {
        let wanted = all_of(session);
        if let Ok(Some(revocation)) = wanted {
            outlive(session, revocation);
        }
        self.sending(wanted)
    }

    /// Ends all sessions that a person has in the jar's application. For an administrator, or a job
    /// without a session.
    ///
    /// `subject` is what [`SessionData::subject`] returns for the person. Nobody can check that it
    /// names anybody: with a typo, nothing ends. Somebody who logs in while this is under way may
    /// have to log in again.
    ///
    /// # Errors
    /// The future's: [`RevokeError`].
    ///
    /// # Examples
    /// ```
    /// use sealjar_session::{Jar, RevokeError, Revoker, SessionData};
    ///
    /// async fn lock<T: SessionData>(jar: &Jar<T>, revoker: &Revoker) -> Result<(), RevokeError> {
    ///     // After the account is locked, so that nobody can log in again.
    ///     revoker.revoke_subject(jar, "42").await
    /// }
    /// ```
    pub fn revoke_subject<T: SessionData>(
        &self,
        jar: &Jar<T>,
        subject: &str,
    ) -> impl Future<Output = Result<(), RevokeError>> + Send + use<T> {
        let wanted = subject_record(&jar.shared, subject, None);
        self.sending(wanted.map_err(RevokeError::of_clock))
    }

    /// Ends the session of this id, which [`Session::id`] returned: another device in a list of the
    /// visitor's own, for instance.
    ///
    /// Check whose session it is first: anybody can guess that there is an id, and this ends
    /// whatever it names.
    ///
    /// # Errors
    /// The future's: [`RevokeError`].
    ///
    /// # Examples
    /// ```
    /// use sealjar_session::{RevokeError, Revoker, SessionId};
    ///
    /// /// `id` is of the row that the visitor chose.
    /// async fn end(id: SessionId, revoker: &Revoker) -> Result<(), RevokeError> {
    ///     revoker.revoke_session(id).await
    /// }
    /// # let id: SessionId = "00c0ffee00c0ffee".parse()?;
    /// # _ = id;
    /// # Ok::<(), sealjar_session::NoSessionId>(())
    /// ```
    pub fn revoke_session(
        &self,
        id: SessionId,
    ) -> impl Future<Output = Result<(), RevokeError>> + Send + use<> {
        let id = id.bytes();
        self.sending(Ok(Some(Revocation::Session { id, born: None })))
    }

    pub(crate) fn sending(
        &self,
        wanted: Result<Option<Revocation>, RevokeError>,
    ) -> impl Future<Output = Result<(), RevokeError>> + Send + use<> {
        let send = Arc::clone(&self.send);
        async move {
            match wanted? {
                Some(revocation) => send(vec![revocation]).await,
                None => Ok(()),
            }
        }
    }
}

impl fmt::Debug for Revoker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Revoker").finish_non_exhaustive()
    }
}

/// Returns what to revoke so that all sessions of this one's subject end.
fn all_of<T: SessionData>(session: &Session<T>) -> Result<Option<Revocation>, RevokeError> {
    match revocation_of_subject(session).map_err(RevokeError::of_clock)? {
        Some(revocation) => Ok(Some(revocation)),
        None => match session.origin() {
            Origin::Absent { .. } | Origin::Refused(_) => none_came(session).map(|()| None),
            _ => Err(Unnamed::NoSubject.into()),
        },
    }
}

/// Returns `Ok` if there is nothing to end: no session came, or one that is over everywhere.
fn none_came<T: SessionData>(session: &Session<T>) -> Result<(), RevokeError> {
    match session.origin() {
        Origin::Refused(refusal) if !is_over(refusal) => {
            Err(Unnamed::Unopened(refusal.clone()).into())
        }
        _ => Ok(()),
    }
}

/// Whether every copy of the session that was refused is over. One that has expired may have been
/// extended, and one whose key is revoked sealed again.
const fn is_over(refusal: &Refusal) -> bool {
    matches!(
        refusal,
        Refusal::RevokedSession
            | Refusal::RevokedSubject
            | Refusal::Token(sealjar::OpenError::RevokedAll)
            | Refusal::TooOld
    )
}
