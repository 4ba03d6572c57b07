//! What happens with several layers around one handler, with none, and with tasks that outlive it?

use std::sync::Arc;

use ::tower_sessions::Expiry;
use axum::routing::get as on_get;
use axum::{Extension, Router};
use http::StatusCode;
use sealjar_axum::{Session, SessionLayer, tower_sessions, tower_sessions_0_14};
use tokio::sync::Notify;
use tokio::sync::mpsc::unbounded_channel;

use crate::handler::{v0_14, v0_15};
use crate::logs::Logs;
use crate::support::{Account, Browser, NAME, Time, call, get, jar_named, ring, visit};
use crate::{Late, Options, cookie, max_age, worlds};

const THEIR_REFUSAL: &str = "Can't extract session. Is `SessionManagerLayer` enabled?";

#[tokio::test]
async fn without_a_layer_the_handler_is_refused_as_by_tower_sessions() {
    for router in [v0_14::router(), v0_15::router()] {
        let answer = call(&router, get("/?get:n")).await;
        assert_eq!(
            (answer.status, &*answer.body),
            (StatusCode::INTERNAL_SERVER_ERROR, THEIR_REFUSAL)
        );
    }
}

#[tokio::test]
async fn mounted_twice_the_outer_layer_serves_both() {
    let (ring, time) = (ring(), Time::starting());
    let inner = tower_sessions::SessionManagerLayer::new(jar_named(&ring, &time, NAME));
    let outer = inner.clone().with_expiry(Expiry::OnSessionEnd);
    let app = v0_15::router().layer(inner).layer(outer);
    let mut browser = Browser::default();
    let answer = browser.go(&app, "/?insert:n:1,expiry").await;
    assert_eq!((&*answer.body, answer.cookies().len()), ("(), true", 1));
    assert_eq!(max_age(answer.cookies()[0]), None);
    assert_eq!(browser.go(&app, "/?get:n,flush").await.body, "Some(1), ()");
    assert_eq!(browser.go(&app, "/?get:n").await.body, "None");
}

#[tokio::test]
async fn with_two_jars_the_handler_gets_neither() {
    let (ring, time) = (ring(), Time::starting());
    let layer = |name| tower_sessions::SessionManagerLayer::new(jar_named(&ring, &time, name));
    let app = v0_15::router()
        .layer(layer(NAME))
        .layer(layer("__Host-other"));
    let (logs, _guard) = Logs::begin();
    let answer = call(&app, get("/?get:n")).await;
    assert_eq!(
        (answer.status.as_u16(), &*answer.body),
        (500, THEIR_REFUSAL)
    );
    assert_eq!(call(&app, get("/untouched")).await.body, "nothing");
    let told = logs.take();
    assert!(told.contains(
        "gives no Session: two SessionLayer<sealjar_axum::tower_sessions::version::Record>"
    ));
}

#[tokio::test]
async fn both_versions_and_a_typed_session_go_side_by_side() {
    let (ring, time) = (ring(), Time::starting());
    let older = jar_named(&ring, &time, "__Host-older");
    let newer = jar_named(&ring, &time, "__Host-newer");
    let app = Router::new()
        .nest("/older", v0_14::router())
        .nest("/newer", v0_15::router())
        .route("/typed", on_get(visit))
        .layer(tower_sessions_0_14::SessionManagerLayer::new(older))
        .layer(tower_sessions::SessionManagerLayer::new(newer))
        .layer(SessionLayer::new(jar_named::<Account>(&ring, &time, NAME)));
    let mut browser = Browser::default();
    for (path, told) in [
        ("/older?insert:n:1", "()"),
        ("/newer?insert:n:2", "()"),
        ("/typed", "visit 1"),
        ("/older?get:n", "Some(1)"),
        ("/newer?get:n", "Some(2)"),
        ("/older?flush", "()"),
        ("/newer?get:n", "Some(2)"),
        ("/typed", "visit 2"),
    ] {
        assert_eq!(browser.go(&app, path).await.body, told, "{path}");
    }
}

#[tokio::test]
async fn the_sealed_session_is_there_for_who_knows_of_it() {
    async fn written(session: Session<tower_sessions::Record>) -> String {
        session.revision().to_string()
    }
    let (ring, time) = (ring(), Time::starting());
    let app = v0_15::router()
        .route("/revision", on_get(written))
        .layer(v0_15::layer(&ring, &time, &Options::default()));
    let mut browser = Browser::default();
    browser.go(&app, "/?insert:n:1").await;
    browser.go(&app, "/?insert:n:2").await;
    assert_eq!(browser.go(&app, "/revision").await.body, "1");
}

#[tokio::test]
async fn once_the_head_is_out_a_save_fails_by_name() {
    for mut world in worlds(&Options::default()) {
        let (told, mut hears) = unbounded_channel();
        let answered = Arc::new(Notify::new());
        let late = Late {
            answered: Arc::clone(&answered),
            told,
        };
        world.app = world.app.layer(Extension(late));
        assert_eq!(cookie(&world.go("/late").await), "set");
        answered.notify_one();
        let closed = "the response's head is out, change the session before answering";
        for wanted in ["()", closed, closed] {
            assert_eq!(
                hears.recv().await.as_deref(),
                Some(wanted),
                "{}",
                world.version
            );
        }
        assert_eq!(world.run("get:early,get:late").await.body, "Some(1), None");
    }
}

#[tokio::test]
async fn of_two_requests_at_once_the_later_answer_wins() {
    for mut world in worlds(&Options::default()) {
        world.run("insert:n:0").await;
        let mut other = world.browser.clone();
        let slower = other.go(&world.app, "/?insert:a:1").await;
        world.run("insert:b:1").await;
        world.browser.receive(&slower);
        assert_eq!(
            world.run("get:a,get:b").await.body,
            "Some(1), None",
            "{}",
            world.version
        );
    }
}
