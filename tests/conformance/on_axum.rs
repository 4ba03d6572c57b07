//! The table through axum: a router, its layers and the extractor.

use std::convert::Infallible;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use http::{HeaderName, HeaderValue, Request, StatusCode};
use http_body_util::BodyExt;
use sealjar_axum::{Authenticated, Flash, Session, SessionError, SessionLayer};
use tower::ServiceExt;
use tower_http::catch_panic::CatchPanicLayer;

use crate::adapter::{Adapter, Answering, Mount};
use crate::answer::{Answer, Header};
use crate::exchange::{self, Exchange, Outcome, Work};
use crate::people::{Account, Basket, Grown};

pub(crate) struct Axum;

impl Adapter for Axum {
    const NAME: &'static str = "axum";
    const LAYER: &'static str = "SessionLayer";
    const ADDED_BY: &'static str = ".layer(SessionLayer::new(jar))";

    fn call(mounts: Vec<Mount>, exchange: Arc<Exchange>, request: Request<()>) -> Answering {
        let mut app = router(exchange);
        for mount in mounts {
            app = match mount {
                Mount::Account(jar) => app.layer(SessionLayer::new(jar)),
                Mount::AccountKeptAlive(jar) => app.layer(SessionLayer::new(jar).keep_alive(true)),
                Mount::Basket(jar) => app.layer(SessionLayer::new(jar)),
                Mount::Flash(jar) => app.layer(SessionLayer::new(jar)),
                Mount::Grown(jar) => app.layer(SessionLayer::new(jar)),
                Mount::PanicCatcher => app.layer(CatchPanicLayer::new()),
            };
        }
        Box::pin(async move {
            let Ok(response) = app.oneshot(request.map(|()| Body::empty())).await;
            answer(response).await
        })
    }
}

fn router(exchange: Arc<Exchange>) -> Router {
    let app = Router::new();
    match exchange.work.clone() {
        Work::Account(work) => app.fallback(move |session: Session<Account>| async move {
            respond(exchange.run(&session, || work(&session)).await)
        }),
        Work::Both(work) => app.fallback(
            move |session: Session<Account>, basket: Session<Basket>| async move {
                respond(exchange.run(&session, || work(&session, &basket)).await)
            },
        ),
        Work::Flash(work) => app.fallback(move |session: Session<Flash>| async move {
            respond(exchange.run(&session, || work(&session)).await)
        }),
        Work::Grown(work) => app.fallback(move |session: Session<Grown>| async move {
            respond(exchange.run(&session, || work(&session)).await)
        }),
        Work::LoggedIn(work) => app.fallback(move |session: Authenticated<Account>| async move {
            respond(exchange.run(&session, || work(&session)).await)
        }),
        Work::Plain(work) => app.fallback(move || async move { respond(work()) }),
    }
}

/// The handler's result as a response of this framework.
pub(crate) fn respond(outcome: Outcome) -> Response {
    let reply = match outcome {
        Ok(reply) => reply,
        Err(error) => return SessionError::from(error).into_response(),
    };
    let mut response = Response::new(match reply.body {
        exchange::Body::Text(text) => Body::from(text),
        exchange::Body::Stream(chunks) => {
            Body::from_stream(stream::iter(chunks.map(Ok::<_, Infallible>)))
        }
    });
    *response.status_mut() = StatusCode::from_u16(reply.status).unwrap();
    for (name, value) in reply.headers {
        let name = HeaderName::from_static(name);
        let value = HeaderValue::from_static(value);
        response.headers_mut().append(name, value);
    }
    response
}

pub(crate) async fn answer(response: Response) -> Answer {
    let (parts, body) = response.into_parts();
    let headers = parts.headers.iter().map(|(name, value)| Header {
        name: name.to_string(),
        value: value.to_str().unwrap().into(),
        sensitive: value.is_sensitive(),
    });
    Answer {
        status: parts.status.as_u16(),
        headers: headers.collect(),
        body: String::from_utf8(body.collect().await.unwrap().to_bytes().into()).unwrap(),
    }
}
