//! The handlers, and what they do with their sessions.
//!
//! Two session types, two cookies: a visitor, and messages for the next page. `shop::Sealed` has
//! what the shop does with them. The handlers of `examples/axum-ssr` are the same, word for word
//! except `Data` and `State`.

use actix_web::web::{Data, Form, Query, ServiceConfig, resource, route};
use actix_web::{HttpResponse, Route, guard};
use sealjar_actix::{Authenticated, Flash, Session, SessionError};
use shop::visitor::Visitor;
use shop::{Choice, Credentials, Replica, Sealed, Wanted};

use crate::response::response;

type Answered = Result<HttpResponse, SessionError>;

pub(crate) fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/").route(look().to(shelf)))
        .service(resource("/login").route(look().to(login_form)).post(log_in))
        .service(resource("/account").route(look().to(account)))
        .service(resource("/logout").post(log_out))
        .service(resource("/logout-everywhere").post(log_out_everywhere))
        .service(resource("/add").post(add))
        .service(resource("/remove").post(remove))
        .service(resource("/panel").route(look().to(panel)));
}

/// GET, and HEAD like GET without a body (RFC 9110 section 9.3.2), which `web::get` does not
/// include.
pub(crate) fn look() -> Route {
    route().guard(guard::Any(guard::Get()).or(guard::Head()))
}

async fn shelf(
    session: Session<Visitor>,
    flash: Session<Flash>,
    replica: Data<Replica>,
) -> Answered {
    let visit = Sealed::new(&session, &flash);
    Ok(response(shop::shelf(&visit, &replica).await?))
}

async fn login_form(
    session: Session<Visitor>,
    flash: Session<Flash>,
    replica: Data<Replica>,
    Query(wanted): Query<Wanted>,
) -> Answered {
    let visit = Sealed::new(&session, &flash);
    Ok(response(shop::login_form(&visit, &replica, wanted).await?))
}

async fn log_in(
    session: Session<Visitor>,
    flash: Session<Flash>,
    replica: Data<Replica>,
    Form(credentials): Form<Credentials>,
) -> Answered {
    let visit = Sealed::new(&session, &flash);
    Ok(response(shop::log_in(&visit, &replica, credentials).await?))
}

async fn account(
    session: Authenticated<Visitor>,
    flash: Session<Flash>,
    replica: Data<Replica>,
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
    replica: Data<Replica>,
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
    replica: Data<Replica>,
) -> Answered {
    let visit = Sealed::new(&session, &flash);
    Ok(response(shop::panel(&visit, &replica).await?))
}
