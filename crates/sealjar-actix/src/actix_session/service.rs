//! How does an `actix_session::Session` get its entries before a handler asks for it?

use std::task::{Context, Poll};

use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse};
use actix_web::{Error, HttpMessage};
use sealjar_session::adapter;

use super::future::{EntriesFuture, Lent};
use super::lender::Lender;
use super::{Entries, Settings};
use crate::extract::session_of;

/// Fills each request's `actix_session::Session`, and takes its changes back.
#[derive(Debug)]
pub struct EntriesService<S> {
    settings: Settings,
    lender: Lender,
    inner: S,
}

impl<S> EntriesService<S> {
    pub(super) fn new(settings: Settings, inner: S) -> Self {
        Self {
            settings,
            lender: Lender::new(),
            inner,
        }
    }

    fn lend(&self, request: &ServiceRequest) -> Result<Option<Lent>, Error> {
        let sealed = session_of::<Entries>(&request.extensions())?;
        if request.extensions_mut().insert(AlreadyLent).is_some() {
            // If the middleware is mounted twice, the outer one fills the session and takes it
            // back.
            return Ok(None);
        }
        if self.settings.keep_alive {
            adapter::keep_alive_if_used(&sealed);
        }
        if self.settings.subject_key.is_none() {
            adapter::lacks_subject(&sealed, "say SessionMiddleware::subject_key");
        }
        let before = sealed.get();
        let lent = self.lender.lend(request, &before)?;
        Ok(Some(Lent {
            sealed,
            before,
            lent,
            subject_key: self.settings.subject_key.clone(),
            revoker: self.settings.revoker.clone(),
        }))
    }
}

impl<S, B> Service<ServiceRequest> for EntriesService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    type Response = S::Response;
    type Error = Error;
    type Future = EntriesFuture<S::Future>;

    fn poll_ready(&self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&self, request: ServiceRequest) -> Self::Future {
        match self.lend(&request) {
            Ok(lent) => EntriesFuture::running(lent, self.inner.call(request)),
            Err(error) => EntriesFuture::failed(error),
        }
    }
}

/// Marks a request whose session is filled.
struct AlreadyLent;
