//! The handlers, and what they do with their sessions.
//!
//! Two session types, two cookies: a visitor, and messages for the next page. `shop::Sealed` has
//! what the shop does with them. The handlers of `examples/actix-ssr` are the same, word for word
//! except `State` and `Data`.

use axum::extract::{Query, State};
use axum::response::Response;
use axum::routing::{Router, get, post};
use sealjar_axum::{Authenticated, Flash, Session, SessionError};
use shop::visitor::Visitor;
use shop::{Choice, Credentials, Replica, Sealed, Wanted};

use crate::form::Form;
use crate::response;

type Answered = Result<Response, SessionError>;

pub(crate) fn routes() -> Router<Replica> {
    Router::new()
        .route("/", get(shelf))
        .route("/login", get(login_form).post(log_in))
        .route("/account", get(account))
        .route("/logout", post(log_out))
        .route("/logout-everywhere", post(log_out_everywhere))
        .route("/add", post(add))
        .route("/remove", post(remove))
        .route("/panel", get(panel))
}

async fn shelf(
    session: Session<Visitor>,
    flash: Session<Flash>,
    replica: State<Replica>,
) -> Answered {
    let visit = Sealed::new(&session, &flash);
    Ok(response(shop::shelf(&visit, &replica).await?))
}

async fn login_form(
    session: Session<Visitor>,
    flash: Session<Flash>,
    replica: State<Replica>,
    Query(wanted): Query<Wanted>,
) -> Answered {
    let visit = Sealed::new(&session, &flash);
    Ok(response(shop::login_form(&visit, &replica, wanted).await?))
}

async fn log_in(
    session: Session<Visitor>,
    flash: Session<Flash>,
    replica: State<Replica>,
    Form(credentials): Form<Credentials>,
) -> Answered {
    let visit = Sealed::new(&session, &flash);
    Ok(response(shop::log_in(&visit, &replica, credentials).await?))
}

async fn account(
    session: Authenticated<Visitor>,
    flash: Session<Flash>,
    replica: State<Replica>,
) -> Answered {
    let visit = Sealed::new(&session, &flash);
    Ok(response(shop::account(&visit, &replica).await?))
}

async fn log_out(session: Session<Visitor>, flash: Session<Flash>) -> Answered {
    let visit = Sealed::new(&session, &flash);
    Ok(response(shop::log_out(&visit).await?))
}

async fn log_out_everywhere(
    session: Authenticated<Visitor>,
    flash: Session<Flash>,
    replica: State<Replica>,
) -> Answered {
    let visit = Sealed::new(&session, &flash);
    Ok(response(shop::log_out_everywhere(&visit, &replica).await?))
}

async fn add(
    session: Session<Visitor>,
    flash: Session<Flash>,
    Form(choice): Form<Choice>,
) -> Answered {
    let visit = Sealed::new(&session, &flash);
    Ok(response(shop::add(&visit, &choice).await?))
}

async fn remove(
    session: Session<Visitor>,
    flash: Session<Flash>,
    Form(choice): Form<Choice>,
) -> Answered {
    let visit = Sealed::new(&session, &flash);
    Ok(response(shop::remove(&visit, &choice).await?))
}

async fn panel(
    session: Session<Visitor>,
    flash: Session<Flash>,
    replica: State<Replica>,
) -> Answered {
    let visit = Sealed::new(&session, &flash);
    Ok(response(shop::panel(&visit, &replica).await?))
}
