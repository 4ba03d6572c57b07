//! The application behind the caches, and the policies that sealjar used to leave alone.

use std::fmt;
use std::net::SocketAddr;

use axum::Router;
use axum::extract::Request;
use axum::http::header::{CACHE_CONTROL, ETAG, IF_NONE_MATCH, VARY};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use sealjar::{Key, Suite};
use sealjar_axum::{Jar, Session, SessionData, SessionError, SessionLayer};
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Visitor {
    name: String,
    visits: u32,
}

impl SessionData for Visitor {}

/// The cache headers of an application's page.
#[derive(Clone, Copy)]
pub(crate) struct Page(&'static [(&'static str, &'static str)]);

impl Page {
    pub(crate) const fn saying(headers: &'static [(&'static str, &'static str)]) -> Self {
        Self(headers)
    }

    fn put_on(self, response: &mut Response) {
        for (name, value) in self.0 {
            let name = HeaderName::from_static(name);
            response
                .headers_mut()
                .insert(name, HeaderValue::from_static(value));
        }
    }

    /// Restores the earlier policy of a page that sets a cookie: `no-cache` was left alone, and so
    /// were all fields except `Cache-Control`.
    fn put_back(self, response: &mut Response) {
        self.put_on(response);
        let own = response.headers().get(CACHE_CONTROL);
        let own = own.and_then(|it| it.to_str().ok()).unwrap_or_default();
        let was_enough = ["private", "no-store", "no-cache"]
            .iter()
            .any(|it| own.split(", ").any(|directive| directive == *it));
        if !was_enough {
            let no_store = HeaderValue::from_static("no-store");
            response.headers_mut().insert(CACHE_CONTROL, no_store);
        }
    }
}

impl fmt::Display for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headers = self
            .0
            .iter()
            .map(|(name, value)| format!("{name}: {value}"));
        f.write_str(&headers.collect::<Vec<_>>().join(", "))
    }
}

/// The application, which serves until the test ends.
pub(crate) struct App {
    pub(crate) address: SocketAddr,
    jar: Jar<Visitor>,
}

impl App {
    pub(crate) async fn serve(page: &Page) -> Self {
        Self::begin(*page, |router| router).await
    }

    /// The control.
    pub(crate) async fn serve_as_before(page: &Page) -> Self {
        let page = *page;
        let put_back = move |mut response: Response| async move {
            if response.status() == StatusCode::OK {
                page.put_back(&mut response);
            }
            response
        };
        Self::begin(page, |router| router.layer(map_response(put_back))).await
    }

    pub(crate) async fn serve_without_vary(page: &Page) -> Self {
        let forget = async |mut response: Response| {
            response.headers_mut().remove(VARY);
            response
        };
        Self::begin(*page, |router| router.layer(map_response(forget))).await
    }

    async fn begin(page: Page, around: impl FnOnce(Router) -> Router) -> Self {
        let jar = Jar::new(Key::generate(Suite::Xaes256Gcm).unwrap(), "caches").unwrap();
        let count =
            move |session: Session<Visitor>, request: Request| count(page, session, request);
        let greet = async move |session: Session<Visitor>| {
            let mut response = session.get().name.clone().into_response();
            page.put_on(&mut response);
            response
        };
        let router = Router::new()
            .route("/count", get(count))
            .route("/greet", get(greet))
            .layer(SessionLayer::new(jar.clone()));
        let router = around(router);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, jar }
    }

    /// The `Cookie` header of somebody who is logged in.
    pub(crate) fn cookie_of(&self, name: &str) -> String {
        let visitor = Visitor {
            name: name.into(),
            visits: 1,
        };
        self.jar.cookie_for(&visitor).unwrap()
    }
}

/// Counts the visit, unless the client already has the page.
async fn count(
    page: Page,
    session: Session<Visitor>,
    request: Request,
) -> Result<Response, SessionError> {
    let mut response = if request.headers().get(IF_NONE_MATCH) == Some(&TAG) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        session.update(|visitor| visitor.visits += 1)?;
        "page".into_response()
    };
    response.headers_mut().insert(ETAG, TAG);
    page.put_on(&mut response);
    Ok(response)
}

const TAG: HeaderValue = HeaderValue::from_static("\"page\"");
