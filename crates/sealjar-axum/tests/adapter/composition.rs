//! Several layers around one handler.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::Router;
use axum::routing::get as on_get;
use http::StatusCode;
use sealjar_axum::{Session, SessionError, SessionLayer};

use crate::support::{
    Account, Basket, Browser, NAME, Time, call, get, jar, jar_named, ring, visit,
};

async fn buy(basket: Session<Basket>) -> Result<String, SessionError> {
    basket.update(|it| {
        it.items.push("apple".into());
        format!("{} items", it.items.len())
    })
}

async fn both(account: Session<Account>, basket: Session<Basket>) -> Result<String, SessionError> {
    account.update(|it| it.visits += 1)?;
    basket.update(|it| it.items.push("pear".into()))?;
    Ok(format!(
        "{} visits, {} items",
        account.get().visits,
        basket.get().items.len()
    ))
}

async fn look(account: Session<Account>, basket: Session<Basket>) -> String {
    format!(
        "{} visits, {} items",
        account.get().visits,
        basket.get().items.len()
    )
}

#[tokio::test]
async fn two_types_with_two_cookies_compose() {
    let (ring, time) = (ring(), Time::starting());
    let app = Router::new()
        .route("/visit", on_get(visit))
        .route("/buy", on_get(buy))
        .route("/both", on_get(both))
        .route("/look", on_get(look))
        .layer(SessionLayer::new(jar_named::<Account>(&ring, &time, NAME)))
        .layer(SessionLayer::new(jar_named::<Basket>(
            &ring,
            &time,
            "__Host-basket",
        )));
    let mut browser = Browser::default();

    let answer = browser.go(&app, "/visit").await;
    assert_eq!(answer.cookies().len(), 1);
    assert!(answer.cookies()[0].starts_with("__Host-session="));
    let answer = browser.go(&app, "/buy").await;
    assert_eq!(
        (answer.body.as_str(), answer.cookies().len()),
        ("1 items", 1)
    );
    assert!(answer.cookies()[0].starts_with("__Host-basket="));

    let answer = browser.go(&app, "/both").await;
    assert_eq!(answer.body, "2 visits, 2 items");
    let mut names: Vec<&str> = answer
        .cookies()
        .iter()
        .map(|it| it.split('=').next().unwrap())
        .collect();
    names.sort_unstable();
    assert_eq!(names, ["__Host-basket", "__Host-session"]);
    // Both layers have their say about caches, once.
    assert_eq!(answer.all("cache-control"), ["no-store"]);
    assert_eq!(answer.all("vary"), ["Cookie"]);

    let answer = browser.go(&app, "/look").await;
    assert_eq!(answer.body, "2 visits, 2 items");
    assert!(answer.cookies().is_empty());
    assert_eq!(
        (answer.all("cache-control"), answer.all("vary")),
        (vec!["private"], vec!["Cookie"])
    );

    // One goes, the other stays.
    let app = app.merge(
        Router::new()
            .route(
                "/leave",
                on_get(|it: Session<Account>| async move { it.purge() }),
            )
            .layer(SessionLayer::new(jar_named::<Account>(&ring, &time, NAME))),
    );
    browser.go(&app, "/leave").await;
    assert_eq!(browser.go(&app, "/look").await.body, "0 visits, 2 items");
}

#[tokio::test]
async fn a_read_of_one_and_a_write_of_the_other_let_no_shared_cache_keep_the_page() {
    async fn mixed(account: Session<Account>, basket: Session<Basket>) -> Result<(), SessionError> {
        _ = account.get();
        basket.update(|it| it.items.push("x".into()))
    }
    let (ring, time) = (ring(), Time::starting());
    let account = SessionLayer::new(jar_named::<Account>(&ring, &time, NAME));
    let basket = SessionLayer::new(jar_named::<Basket>(&ring, &time, "b"));
    let route = || Router::new().route("/", on_get(mixed));
    for app in [
        route().layer(account.clone()).layer(basket.clone()),
        route().layer(basket.clone()).layer(account.clone()),
    ] {
        let answer = call(&app, get("/")).await;
        assert_eq!(answer.cookies().len(), 1);
        let policy = answer.all("cache-control").join(", ");
        assert!(policy == "no-store" || policy == "private", "{policy}");
        assert_eq!(answer.all("vary"), ["Cookie"]);
    }
}

#[tokio::test]
async fn the_same_jar_mounted_twice_serves_one_session() {
    let jar = jar::<Account>();
    let layer = SessionLayer::new(jar.clone());
    let app = Router::new()
        .route("/", on_get(visit))
        .layer(layer.clone())
        .layer(SessionLayer::new(jar))
        .layer(layer);
    let mut browser = Browser::default();
    for count in 1..4 {
        let answer = browser.go(&app, "/").await;
        assert_eq!(answer.body, format!("visit {count}"));
        assert_eq!(answer.cookies().len(), 1);
        assert_eq!(answer.all("vary"), ["Cookie"]);
    }
}

#[cfg(debug_assertions)]
#[tokio::test]
async fn two_types_with_one_cookie_name_are_refused_by_name_in_a_debug_build() {
    async fn both(_: Session<Account>, _: Session<Basket>) {}
    let (ring, time) = (ring(), Time::starting());
    for (name, status) in [
        (NAME, StatusCode::INTERNAL_SERVER_ERROR),
        ("basket", StatusCode::OK),
    ] {
        let app = Router::new()
            .route("/", on_get(both))
            .layer(SessionLayer::new(jar_named::<Account>(&ring, &time, NAME)))
            .layer(SessionLayer::new(jar_named::<Basket>(&ring, &time, name)));
        let answer = call(&app, get("/")).await;
        assert_eq!(answer.status, status, "{name}: {}", answer.body);
        if status != StatusCode::OK {
            assert!(
                answer.body.contains("cookie_name of its own"),
                "{}",
                answer.body
            );
            assert!(answer.body.contains("::Account>"), "{}", answer.body);
        }
    }
}

#[tokio::test]
async fn two_jars_for_one_type_answer_500_and_no_handler_runs() {
    let calls = Arc::new(AtomicU32::new(0));
    let counted = {
        let calls = Arc::clone(&calls);
        move |_: Session<Account>| {
            calls.fetch_add(1, Ordering::Relaxed);
            async {}
        }
    };
    let (ring, time) = (ring(), Time::starting());
    let route = || Router::new().route("/", on_get(counted.clone()));
    // Even with one ring and one name: which of the two would write is left to chance.
    for name in [NAME, "other"] {
        let app = route()
            .layer(SessionLayer::new(jar_named::<Account>(&ring, &time, NAME)))
            .layer(SessionLayer::new(jar_named::<Account>(&ring, &time, name)));
        let answer = call(&app, get("/")).await;
        assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
        assert!(answer.body.contains("two SessionLayer<"), "{}", answer.body);
        assert!(answer.body.contains("::Account>"), "{}", answer.body);
        assert!(answer.cookies().is_empty());
    }
    // A third layer does not make it one again.
    let app = route()
        .layer(SessionLayer::new(jar_named::<Account>(&ring, &time, NAME)))
        .layer(SessionLayer::new(jar_named::<Account>(
            &ring, &time, "other",
        )))
        .layer(SessionLayer::new(jar_named::<Account>(&ring, &time, NAME)));
    let answer = call(&app, get("/")).await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(calls.load(Ordering::Relaxed), 0);
    let one = route().layer(SessionLayer::new(jar_named::<Account>(&ring, &time, NAME)));
    assert_eq!(call(&one, get("/")).await.status, StatusCode::OK);
    assert_eq!(calls.load(Ordering::Relaxed), 1);
}
