//! Who asks, in process? A visitor that keeps the newest cookie.

use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderValue, Request, StatusCode, header};
use tower_service::Service;

use super::{LOGIN, Variant, WRITES};
use crate::measure::nanos;

pub(crate) struct Visitor {
    router: Router,
    cookie: Option<HeaderValue>,
}

impl Visitor {
    /// Logs in to a new application.
    pub(crate) async fn new(variant: Variant) -> Self {
        let mut visitor = Self {
            router: variant.app.router(),
            cookie: None,
        };
        visitor.exchange(LOGIN).await;
        visitor
    }

    /// Asks once, and returns how long the application took: from the request to the response that
    /// has been dropped. Making the request and keeping the cookie is not its work.
    pub(crate) async fn exchange(&mut self, path: &'static str) -> Duration {
        let request = self.request(path);
        let start = Instant::now();
        let set_cookie = self.call(request).await;
        let took = start.elapsed();
        self.keep(set_cookie);
        took
    }

    /// Asks so many times, and returns the median time in nanoseconds.
    pub(crate) async fn round(&mut self, path: &'static str, times: usize) -> f64 {
        let mut samples = Vec::with_capacity(times);
        for _ in 0..times {
            samples.push(nanos(self.exchange(path).await));
        }
        crate::measure::median(samples)
    }

    pub(crate) fn request(&self, path: &'static str) -> Request<Body> {
        let mut request = Request::new(Body::empty());
        *request.uri_mut() = axum::http::Uri::from_static(path);
        let headers = request.headers_mut();
        for (name, value) in [
            (header::HOST, "shop.example"),
            (header::USER_AGENT, "Mozilla/5.0 (X11; Linux x86_64)"),
            (header::ACCEPT, "text/html,application/xhtml+xml"),
            (header::ACCEPT_LANGUAGE, "en"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        headers.insert("sec-fetch-mode", HeaderValue::from_static("navigate"));
        if let Some(cookie) = &self.cookie {
            headers.insert(header::COOKIE, cookie.clone());
        }
        request
    }

    /// What is measured. Returns the cookie that was set.
    pub(crate) async fn call(&mut self, request: Request<Body>) -> Option<HeaderValue> {
        let Ok(response) = self.router.call(request).await;
        assert_eq!(response.status(), StatusCode::OK);
        response.headers().get(header::SET_COOKIE).cloned()
    }

    pub(crate) fn keep(&mut self, set_cookie: Option<HeaderValue>) {
        if let Some(line) = set_cookie {
            let pair = line.as_bytes().split(|byte| *byte == b';').next();
            let pair = pair.map(HeaderValue::from_bytes);
            self.cookie = pair.and_then(Result::ok);
        }
    }

    /// Checks that the application answers with the user's name and that every write counted.
    pub(crate) async fn check(&mut self, variant: Variant) {
        assert_eq!(self.body(variant.path).await, "Wilhelmina Oberlander");
        if self.cookie.is_some() {
            let before: u32 = self.body(WRITES).await.parse().expect("a number");
            self.exchange(variant.path).await;
            self.exchange(variant.path).await;
            let after: u32 = self.body(WRITES).await.parse().expect("a number");
            let expected = if variant.writes() { 2 } else { 0 };
            assert_eq!(after - before, expected, "{}", variant.name);
        }
    }

    async fn body(&mut self, path: &'static str) -> String {
        let request = self.request(path);
        let Ok(response) = self.router.call(request).await;
        let body = to_bytes(response.into_body(), 1000).await;
        String::from_utf8(body.expect("a short text").into()).expect("a name or a number")
    }
}
