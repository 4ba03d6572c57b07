//! The table through a plain tower service: no router, no extractor, a request without a body.

use std::convert::Infallible;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use http::Request;
use sealjar_axum::{Authenticated, SessionService, session_of};
use tower::util::BoxService;
use tower::{Layer, ServiceExt, service_fn};
use tower_http::catch_panic::CatchPanicLayer;

use crate::adapter::{Adapter, Answering, Mount};
use crate::exchange::{Exchange, Work};
use crate::on_axum::{answer, respond};

pub(crate) struct Tower;

impl Adapter for Tower {
    const NAME: &'static str = "tower";
    const LAYER: &'static str = "SessionLayer";
    const ADDED_BY: &'static str = ".layer(SessionLayer::new(jar))";

    fn call(mounts: Vec<Mount>, exchange: Arc<Exchange>, request: Request<()>) -> Answering {
        let mut service: Service = BoxService::new(service_fn(move |request| {
            let exchange = Arc::clone(&exchange);
            async move { Ok(handle(&exchange, &request).await) }
        }));
        for mount in mounts {
            service = match mount {
                Mount::Account(jar) => BoxService::new(SessionService::new(jar, service)),
                Mount::AccountKeptAlive(jar) => {
                    BoxService::new(SessionService::new(jar, service).keep_alive(true))
                }
                Mount::Basket(jar) => BoxService::new(SessionService::new(jar, service)),
                Mount::Flash(jar) => BoxService::new(SessionService::new(jar, service)),
                Mount::Grown(jar) => BoxService::new(SessionService::new(jar, service)),
                Mount::PanicCatcher => BoxService::new(
                    CatchPanicLayer::new()
                        .layer(service)
                        .map_response(|response| response.map(Body::new)),
                ),
            };
        }
        Box::pin(async move {
            let Ok(response) = service.oneshot(request).await;
            answer(response).await
        })
    }
}

type Service = BoxService<Request<()>, Response, Infallible>;

async fn handle(exchange: &Exchange, request: &Request<()>) -> Response {
    let extensions = request.extensions();
    match &exchange.work {
        Work::Account(work) => match session_of(extensions) {
            Ok(session) => respond(exchange.run(&session, || work(&session)).await),
            Err(missing) => missing.into_response(),
        },
        Work::Both(work) => match (session_of(extensions), session_of(extensions)) {
            (Ok(session), Ok(basket)) => {
                respond(exchange.run(&session, || work(&session, &basket)).await)
            }
            (Err(missing), _) => missing.into_response(),
            (_, Err(missing)) => missing.into_response(),
        },
        Work::Flash(work) => match session_of(extensions) {
            Ok(session) => respond(exchange.run(&session, || work(&session)).await),
            Err(missing) => missing.into_response(),
        },
        Work::Grown(work) => match session_of(extensions) {
            Ok(session) => respond(exchange.run(&session, || work(&session)).await),
            Err(missing) => missing.into_response(),
        },
        Work::LoggedIn(work) => {
            let (mut parts, ()) = request.clone().into_parts();
            match Authenticated::from_request_parts(&mut parts, &()).await {
                Ok(session) => respond(exchange.run(&session, || work(&session)).await),
                Err(denied) => denied.into_response(),
            }
        }
        Work::Plain(work) => respond(work()),
    }
}
