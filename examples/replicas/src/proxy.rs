//! Which replica gets a request? The next one: each way has its own round robin, and only the
//! sticky one remembers a visitor's replica.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri, header};
use axum::response::{IntoResponse, Redirect};
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::{Client, Error};
use hyper_util::rt::TokioExecutor;

use crate::fleet::{Fleet, REPLICAS, Route};
use crate::way::Way;

/// The proxy in front of the replicas of all ways. Each way is a path: `/memory/`, `/sealed/`.
#[derive(Clone, Debug)]
pub(crate) struct Proxy {
    client: Client<HttpConnector, Full<Bytes>>,
    pools: Arc<[Pool]>,
}

#[derive(Debug)]
struct Pool {
    fleet: Arc<Fleet>,
    turn: AtomicUsize,
}

impl Proxy {
    pub(crate) fn new(fleets: &[Arc<Fleet>]) -> Self {
        let pool = |fleet: &Arc<Fleet>| Pool {
            fleet: Arc::clone(fleet),
            turn: AtomicUsize::new(0),
        };
        Self {
            client: Client::builder(TokioExecutor::new()).build_http(),
            pools: fleets.iter().map(pool).collect(),
        }
    }

    /// Answers `/way/rest` with what a replica answers to `/rest`.
    pub(crate) async fn forward(&self, request: Request<Body>) -> Response<Body> {
        let (parts, body) = request.into_parts();
        let path = parts.uri.path().trim_start_matches('/');
        let (way, rest) = match path.split_once('/') {
            Some((way, rest)) => (way, Some(rest)),
            None => (path, None),
        };
        let known = Way::from_name(way);
        let Some(pool) = known.and_then(|way| self.pools.iter().find(|it| it.fleet.way == way))
        else {
            return (StatusCode::NOT_FOUND, "there is nothing here").into_response();
        };
        // The app's links are relative, so they need the slash.
        let Some(rest) = rest else {
            return Redirect::to(&format!("/{way}/")).into_response();
        };
        let Ok(body) = Limited::new(body, MAX_BODY).collect().await else {
            return StatusCode::PAYLOAD_TOO_LARGE.into_response();
        };
        let passed = Passed {
            method: parts.method,
            path: match parts.uri.query() {
                Some(query) => format!("/{rest}?{query}"),
                None => format!("/{rest}"),
            },
            headers: parts.headers,
            body: body.to_bytes(),
        };
        self.ask(pool, &passed).await
    }

    /// Tries one replica after the other until one answers.
    async fn ask(&self, pool: &Pool, request: &Passed) -> Response<Body> {
        let sticky = pool.fleet.way == Way::Sticky;
        let pin = sticky.then(|| pin_of(&request.headers)).flatten();
        let mut routes = pool.routes();
        if let Some(pinned) = routes
            .iter()
            .position(|it| Some(&*it.name) == pin.as_deref())
        {
            routes.swap(0, pinned);
        }
        for route in routes {
            match self.send(request, &route).await {
                Ok(mut response) => {
                    if sticky && pin.as_deref() != Some(&*route.name) {
                        response
                            .headers_mut()
                            .append(header::SET_COOKIE, pin_to(&route));
                    }
                    return response;
                }
                // A replica that got the request may have executed it. So only safe requests are
                // repeated.
                Err(Unanswered::Broken) if !request.method.is_safe() => break,
                Err(_) => {}
            }
        }
        (StatusCode::BAD_GATEWAY, "no replica answered").into_response()
    }

    async fn send(&self, request: &Passed, route: &Route) -> Result<Response<Body>, Unanswered> {
        let uri = Uri::builder()
            .scheme("http")
            .authority(route.address.to_string())
            .path_and_query(&request.path)
            .build()
            .map_err(|_| Unanswered::Broken)?;
        let mut outgoing = Request::new(Full::new(request.body.clone()));
        *outgoing.method_mut() = request.method.clone();
        *outgoing.uri_mut() = uri;
        // `Host` goes through unchanged: the app compares it with `Origin`.
        *outgoing.headers_mut() = request.headers.clone();
        outgoing.headers_mut().remove(header::CONNECTION);
        let response = self.client.request(outgoing).await?;
        let (mut parts, body) = response.into_parts();
        let body = body.collect().await.map_err(|_| Unanswered::Broken)?;
        for hop in [header::CONNECTION, header::TRANSFER_ENCODING] {
            parts.headers.remove(hop);
        }
        Ok(Response::from_parts(parts, Body::from(body.to_bytes())))
    }
}

impl Pool {
    /// Returns the running replicas, beginning with the one whose turn it is.
    fn routes(&self) -> Vec<Route> {
        let mut routes = self.fleet.routes();
        routes.rotate_left(self.turn.fetch_add(1, Ordering::Relaxed) % REPLICAS);
        routes.into_iter().flatten().collect()
    }
}

/// A request that can be sent more than once.
struct Passed {
    method: Method,
    path: String,
    headers: HeaderMap,
    body: Bytes,
}

enum Unanswered {
    /// The request never reached the replica.
    Unsent,
    /// The connection to the replica broke.
    Broken,
}

impl From<Error> for Unanswered {
    fn from(error: Error) -> Self {
        if error.is_connect() {
            Self::Unsent
        } else {
            Self::Broken
        }
    }
}

/// Returns the name of the replica that the proxy's own cookie pins the visitor to.
fn pin_of(headers: &HeaderMap) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split("; "))
        .find_map(|pair| pair.strip_prefix(PIN)?.strip_prefix('='))
        .map(str::to_owned)
}

fn pin_to(route: &Route) -> HeaderValue {
    let cookie = format!("{PIN}={}; Path=/; HttpOnly; SameSite=Lax", route.name);
    // Names are letters, digits and hyphens.
    HeaderValue::try_from(cookie).unwrap_or_else(|_| HeaderValue::from_static(""))
}

const PIN: &str = "sticky-replica";
const MAX_BODY: usize = 64 * 1024;
