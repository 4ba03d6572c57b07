//! The handlers and their layers, from one source text for each version.

macro_rules! version {
    ($name:ident, $theirs:ident $(:: $theirs_inner:ident)?, $ours:ident) => {
        pub(super) mod $name {
            use axum::extract::RawQuery;
            use axum::{Extension, Router};
            use axum::response::{IntoResponse, Response};
            use http::StatusCode;
            use sealjar_axum::$ours::SessionManagerLayer;
            use sealjar::LiveRing;
            use time::{Duration, OffsetDateTime};
            use $theirs $(:: $theirs_inner)?::{Expiry, Session, session};

            use crate::support::{NAME, Time, builder_named};
            use crate::{Late, Options};

            pub(crate) fn router() -> Router {
                Router::new()
                    .route("/", axum::routing::get(run))
                    .route("/untouched", axum::routing::get(async || "nothing"))
                    .route("/id", axum::routing::get(async |session: Session| id(&session)))
                    .route("/late", axum::routing::get(late))
            }

            pub(crate) fn sealed(ring: &LiveRing, time: &Time, options: &Options) -> Router {
                router().layer(layer(ring, time, options))
            }

            pub(crate) fn layer(ring: &LiveRing, time: &Time, options: &Options) -> SessionManagerLayer {
                let jar = builder_named(ring, time, NAME).max_size(options.max_size.unwrap_or(4096));
                let jar = jar.build().unwrap();
                let mut layer = SessionManagerLayer::new(jar)
                    .with_always_save(options.always_save);
                if let Some(expiry) = expiry(options.expiry) {
                    layer = layer.with_expiry(expiry);
                }
                match options.subject {
                    Some(pointer) => layer.with_subject(pointer).unwrap(),
                    None => layer,
                }
            }

            /// Does the steps of the query, and reports the result of each.
            async fn run(session: Session, RawQuery(steps): RawQuery) -> Response {
                let mut status = StatusCode::OK;
                let mut told = Vec::new();
                for step in steps.unwrap_or_default().split(',') {
                    let words: Vec<&str> = step.split(':').collect();
                    told.push(match words[..] {
                        ["insert", key, value] => tell(session.insert(key, value).await),
                        ["fill", size] => {
                            let text = "x".repeat(size.parse().unwrap());
                            tell(session.insert("fill", text).await)
                        }
                        ["get", key] => tell(session.get::<String>(key).await),
                        ["number", key] => tell(session.get::<u32>(key).await),
                        ["remove", key] => tell(session.remove::<String>(key).await),
                        ["clear"] => tell(Ok(session.clear().await)),
                        ["flush"] => tell(session.flush().await),
                        ["delete"] => tell(session.delete().await),
                        ["cycle"] => tell(session.cycle_id().await),
                        ["save"] => tell(session.save().await),
                        ["load"] => tell(session.load().await),
                        ["empty"] => session.is_empty().await.to_string(),
                        ["modified"] => session.is_modified().to_string(),
                        ["id"] => id(&session),
                        ["expire", how] => tell(Ok(session.set_expiry(expiry(how)))),
                        ["expiry"] => session.expiry().is_some().to_string(),
                        ["fail"] => {
                            status = StatusCode::BAD_GATEWAY;
                            "fails".into()
                        }
                        _ => panic!("no such step: {step}"),
                    });
                }
                (status, told.join(", ")).into_response()
            }

            /// Answers, and uses the session after the response has been sent.
            async fn late(session: Session, Extension(late): Extension<Late>) -> String {
                let early = tell(session.insert("early", "1").await);
                tokio::spawn(async move {
                    late.answered.notified().await;
                    for told in [
                        tell(session.insert("late", "1").await),
                        tell(session.save().await),
                        tell(session.flush().await),
                    ] {
                        late.told.send(told).unwrap();
                    }
                });
                early
            }

            fn tell<T: std::fmt::Debug>(result: Result<T, session::Error>) -> String {
                match result {
                    Ok(value) => format!("{value:?}").replace('"', ""),
                    Err(error) => error.to_string(),
                }
            }

            fn id(session: &Session) -> String {
                session.id().map_or("no id".into(), |id| format!("id {id}"))
            }

            fn expiry(text: &str) -> Option<Expiry> {
                match text.split_once('=') {
                    Some(("idle", seconds)) => {
                        Some(Expiry::OnInactivity(Duration::seconds(seconds.parse().unwrap())))
                    }
                    Some(("at", unix)) => Some(Expiry::AtDateTime(
                        OffsetDateTime::from_unix_timestamp(unix.parse().unwrap()).unwrap(),
                    )),
                    _ => (text == "end").then_some(Expiry::OnSessionEnd),
                }
            }
        }
    };
}

version!(v0_14, axum_login::tower_sessions, tower_sessions_0_14);
version!(v0_15, tower_sessions, tower_sessions);
