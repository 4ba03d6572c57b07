//! The response to a form that cannot be read.

use axum::extract::rejection::FormRejection;
use axum::extract::{FromRequest, Request};
use axum::response::Response;

use crate::response;

/// A form. An unreadable one is answered in the shop's words.
pub(crate) struct Form<T>(pub(crate) T);

impl<T, S> FromRequest<S> for Form<T>
where
    axum::Form<T>: FromRequest<S, Rejection = FormRejection>,
    S: Send + Sync,
{
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        match axum::Form::from_request(request, state).await {
            Ok(axum::Form(form)) => Ok(Self(form)),
            Err(rejection) => Err(response(shop::unreadable_form(rejection.status().as_u16()))),
        }
    }
}
