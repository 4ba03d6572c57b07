//! A jar with a clock that the test sets, and a browser.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use actix_http::Request;
use actix_session::storage::CookieSessionStore;
use actix_web::Error;
use actix_web::body::{MessageBody, to_bytes};
use actix_web::cookie::{Cookie, Key};
use actix_web::dev::{Service, ServiceResponse};
use actix_web::http::header::{self, HeaderMap};
use actix_web::http::{Method, StatusCode};
use actix_web::test::TestRequest;
use sealjar_actix::actix_session::{Entries, SessionMiddleware};
use sealjar_actix::{Jar, JarBuilder, LiveRing, Timestamp};

pub(crate) const NAME: &str = "__Host-Http-session";
const START: u32 = 1_900_000_000;

/// A clock that the test sets.
#[derive(Clone)]
pub(crate) struct Time(Arc<AtomicU32>);

impl Time {
    pub(crate) fn starting() -> Self {
        Self(Arc::new(AtomicU32::new(START)))
    }

    pub(crate) fn pass(&self, seconds: u32) {
        self.0.fetch_add(seconds, Ordering::Relaxed);
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_stored(self.0.load(Ordering::Relaxed))
    }
}

pub(crate) use sealjar_actix::testing::ring;

pub(crate) fn builder(ring: &LiveRing, time: &Time) -> JarBuilder<Entries> {
    let time = time.clone();
    Jar::builder(ring, "actix-session-test").clock(move || Ok(time.now()))
}

/// The middleware that replaces actix-session's own.
pub(crate) fn ours() -> SessionMiddleware {
    SessionMiddleware::new(builder(&ring(), &Time::starting()).build().unwrap())
}

/// actix-session's own middleware, for comparison.
pub(crate) fn theirs() -> actix_session::SessionMiddleware<CookieSessionStore> {
    actix_session::SessionMiddleware::builder(CookieSessionStore::default(), Key::generate())
        .cookie_name(NAME.into())
        .build()
}

/// A response, with its whole body.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn cookies(&self) -> Vec<Cookie<'_>> {
        let lines = self.headers.get_all(header::SET_COOKIE);
        lines
            .map(|line| Cookie::parse(line.to_str().unwrap()).unwrap())
            .collect()
    }

    /// The session's cookie, if this response sets or removes it.
    pub(crate) fn session(&self) -> Option<Cookie<'_>> {
        self.cookies()
            .into_iter()
            .find(|cookie| cookie.name() == NAME)
    }
}

/// Keeps the newest of each cookie.
#[derive(Clone, Debug, Default)]
pub(crate) struct Browser(Vec<Cookie<'static>>);

impl Browser {
    pub(crate) fn with(name: &str, value: &str) -> Self {
        Self(vec![Cookie::new(name.to_owned(), value.to_owned())])
    }

    /// The value of its session's cookie.
    pub(crate) fn value(&self) -> Option<&str> {
        let cookie = self.0.iter().find(|cookie| cookie.name() == NAME);
        cookie.map(Cookie::value)
    }

    pub(crate) async fn get<B: MessageBody + 'static>(
        &mut self,
        app: &impl Service<Request, Response = ServiceResponse<B>, Error = Error>,
        path: &str,
    ) -> Answer {
        self.send(app, TestRequest::with_uri(path)).await
    }

    pub(crate) async fn post<B: MessageBody + 'static>(
        &mut self,
        app: &impl Service<Request, Response = ServiceResponse<B>, Error = Error>,
        path: &str,
    ) -> Answer {
        self.send(app, TestRequest::with_uri(path).method(Method::POST))
            .await
    }

    pub(crate) async fn send<B: MessageBody + 'static>(
        &mut self,
        app: &impl Service<Request, Response = ServiceResponse<B>, Error = Error>,
        mut request: TestRequest,
    ) -> Answer {
        if !self.0.is_empty() {
            let pairs: Vec<String> = self.0.iter().map(|it| it.stripped().to_string()).collect();
            request = request.insert_header((header::COOKIE, pairs.join("; ")));
        }
        let answer = answer(app, request).await;
        for cookie in answer.cookies() {
            self.0.retain(|kept| kept.name() != cookie.name());
            if cookie.max_age().is_none_or(|age| age.is_positive()) {
                self.0.push(cookie.into_owned());
            }
        }
        answer
    }
}

/// Calls the service as the server does, which makes a response of an error that no middleware
/// handled.
pub(crate) async fn answer<B: MessageBody + 'static>(
    app: &impl Service<Request, Response = ServiceResponse<B>, Error = Error>,
    request: TestRequest,
) -> Answer {
    let response = match app.call(request.to_request()).await {
        Ok(response) => response.into_parts().1.map_into_boxed_body(),
        Err(error) => error.error_response(),
    };
    let (head, body) = response.into_parts();
    Answer {
        status: head.status(),
        headers: head.headers().clone(),
        body: String::from_utf8(to_bytes(body).await.unwrap().to_vec()).unwrap(),
    }
}
