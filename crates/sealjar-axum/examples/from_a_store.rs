//! Moves the sessions of a tower-sessions store, one by one as their visitors come.

#![expect(
    clippy::disallowed_methods,
    reason = "tower-sessions dates its records by this clock"
)]

use axum::extract::{Request, State};
use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::{Router, routing::get};
use sealjar_axum::{Jar, Origin, Session, SessionData, SessionLayer};
use time::{Duration, OffsetDateTime};
use tower_sessions::{SessionStore, session::Id};

#[derive(Clone, Default, serde::Serialize, serde::Deserialize)]
struct Account {
    user_id: Option<u64>,
}

impl SessionData for Account {
    fn subject(&self) -> Option<std::borrow::Cow<'_, str>> {
        self.user_id.map(|id| id.to_string().into())
    }
}

/// Takes the session from the store if the visitor has none of this jar's.
async fn move_from_store<S: SessionStore>(
    State(store): State<S>,
    session: Session<Account>,
    request: Request,
    next: Next,
) -> Result<Response, StatusCode> {
    let former = former_id(request.headers());
    let (Origin::Absent { .. }, Some(id)) = (session.origin(), former) else {
        return Ok(next.run(request).await);
    };
    let loaded = store.load(&id).await.map_err(|_| StatusCode::BAD_GATEWAY)?;
    let Some(mut record) = loaded else {
        return Ok(next.run(request).await);
    };
    let user_id = record.data.get("user_id").and_then(|value| value.as_u64());
    session
        .update(|account| account.user_id = user_id)
        .map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    // It ends in the store, but not before requests that are under way have been answered.
    let in_a_minute = OffsetDateTime::now_utc() + Duration::minutes(1);
    record.expiry_date = record.expiry_date.min(in_a_minute);
    store
        .save(&record)
        .await
        .map_err(|_| StatusCode::BAD_GATEWAY)?;

    let mut response = next.run(request).await;
    let expired = HeaderValue::from_static("id=; Path=/; Max-Age=0");
    response.headers_mut().append(SET_COOKIE, expired);
    Ok(response)
}

/// Returns the id in tower-sessions' cookie, which is named `id` unless you said otherwise.
fn former_id(headers: &HeaderMap) -> Option<Id> {
    let headers = headers.get_all(COOKIE).iter();
    let mut pairs = headers
        .filter_map(|it| it.to_str().ok())
        .flat_map(|it| it.split("; "));
    pairs.find_map(|pair| pair.strip_prefix("id=")?.parse().ok())
}

fn app<S: SessionStore + Clone>(jar: Jar<Account>, store: S) -> Router {
    Router::new()
        .route("/", get(greet))
        .layer(from_fn_with_state(store, move_from_store::<S>))
        .layer(SessionLayer::new(jar))
}

async fn greet(session: Session<Account>) -> String {
    match session.get().user_id {
        Some(id) => format!("Hello {id}"),
        None => "Hello stranger".into(),
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let ring = sealjar_axum::FileSource::find("session-ring")?.fetch()?;
    let store = tower_sessions::MemoryStore::default(); // yours, over Redis or SQL
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    Ok(axum::serve(listener, app(Jar::new(ring, "shop-dev")?, store)).await?)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use axum::body::{Body, to_bytes};
    use sealjar_axum::testing;
    use tower::ServiceExt;
    use tower_sessions::MemoryStore;
    use tower_sessions::session::Record;

    use super::*;

    async fn stored(expiry_date: OffsetDateTime) -> (MemoryStore, Id) {
        let store = MemoryStore::default();
        let data = HashMap::from([("user_id".to_owned(), 7.into())]);
        let mut record = Record {
            id: Id::default(),
            data,
            expiry_date,
        };
        store.create(&mut record).await.unwrap();
        (store, record.id)
    }

    async fn visit(app: &Router, cookie: &str) -> (String, Vec<String>) {
        let request = axum::http::Request::get("/").header(COOKIE, cookie);
        let request = request.body(Body::empty()).unwrap();
        let response = app.clone().oneshot(request).await.unwrap();
        let lines = response.headers().get_all(SET_COOKIE).iter();
        let lines = lines.map(|it| it.to_str().unwrap().to_owned()).collect();
        let body = to_bytes(response.into_body(), 1024).await.unwrap();
        (String::from_utf8(body.to_vec()).unwrap(), lines)
    }

    #[tokio::test]
    async fn a_session_in_the_store_moves_once_and_ends_there() {
        let tomorrow = OffsetDateTime::now_utc() + Duration::days(1);
        let (store, id) = stored(tomorrow).await;
        let jar = Jar::new(testing::ring(), "test").unwrap();
        let app = app(jar.clone(), store.clone());

        let (page, lines) = visit(&app, &format!("id={id}")).await;
        assert_eq!(page, "Hello 7");
        assert_eq!(jar.value_of(&lines).unwrap().unwrap().user_id, Some(7));
        assert!(lines.iter().any(|it| it == "id=; Path=/; Max-Age=0"));
        let ends = store.load(&id).await.unwrap().unwrap().expiry_date;
        assert!(ends <= OffsetDateTime::now_utc() + Duration::minutes(1));

        // From now on the store is not asked.
        store.delete(&id).await.unwrap();
        let line = lines.iter().find(|it| it.starts_with("__Host-")).unwrap();
        let cookie = line.split(';').next().unwrap();
        let (page, lines) = visit(&app, &format!("{cookie}; id={id}")).await;
        assert_eq!((page.as_str(), lines), ("Hello 7", vec![]));
        // The control: the id alone opens nothing any more.
        let (page, lines) = visit(&app, &format!("id={id}")).await;
        assert_eq!((page.as_str(), lines), ("Hello stranger", vec![]));
    }

    #[tokio::test]
    async fn a_session_that_is_over_and_an_id_that_is_none_open_nothing() {
        let yesterday = OffsetDateTime::now_utc() - Duration::days(1);
        let (store, id) = stored(yesterday).await;
        let jar = Jar::new(testing::ring(), "test").unwrap();
        let app = app(jar, store);
        for cookie in [
            format!("id={id}"),
            format!("id={}", Id::default()),
            "id=7".into(),
        ] {
            let (page, lines) = visit(&app, &cookie).await;
            assert_eq!((page.as_str(), lines), ("Hello stranger", vec![]));
        }
    }
}
