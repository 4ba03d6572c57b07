//! What has become of an `actix_session::Session` when the handler has answered?

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use actix_session::{Session, SessionStatus};
use actix_web::body::BoxBody;
use actix_web::dev::ServiceResponse;
use actix_web::http::StatusCode;
use actix_web::{Error, HttpResponse, ResponseError};
use pin_project_lite::pin_project;
use sealjar_session::adapter::end_copies;
use sealjar_session::{Origin, Revoker, UpdateError};

use super::Entries;
use super::entries::subject;
use crate::error::SessionError;

/// A session with its entries, and a copy of the entries from before.
pub(super) struct Lent {
    pub(super) sealed: sealjar_session::Session<Entries>,
    pub(super) before: Arc<Entries>,
    pub(super) lent: Session,
    pub(super) subject_key: Option<Arc<str>>,
    pub(super) revoker: Option<Revoker>,
}

/// Ends the copies of a session that a handler has purged.
type Ending = Pin<Box<dyn Future<Output = ()>>>;

impl Lent {
    /// Applies the changes of the lent session to the sealed one. Returns what is still to be
    /// waited for, if the session has ended.
    fn take_back(&self) -> Result<Option<Ending>, UpdateError> {
        let status = self.lent.status();
        if status == SessionStatus::Purged {
            self.sealed.purge();
            let revoker = self.revoker.as_ref();
            return Ok(revoker.map(|revoker| Box::pin(end_copies(revoker, &self.sealed)) as Ending));
        }
        let entries = self.lent.entries();
        if !self.before.are(&entries) {
            if !Arc::ptr_eq(&self.sealed.get(), &self.before) {
                tracing::error!(
                    target: "sealjar",
                    "one request changed both its actix_session::Session and the Session<Entries> under \
                     it: kept the latter"
                );
                return Ok(None);
            }
            let subject_key = self.subject_key.as_deref();
            let subject = subject_key.and_then(|key| subject(key, entries.get(key)?));
            let after = Entries::copied(&entries, subject);
            self.sealed.update(|value| *value = after)?;
        } else if status == SessionStatus::Changed {
            // A handler inserted an equal value. Then actix-session extends the session, whatever
            // kind of request this is.
            self.sealed.keep_alive();
        }
        let is_something = !entries.is_empty()
            || matches!(
                self.sealed.origin(),
                Origin::Legacy { .. } | Origin::Opened { .. }
            );
        if status == SessionStatus::Renewed && is_something {
            self.sealed.renew();
        }
        Ok(None)
    }
}

/// A change that cannot be sealed. It answers like actix-session: with a status and no body.
#[derive(Debug)]
struct NotSaved(SessionError);

impl fmt::Display for NotSaved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl ResponseError for NotSaved {
    fn status_code(&self) -> StatusCode {
        self.0.status_code()
    }

    fn error_response(&self) -> HttpResponse<BoxBody> {
        HttpResponse::new(self.0.error_response().status())
    }
}

pin_project! {
    /// The response of an [`EntriesService`](super::EntriesService).
    pub struct EntriesFuture<F>
    where
        F: Future,
    {
        #[pin]
        kind: Kind<F>,
    }
}

pin_project! {
    #[project = KindProj]
    enum Kind<F>
    where
        F: Future,
    {
        Failed { error: Option<Error> },
        Running {
            lent: Option<Lent>,
            ending: Option<(Ending, F::Output)>,
            #[pin] inner: F,
        },
    }
}

impl<F: Future> EntriesFuture<F> {
    pub(super) const fn failed(error: Error) -> Self {
        Self {
            kind: Kind::Failed { error: Some(error) },
        }
    }

    pub(super) const fn running(lent: Option<Lent>, inner: F) -> Self {
        Self {
            kind: Kind::Running {
                lent,
                ending: None,
                inner,
            },
        }
    }
}

impl<F, B> Future for EntriesFuture<F>
where
    F: Future<Output = Result<ServiceResponse<B>, Error>>,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().kind.project() {
            KindProj::Failed { error } => match error.take() {
                Some(error) => Poll::Ready(Err(error)),
                None => Poll::Pending,
            },
            KindProj::Running {
                lent,
                ending,
                inner,
            } => {
                if ending.is_none() {
                    let output = ready!(inner.poll(context));
                    // Even if an inner middleware failed: changes are kept whatever the response
                    // is.
                    let wait = match lent.take() {
                        Some(lent) => lent.take_back().map_err(|error| NotSaved(error.into()))?,
                        None => None,
                    };
                    match wait {
                        Some(wait) => *ending = Some((wait, output)),
                        None => return Poll::Ready(output),
                    }
                }
                if let Some((wait, _)) = ending {
                    ready!(wait.as_mut().poll(context));
                }
                match ending.take() {
                    Some((_, output)) => Poll::Ready(output),
                    None => Poll::Pending,
                }
            }
        }
    }
}

impl<F: Future> fmt::Debug for EntriesFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EntriesFuture").finish_non_exhaustive()
    }
}
