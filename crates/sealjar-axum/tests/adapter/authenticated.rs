//! Where are people sent who are not logged in, wherever routers hide a part of the address?

use axum::Router;
use axum::body::Body;
use axum::routing::get as on_get;
use http::{Request, StatusCode, header};
use sealjar_axum::{Authenticated, Jar, SessionLayer, Unauthenticated};

use crate::support::{APP, Account, Basket, call, get, jar, ring};

async fn orders(session: Authenticated<Account>) -> String {
    session.subject().to_owned()
}

fn jar_with_login_page() -> Jar<Account> {
    let jar = Jar::builder(ring(), APP).login_page("/login");
    jar.build().unwrap()
}

fn page(path: &str) -> Request<Body> {
    let request = Request::get(path).header(header::ACCEPT, "text/html");
    request.body(Body::empty()).unwrap()
}

#[tokio::test]
async fn the_way_back_has_all_of_the_path_of_a_nested_router() {
    let routes = || Router::new().route("/orders", on_get(orders));
    let layer = || SessionLayer::new(jar_with_login_page());
    let outside = Router::new().nest("/account", routes()).layer(layer());
    let inside = Router::new().nest("/account", routes().layer(layer()));
    let twice = Router::new().nest("/a", Router::new().nest("/b", routes().layer(layer())));
    for (app, path) in [
        (outside, "/account/orders"),
        (inside, "/account/orders"),
        (twice, "/a/b/orders"),
    ] {
        let answer = call(&app, page(&format!("{path}?page=2"))).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
        let login_page = format!("/login?next={path}%3Fpage%3D2");
        assert_eq!(answer.all("location"), [&*login_page]);
    }
}

#[tokio::test]
async fn a_host_of_http_2_is_compared_with_the_page_of_the_form() {
    let app = Router::new()
        .route("/orders", axum::routing::post(orders))
        .layer(SessionLayer::new(jar_with_login_page()));
    for (referer, location) in [
        ("https://shop.test/form", "/login?next=/form"),
        ("https://evil.test/form", "/login"),
    ] {
        let form = Request::post("https://shop.test/orders")
            .header(header::ACCEPT, "text/html")
            .header(header::REFERER, referer);
        let answer = call(&app, form.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.all("location"), [location], "{referer}");
    }
}

#[tokio::test]
async fn a_handler_may_answer_in_its_own_way() {
    async fn handler(session: Result<Authenticated<Account>, Unauthenticated>) -> String {
        match session {
            Ok(session) => format!("hello {}", session.subject()),
            Err(denied) => format!("{denied}, {:?}", denied.location()),
        }
    }
    let jar = jar_with_login_page();
    let app = Router::new()
        .route("/", on_get(handler))
        .layer(SessionLayer::new(jar.clone()));
    let answer = call(&app, page("/")).await;
    assert_eq!(answer.body, "nobody is logged in, Some(\"/login?next=/\")");
    let ada = Account {
        name: "ada".into(),
        visits: 0,
    };
    let request = Request::get("/").header(header::COOKIE, jar.cookie_for(&ada).unwrap());
    let answer = call(&app, request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.body, "hello ada");
}

/// Two mistakes of a program: nobody could ever get to these handlers.
#[tokio::test]
async fn a_missing_layer_and_a_type_without_subject_answer_500_and_name_the_type() {
    let bare = Router::new().route("/", on_get(orders));
    let baskets = Router::new()
        .route("/", on_get(|_: Authenticated<Basket>| async {}))
        .layer(SessionLayer::new(jar::<Basket>()));
    for (app, wanted) in [
        (bare, "no SessionLayer<"),
        (baskets, "implement SessionData::subject for "),
    ] {
        let answer = call(&app, get("/")).await;
        assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
        assert!(answer.body.contains(wanted), "{}", answer.body);
    }
}
