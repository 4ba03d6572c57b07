//! What does a router do around and inside the layer?

use axum::Router;
use axum::routing::get as on_get;
use http::{Method, StatusCode};
use sealjar_axum::SessionLayer;

use crate::support::{Account, call, get, get_with, jar, show, visit};

#[tokio::test]
async fn a_route_added_after_the_layer_is_outside_of_it() {
    let route = || Router::new().route("/", on_get(show));
    let layer = SessionLayer::new(jar::<Account>());
    let late = Router::new().layer(layer.clone()).merge(route());
    let answer = call(&late, get("/")).await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(
        answer.body.contains("no SessionLayer<") && answer.body.contains("::Account>"),
        "{}",
        answer.body
    );
    let early = route().layer(layer);
    assert_eq!(call(&early, get("/")).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_router_answers_head_with_get_and_options_by_itself() {
    let jar = jar();
    let mut request = get("/");
    *request.method_mut() = Method::HEAD;
    let app = Router::new()
        .route("/", on_get(visit))
        .layer(SessionLayer::new(jar.clone()));
    let answer = call(&app, request).await;
    assert_eq!(
        (answer.status, answer.body.as_str(), answer.cookies().len()),
        (StatusCode::OK, "", 1)
    );

    let header = jar.cookie_for(&Account::default()).unwrap();
    let mut request = get_with(header);
    *request.method_mut() = Method::OPTIONS;
    let answer = call(&app, request).await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    assert!(answer.cookies().is_empty() && answer.all("vary").is_empty());
}
