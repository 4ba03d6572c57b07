//! The feature of the next version of the app: one more field in the session, counted here.

use axum::response::Response;
use axum::routing::{Router, post};
use sealjar_axum::{Flash, Session, SessionError};
use shop::visitor::Visitor;
use shop::{Replica, Sealed};

use crate::response;

pub(crate) fn routes() -> Router<Replica> {
    Router::new().route("/wish", post(wish))
}

async fn wish(session: Session<Visitor>, flash: Session<Flash>) -> Result<Response, SessionError> {
    let visit = Sealed::new(&session, &flash);
    Ok(response(shop::wish(&visit).await?))
}
