//! What to measure in a framework, and how to call it without a socket.

use std::fmt::Debug;

use actix_service::boxed::BoxService;
use actix_web::dev::{AppConfig, Service, ServiceFactory, ServiceResponse};
use actix_web::http::header as actix_header;
use actix_web::test::TestRequest;
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderValue, Request, Response, StatusCode, Uri, header};

use super::apps::{Actix, App, Axum};
use super::{READ, UNTOUCHED, Variant, WRITE};

/// A framework, of which each value is an application with one kind of session.
pub(crate) trait Framework: Copy + Debug + Into<App> + PartialEq + 'static {
    const NAME: &'static str;
    /// The application without sessions, with which all others are compared.
    const PLAIN: Self;
    const SEALED: Self;
    /// The way that most people use now, and the heading of the comparison with it.
    const USUAL: Self;
    const RATIO: &'static str;
    /// The variants that need no other server.
    const VARIANTS: &'static [Variant<Self>];

    type Service;
    type Request;
    type Response;
    /// A header's value, whose bytes are shared with others as those from a socket are.
    type Value: Clone;

    /// Returns the variants over a Redis on this port.
    fn over_redis(port: u16) -> [Variant<Self>; 2];
    fn has_sessions(self) -> bool;
    fn uses_redis(self) -> bool;
    async fn service(self) -> Self::Service;
    fn request(path: &'static str, cookie: Option<Self::Value>) -> Self::Request;
    /// Sends a request, and checks that it was not refused.
    async fn call(service: &mut Self::Service, request: Self::Request) -> Self::Response;
    /// Returns the `Cookie` header that sends back what a response has set, if it has set anything:
    /// each application writes its whole session.
    fn cookies_set_by(response: &Self::Response) -> Option<Self::Value>;
    async fn body(response: Self::Response) -> Vec<u8>;
}

impl Framework for Axum {
    const NAME: &'static str = "axum";
    const PLAIN: Self = Self::Plain;
    const SEALED: Self = Self::Sealed;
    const USUAL: Self = Self::Memory;
    const RATIO: &'static str = "added / MemoryStore";
    const VARIANTS: &'static [Variant<Self>] = &[
        Variant::new("no session, read", Self::Plain, READ),
        Variant::new("no session, write", Self::Plain, WRITE),
        Variant::new("a layer that does nothing, read", Self::Idle, READ),
        Variant::new("sealed, not touched", Self::Sealed, UNTOUCHED),
        Variant::new("sealed, read", Self::Sealed, READ),
        Variant::new("sealed, write", Self::Sealed, WRITE),
        Variant::new("MemoryStore, read", Self::Memory, READ),
        Variant::new("MemoryStore, write", Self::Memory, WRITE),
        Variant::new("PrivateCookieJar + JSON, read", Self::Private, READ),
        Variant::new("PrivateCookieJar + JSON, write", Self::Private, WRITE),
    ];

    type Service = Router;
    type Request = Request<Body>;
    type Response = Response<Body>;
    type Value = HeaderValue;

    fn over_redis(port: u16) -> [Variant<Self>; 2] {
        let app = Self::Redis(port);
        [
            Variant::new("tower-sessions over Redis, read", app, READ),
            Variant::new("tower-sessions over Redis, write", app, WRITE),
        ]
    }

    fn has_sessions(self) -> bool {
        !matches!(self, Self::Idle | Self::Plain)
    }

    fn uses_redis(self) -> bool {
        matches!(self, Self::Redis(_))
    }

    async fn service(self) -> Router {
        self.router().await
    }

    fn request(path: &'static str, cookie: Option<HeaderValue>) -> Self::Request {
        let mut request = Request::new(Body::empty());
        *request.uri_mut() = Uri::from_static(path);
        let headers = request.headers_mut();
        for (name, value) in HEADERS {
            headers.insert(name, HeaderValue::from_static(value));
        }
        headers.extend(cookie.map(|cookie| (header::COOKIE, cookie)));
        request
    }

    async fn call(service: &mut Router, request: Self::Request) -> Self::Response {
        let Ok(response) = tower_service::Service::call(service, request).await;
        assert_eq!(response.status(), StatusCode::OK);
        response
    }

    fn cookies_set_by(response: &Self::Response) -> Option<HeaderValue> {
        let lines = response.headers().get_all(header::SET_COOKIE);
        joined(
            lines.iter().map(HeaderValue::as_bytes),
            HeaderValue::from_bytes,
        )
    }

    async fn body(response: Self::Response) -> Vec<u8> {
        let body = axum::body::to_bytes(response.into_body(), 1000).await;
        body.expect("a short text").into()
    }
}

impl Framework for Actix {
    const NAME: &'static str = "actix-web";
    const PLAIN: Self = Self::Plain;
    const SEALED: Self = Self::Sealed;
    const USUAL: Self = Self::Private;
    const RATIO: &'static str = "added / CookieSessionStore";
    const VARIANTS: &'static [Variant<Self>] = &[
        Variant::new("no session, read", Self::Plain, READ),
        Variant::new("no session, write", Self::Plain, WRITE),
        Variant::new("sealed, not touched", Self::Sealed, UNTOUCHED),
        Variant::new("sealed, read", Self::Sealed, READ),
        Variant::new("sealed, write", Self::Sealed, WRITE),
        Variant::new("CookieSessionStore, read", Self::Private, READ),
        Variant::new("CookieSessionStore, write", Self::Private, WRITE),
    ];

    type Service = BoxService<actix_http::Request, ServiceResponse, actix_web::Error>;
    type Request = actix_http::Request;
    type Response = ServiceResponse;
    type Value = actix_header::HeaderValue;

    fn over_redis(port: u16) -> [Variant<Self>; 2] {
        let app = Self::Redis(port);
        [
            Variant::new("actix-session over Redis, read", app, READ),
            Variant::new("actix-session over Redis, write", app, WRITE),
        ]
    }

    fn has_sessions(self) -> bool {
        !matches!(self, Self::Plain)
    }

    fn uses_redis(self) -> bool {
        matches!(self, Self::Redis(_))
    }

    async fn service(self) -> Self::Service {
        let factory = self.factory().await;
        let service = factory().new_service(AppConfig::default()).await;
        service.expect("an application without data of its own")
    }

    fn request(path: &'static str, cookie: Option<Self::Value>) -> Self::Request {
        let mut request = TestRequest::with_uri(path);
        for header in HEADERS {
            request = request.insert_header(header);
        }
        if let Some(cookie) = cookie {
            request = request.insert_header((actix_header::COOKIE, cookie));
        }
        request.to_request()
    }

    async fn call(service: &mut Self::Service, request: Self::Request) -> ServiceResponse {
        let response = service.call(request).await;
        let response = response.expect("no middleware gives up");
        assert_eq!(response.status(), actix_web::http::StatusCode::OK);
        response
    }

    fn cookies_set_by(response: &ServiceResponse) -> Option<Self::Value> {
        let lines = response.headers().get_all(actix_header::SET_COOKIE);
        let lines = lines.map(actix_header::HeaderValue::as_bytes);
        joined(lines, actix_header::HeaderValue::from_bytes)
    }

    async fn body(response: ServiceResponse) -> Vec<u8> {
        let body = actix_web::body::to_bytes(response.into_body()).await;
        body.expect("a short text").into()
    }
}

/// Makes a `Cookie` header of what precedes the attributes in each line, `None` of no line.
fn joined<'a, V, E>(
    lines: impl Iterator<Item = &'a [u8]>,
    header: impl FnOnce(&[u8]) -> Result<V, E>,
) -> Option<V> {
    let pairs = lines.filter_map(|line| line.split(|byte| *byte == b';').next());
    let pairs: Vec<_> = pairs.collect();
    if pairs.is_empty() {
        return None;
    }
    header(&pairs.join(&b"; "[..])).ok()
}

/// The headers that a browser sends with every request.
const HEADERS: [(&str, &str); 5] = [
    ("host", "shop.example"),
    ("user-agent", "Mozilla/5.0 (X11; Linux x86_64)"),
    ("accept", "text/html,application/xhtml+xml"),
    ("accept-language", "en"),
    ("sec-fetch-mode", "navigate"),
];
