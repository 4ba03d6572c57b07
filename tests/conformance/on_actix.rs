//! The table through actix-web: an app, its middlewares and the extractor.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::panic::AssertUnwindSafe;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};

use actix_web::body::to_bytes;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform};
use actix_web::error::ErrorInternalServerError;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::test::{TestRequest, init_service};
use actix_web::web::Bytes;
use actix_web::{App, Error, HttpResponse, HttpResponseBuilder, Route, web};
use futures_util::future::LocalBoxFuture;
use futures_util::{FutureExt, stream};
use http::Request;
use sealjar_actix::{Authenticated, Flash, Session, SessionError, SessionMiddleware};

use crate::adapter::{Adapter, Answering, Mount};
use crate::answer::{Answer, Header};
use crate::exchange::{Body, Exchange, Outcome, Work};
use crate::people::{Account, Basket, Grown};

pub(crate) struct Actix;

impl Adapter for Actix {
    const NAME: &'static str = "actix-web";
    const LAYER: &'static str = "SessionMiddleware";
    const ADDED_BY: &'static str = ".wrap(SessionMiddleware::new(jar))";

    fn call(mounts: Vec<Mount>, exchange: Arc<Exchange>, request: Request<()>) -> Answering {
        Box::pin(async move {
            let app = App::new()
                .default_service(route(exchange))
                .wrap(Stack(mounts));
            let app = init_service(app).await;
            match app.call(translated(&request).to_request()).await {
                Ok(response) => answer(response.into()).await,
                // The server turns an error that no middleware handled into a response.
                Err(error) => answer(error.error_response()).await,
            }
        })
    }
}

fn route(exchange: Arc<Exchange>) -> Route {
    match exchange.work.clone() {
        Work::Account(work) => web::to(move |session: Session<Account>| {
            let (exchange, work) = (Arc::clone(&exchange), Arc::clone(&work));
            async move { respond(exchange.run(&session, || work(&session)).await) }
        }),
        Work::Both(work) => web::to(move |session: Session<Account>, basket: Session<Basket>| {
            let (exchange, work) = (Arc::clone(&exchange), Arc::clone(&work));
            async move { respond(exchange.run(&session, || work(&session, &basket)).await) }
        }),
        Work::Flash(work) => web::to(move |session: Session<Flash>| {
            let (exchange, work) = (Arc::clone(&exchange), Arc::clone(&work));
            async move { respond(exchange.run(&session, || work(&session)).await) }
        }),
        Work::Grown(work) => web::to(move |session: Session<Grown>| {
            let (exchange, work) = (Arc::clone(&exchange), Arc::clone(&work));
            async move { respond(exchange.run(&session, || work(&session)).await) }
        }),
        Work::LoggedIn(work) => web::to(move |session: Authenticated<Account>| {
            let (exchange, work) = (Arc::clone(&exchange), Arc::clone(&work));
            async move { respond(exchange.run(&session, || work(&session)).await) }
        }),
        Work::Plain(work) => web::to(move || ready(respond(work()))),
    }
}

fn respond(outcome: Outcome) -> Result<HttpResponse, SessionError> {
    let reply = outcome?;
    let mut response = HttpResponseBuilder::new(StatusCode::from_u16(reply.status).unwrap());
    for header in reply.headers {
        response.append_header(header);
    }
    Ok(match reply.body {
        Body::Text(text) => response.body(text),
        Body::Stream(chunks) => response.streaming(stream::iter(
            chunks.map(|chunk| Ok::<_, Infallible>(Bytes::from(chunk))),
        )),
    })
}

/// The request in the words of `http` 0.2.
fn translated(request: &Request<()>) -> TestRequest {
    let method = Method::from_bytes(request.method().as_str().as_bytes()).unwrap();
    let translated = TestRequest::with_uri(&request.uri().to_string()).method(method);
    let headers = request.headers().iter();
    headers.fold(translated, |translated, (name, value)| {
        translated.append_header((
            HeaderName::from_bytes(name.as_str().as_bytes()).unwrap(),
            HeaderValue::from_bytes(value.as_bytes()).unwrap(),
        ))
    })
}

async fn answer(response: HttpResponse) -> Answer {
    let (head, body) = response.into_parts();
    let headers = head.headers().iter().map(|(name, value)| Header {
        name: name.to_string(),
        value: value.to_str().unwrap().into(),
        sensitive: value.is_sensitive(),
    });
    let mut headers: Vec<Header> = headers.collect();
    // Its map has no order of names. Headers of one name keep theirs.
    headers.sort_by(|a, b| a.name.cmp(&b.name));
    Answer {
        status: head.status().as_u16(),
        headers,
        body: String::from_utf8(to_bytes(body).await.unwrap().into()).unwrap(),
    }
}

/// Several middlewares in one, because each `wrap` gives an app another type.
struct Stack(Vec<Mount>);

type Answered = LocalBoxFuture<'static, Result<ServiceResponse, Error>>;

struct Stacked(Rc<dyn Fn(ServiceRequest) -> Answered>);

impl<S> Transform<S, ServiceRequest> for Stack
where
    S: Service<ServiceRequest, Response = ServiceResponse, Error = Error> + 'static,
{
    type Response = ServiceResponse;
    type Error = Error;
    type Transform = Stacked;
    type InitError = ();
    type Future = Ready<Result<Stacked, ()>>;

    fn new_transform(&self, app: S) -> Self::Future {
        let app = Stacked::of(app);
        let stacked = self
            .0
            .iter()
            .cloned()
            .fold(app, |inner, mount| match mount {
                Mount::Account(jar) => inner.within(&SessionMiddleware::new(jar)),
                Mount::AccountKeptAlive(jar) => {
                    inner.within(&SessionMiddleware::new(jar).keep_alive(true))
                }
                Mount::Basket(jar) => inner.within(&SessionMiddleware::new(jar)),
                Mount::Flash(jar) => inner.within(&SessionMiddleware::new(jar)),
                Mount::Grown(jar) => inner.within(&SessionMiddleware::new(jar)),
                Mount::PanicCatcher => inner.caught(),
            });
        ready(Ok(stacked))
    }
}

impl Stacked {
    fn of<S>(service: S) -> Self
    where
        S: Service<ServiceRequest, Response = ServiceResponse, Error = Error> + 'static,
    {
        Self(Rc::new(move |request| Box::pin(service.call(request))))
    }

    fn within<M>(self, middleware: &M) -> Self
    where
        M: Transform<Self, ServiceRequest, Response = ServiceResponse, Error = Error>,
        M::Transform: 'static,
        M::InitError: std::fmt::Debug,
    {
        let made = middleware.new_transform(self).now_or_never();
        Self::of(made.unwrap().unwrap())
    }

    /// actix-web has no middleware that catches panics. This one cannot keep the request for a
    /// response of its own, which routing forbids, so it returns an error.
    fn caught(self) -> Self {
        Self(Rc::new(move |request| {
            let answering = AssertUnwindSafe(self.call(request)).catch_unwind();
            Box::pin(async {
                answering
                    .await
                    .unwrap_or_else(|_| Err(ErrorInternalServerError("the handler panicked")))
            })
        }))
    }
}

impl Service<ServiceRequest> for Stacked {
    type Response = ServiceResponse;
    type Error = Error;
    type Future = Answered;

    fn poll_ready(&self, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&self, request: ServiceRequest) -> Answered {
        (self.0)(request)
    }
}
