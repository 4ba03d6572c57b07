//! The page on which a person watches the replicas and breaks them.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{Router, get, post};
use sealjar::Timestamp;
use serde::Serialize;
use tokio::sync::Mutex;

use crate::error::Failed;
use crate::fleet::Fleet;
use crate::proxy::Proxy;
use crate::rotation::Rotation;
use crate::way::Way;

/// What the page needs.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    fleets: Arc<[Arc<Fleet>]>,
    rotation: Arc<Mutex<Rotation>>,
    port: u16,
    /// The program in front of the replicas.
    proxy: Arc<str>,
}

impl Page {
    pub(crate) fn new(
        fleets: &[Arc<Fleet>],
        rotation: &Arc<Mutex<Rotation>>,
        address: SocketAddr,
        proxy: &str,
    ) -> Self {
        Self {
            fleets: fleets.into(),
            rotation: Arc::clone(rotation),
            port: address.port(),
            proxy: proxy.into(),
        }
    }
}

/// The page at `/`, and each way below its own path.
pub(crate) fn router(page: Page, proxy: Proxy) -> Router {
    let controls = Router::new()
        .route("/api/fleet", get(fleet))
        .route("/api/kill/{way}/{replica}", post(kill))
        .route("/api/rotate", post(rotate))
        .layer(from_fn_with_state(page.port, only_from_the_page))
        .with_state(page);
    Router::new()
        .route(
            "/",
            get(file("text/html", include_str!("../page/page.html"))),
        )
        .route(
            "/page.css",
            get(file("text/css", include_str!("../page/page.css"))),
        )
        .route(
            "/page.js",
            get(file("text/javascript", include_str!("../page/page.js"))),
        )
        .route(
            "/icon.svg",
            get(file("image/svg+xml", include_str!("../page/icon.svg"))),
        )
        .merge(controls)
        .fallback(async move |request: Request| proxy.forward(request).await)
}

/// Refuses requests that do not come from the page itself: another site's form or script
/// (`Origin`), or a name that somebody pointed at this machine (`Host`).
async fn only_from_the_page(State(port): State<u16>, request: Request, next: Next) -> Response {
    let is_ours = |text: &str| {
        [format!("127.0.0.1:{port}"), format!("localhost:{port}")].contains(&text.to_owned())
    };
    let host = text(request.headers(), header::HOST);
    let origin = text(request.headers(), header::ORIGIN);
    let same_origin = origin
        .and_then(|origin| origin.strip_prefix("http://"))
        .is_some_and(|authority| is_ours(authority) && Some(authority) == host);
    let changes_nothing = request.method().is_safe() && origin.is_none();
    if host.is_some_and(is_ours) && (same_origin || changes_nothing) {
        next.run(request).await
    } else {
        (StatusCode::FORBIDDEN, "only the page itself may ask this").into_response()
    }
}

#[derive(Serialize)]
struct FleetView {
    ways: Vec<WayView>,
    proxy: Arc<str>,
    epoch: u64,
    keys: Vec<KeyView>,
    /// The seconds until the keys can be rotated, `null` while that is unknown.
    rotates_in: Option<u32>,
}

#[derive(Serialize)]
struct WayView {
    way: Way,
    /// By slot, `null` while one is replaced.
    replicas: Vec<Option<Arc<str>>>,
}

#[derive(Serialize)]
struct KeyView {
    id: String,
    phase: &'static str,
}

async fn fleet(State(page): State<Page>) -> Result<Response, Broken> {
    let now = Timestamp::now().map_err(Failed::when("the clock", "set the system's clock"))?;
    let mut rotation = page.rotation.lock().await;
    let rotates_in = rotation.rotates_in().await?;
    let ring = rotation.look()?;
    let keys = ring.keys().iter().filter_map(|key| {
        Some(KeyView {
            id: key.id().to_string(),
            phase: ring.phase(key.id(), now)?.as_str(),
        })
    });
    let fleets = Arc::clone(&page.fleets);
    let ways = fleets.iter().map(|fleet| WayView {
        way: fleet.way,
        replicas: fleet.routes().map(|route| Some(route?.name)).into(),
    });
    Ok(Json(FleetView {
        ways: ways.collect(),
        proxy: page.proxy,
        epoch: ring.epoch(),
        keys: keys.collect(),
        rotates_in,
    })
    .into_response())
}

async fn kill(
    State(page): State<Page>,
    Path((way, replica)): Path<(String, String)>,
) -> Result<Response, Broken> {
    let fleet = page.fleets.iter().find(|fleet| fleet.way.name() == way);
    let killed = match fleet {
        Some(fleet) => fleet.kill(&replica).await?,
        None => false,
    };
    Ok(if killed {
        StatusCode::NO_CONTENT.into_response()
    } else {
        (StatusCode::NOT_FOUND, "That replica is gone already.").into_response()
    })
}

async fn rotate(State(page): State<Page>) -> Result<Response, Broken> {
    let rotated = page.rotation.lock().await.rotate().await?;
    Ok(if rotated {
        StatusCode::NO_CONTENT.into_response()
    } else {
        const WAIT: &str = "Too early: the standby key is not known to be on every replica yet.";
        (StatusCode::CONFLICT, WAIT).into_response()
    })
}

/// A person's request failed.
struct Broken(Failed);

impl From<Failed> for Broken {
    fn from(failed: Failed) -> Self {
        Self(failed)
    }
}

impl IntoResponse for Broken {
    fn into_response(self) -> Response {
        (StatusCode::INTERNAL_SERVER_ERROR, self.0.to_string()).into_response()
    }
}

fn file(
    kind: &'static str,
    content: &'static str,
) -> impl Clone + Fn() -> std::future::Ready<Response> {
    move || {
        let headers = [
            (header::CONTENT_TYPE, format!("{kind}; charset=utf-8")),
            (header::CONTENT_SECURITY_POLICY, "default-src 'self'".into()),
        ];
        std::future::ready((headers, content).into_response())
    }
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}
