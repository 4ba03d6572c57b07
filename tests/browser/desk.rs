//! A small application whose pages somebody else may see who comes to the same desk.

use std::borrow::Cow;

use axum::Router;
use axum::response::Html;
use axum::routing::get;
use sealjar::{Key, Suite};
use sealjar_axum::{Jar, Session, SessionData, SessionError, SessionLayer};
use sealjar_tests::traefik::{Traefik, service};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
struct Person {
    name: String,
}

impl SessionData for Person {
    fn subject(&self) -> Option<Cow<'_, str>> {
        (!self.name.is_empty()).then(|| self.name.as_str().into())
    }
}

/// The application behind Traefik, until it is dropped.
pub(crate) struct Desk {
    traefik: Traefik,
    _runtime: Runtime,
}

impl Desk {
    pub(crate) fn start(no_store: bool) -> Self {
        let key = Key::generate(Suite::Xaes256Gcm).unwrap();
        let jar = Jar::<Person>::builder(key, "desk").no_store_when_logged_in(no_store);
        let app = Router::new()
            .route("/in", get(log_in))
            .route("/here", get(here))
            .route("/out", get(log_out))
            .layer(SessionLayer::new(jar.build().unwrap()));
        let runtime = Runtime::new().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        runtime.spawn(async { axum::serve(listener, app).await });
        let router = json!({ "rule": "Host(`localhost`)", "priority": 1, "service": "desk" });
        let routes = json!({
            "routers": { "desk": router },
            "services": { "desk": service(&[url], &json!({})) },
        });
        Self {
            traefik: Traefik::start(&routes, &[]),
            _runtime: runtime,
        }
    }

    pub(crate) fn at(&self, page: &str) -> String {
        format!("https://localhost:{}/{page}", self.traefik.https.port())
    }

    /// Returns the public key of the certificate.
    pub(crate) fn public_key(&self) -> &[u8] {
        &self.traefik.public_key
    }
}

async fn log_in(session: Session<Person>) -> Result<Html<&'static str>, SessionError> {
    session.update(|person| person.name = "Ada".into())?;
    Ok(Html("Welcome."))
}

async fn here(session: Session<Person>) -> Html<String> {
    let name = &session.get().name;
    let name = if name.is_empty() { "Nobody" } else { name };
    Html(format!("{name} is here."))
}

async fn log_out(session: Session<Person>) -> Html<&'static str> {
    session.purge();
    Html("Good bye.")
}
