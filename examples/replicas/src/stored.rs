//! How do the other ways remember a visitor? Under an id, in a store of tower-sessions.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Form, FromRequestParts, Query, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum_ssr::response;
use shop::visitor::{User, Visitor};
use shop::{Choice, Credentials, Facts, Replica, Visit, Wanted};
use tower_sessions::cookie::SameSite;
use tower_sessions::cookie::time::Duration;
use tower_sessions::session::Error;
use tower_sessions::{Expiry, Session, SessionManagerLayer, SessionStore};

/// Builds the app with its sessions in a store. `kept` tells visitors where that is.
pub(crate) fn app(
    store: impl SessionStore + Clone,
    replica: &str,
    cookie: &str,
    kept: &'static str,
) -> Router {
    let sessions = SessionManagerLayer::new(store)
        .with_name(format!("__Host-{cookie}"))
        .with_same_site(SameSite::Lax)
        .with_expiry(Expiry::OnInactivity(Duration::minutes(10)));
    let routes = routes().layer(sessions).layer(axum::Extension(Kept(kept)));
    axum_ssr::serve_as(&replica.into(), routes)
}

/// The addresses of `examples/axum-ssr`, for visits that are kept in a store.
fn routes() -> Router<Replica> {
    let shelf = async |visit: Stored, replica: State<Replica>| {
        shop::shelf(&visit, &replica).await.map(response)
    };
    let login_form = async |visit: Stored, replica: State<Replica>, wanted: Query<Wanted>| {
        shop::login_form(&visit, &replica, wanted.0)
            .await
            .map(response)
    };
    let log_in = async |visit: Stored, replica: State<Replica>, Form(it): Form<Credentials>| {
        shop::log_in(&visit, &replica, it).await.map(response)
    };
    let account = async |visit: Stored, replica: State<Replica>| {
        shop::account(&visit, &replica).await.map(response)
    };
    let log_out = async |visit: Stored| shop::log_out(&visit).await.map(response);
    let add = async |visit: Stored, Form(choice): Form<Choice>| {
        shop::add(&visit, &choice).await.map(response)
    };
    let remove = async |visit: Stored, Form(choice): Form<Choice>| {
        shop::remove(&visit, &choice).await.map(response)
    };
    let panel = async |visit: Stored, replica: State<Replica>| {
        shop::panel(&visit, &replica).await.map(response)
    };
    Router::new()
        .route("/", get(shelf))
        .route("/login", get(login_form).post(log_in))
        .route("/account", get(account))
        .route("/logout", post(log_out))
        .route("/add", post(add))
        .route("/remove", post(remove))
        .route("/panel", get(panel))
}

#[derive(Clone, Copy, Debug)]
struct Kept(&'static str);

/// A visit whose session is in a store.
#[derive(Debug)]
pub(crate) struct Stored {
    session: Session,
    kept: &'static str,
    cookie_came: bool,
}

impl Stored {
    async fn visitor(&self) -> Result<Option<Visitor>, StoreFailed> {
        Ok(self.session.get(VISITOR).await?)
    }
}

impl FromRequestParts<Replica> for Stored {
    type Rejection = (StatusCode, &'static str);

    async fn from_request_parts(
        parts: &mut Parts,
        replica: &Replica,
    ) -> Result<Self, Self::Rejection> {
        let session = Session::from_request_parts(parts, replica).await?;
        let kept = parts.extensions.get::<Kept>().map_or("", |kept| kept.0);
        Ok(Self {
            // Until something is loaded or saved, the id is that of the incoming cookie.
            cookie_came: session.id().is_some(),
            session,
            kept,
        })
    }
}

impl Visit for Stored {
    type Error = StoreFailed;

    async fn read(&self) -> Result<Arc<Visitor>, StoreFailed> {
        Ok(Arc::new(self.visitor().await?.unwrap_or_default()))
    }

    async fn change(&self, change: impl FnOnce(&mut Visitor) + Send) -> Result<(), StoreFailed> {
        let mut visitor = self.visitor().await?.unwrap_or_default();
        change(&mut visitor);
        Ok(self.session.insert(VISITOR, visitor).await?)
    }

    async fn log_in(&self, user: User) -> Result<(), StoreFailed> {
        self.change(|visitor| visitor.user = Some(user)).await?;
        Ok(self.session.cycle_id().await?)
    }

    async fn log_out(&self) -> Result<(), StoreFailed> {
        Ok(self.session.flush().await?)
    }

    async fn tell(&self, text: &str) -> Result<(), StoreFailed> {
        Ok(self.session.insert(FLASH, text).await?)
    }

    async fn take_messages(&self) -> Result<Vec<String>, StoreFailed> {
        let message: Option<String> = self.session.remove(FLASH).await?;
        Ok(message.into_iter().collect())
    }

    async fn facts(&self) -> Facts {
        let found = self.visitor().await.is_ok_and(|visitor| visitor.is_some());
        Facts {
            kept: self.kept.into(),
            origin: match (self.cookie_came, found) {
                (false, _) => "no cookie came".into(),
                (true, true) => "found".into(),
                (true, false) => "this replica does not know it".into(),
            },
            ..Facts::default()
        }
    }
}

/// The store did not answer.
#[derive(Debug)]
pub(crate) struct StoreFailed(Error);

impl From<Error> for StoreFailed {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl IntoResponse for StoreFailed {
    fn into_response(self) -> Response {
        (StatusCode::SERVICE_UNAVAILABLE, self.0.to_string()).into_response()
    }
}

const VISITOR: &str = "visitor";
const FLASH: &str = "flash";
