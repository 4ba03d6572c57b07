//! What does `retry` repeat, and how long does a visitor wait for a replica that is dead?

use std::time::{Duration, Instant};

use http::{Method, StatusCode};
use sealjar_tests::traefik::{Traefik, service};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::browser::Browser;
use crate::notes::{self, Replica};
use crate::servers::{Does, Site, Swallowing};
use crate::wire::Spoken;
use crate::{sessions, stack};

/// Two of three replicas answer, and the address of the third swallows packets, as that of a dead
/// task in an overlay network does.
#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_swallows_packets_costs_a_second() {
    let dead = Swallowing::address().await;
    let site = Site::of(&[Does::Answer, Does::Answer]).await;
    let servers = [&site.servers()[..], &[dead.url()]].concat();
    let start = |retry: &Value, health: &Value, options: &[&str]| {
        Traefik::start(&routes(&servers, retry, health), options)
    };
    let (retry, health) = (stack::retry(), stack::health_check());

    // One after the other: each third request meets it, and then another replica.
    let traefik = start(&retry, &Value::Null, &[stack::dial_timeout()]);
    let sent = site.send(&traefik, &POST, 6, 1).await;
    assert_eq!(sent.answered, 6, "{sent:?}");
    assert!(sent.slowest > DIAL, "nobody met it: {sent:?}");
    assert!(sent.slowest < 3 * DIAL, "{sent:?}");
    site.assert_once(6);

    // All at once, some meet it again at each attempt. The health check takes it away.
    let traefik = start(&retry, &health, &[stack::dial_timeout()]);
    let met = site.send(&traefik, &POST, FORMS, FORMS).await;
    println!("all at once: {met:?}");
    assert!(met.answered >= FORMS - 6, "{met:?}");
    assert!(site.arrived().values().all(|times| *times == 1));
    let noticed = Instant::now();
    let mut sent = site.send(&traefik, &POST, FORMS, FORMS).await;
    while sent.slowest > DIAL || sent.answered < FORMS {
        assert!(noticed.elapsed() < 10 * DIAL, "{sent:?}");
        sent = site.send(&traefik, &POST, FORMS, FORMS).await;
    }
    site.assert_once(FORMS);

    // The controls: without `retry` a third fails, and with Traefik's defaults a third waits.
    let traefik = start(&Value::Null, &Value::Null, &[stack::dial_timeout()]);
    let sent = site.send(&traefik, &POST, FORMS, FORMS).await;
    assert_eq!(
        sent.failed[&StatusCode::GATEWAY_TIMEOUT],
        FORMS / 3,
        "{sent:?}"
    );
    let traefik = start(&Value::Null, &Value::Null, &[]);
    let sent = site.send(&traefik, &POST, FORMS, FORMS).await;
    assert_eq!(sent.unanswered, FORMS / 3, "{sent:?}");
}

/// A replica that is gone refuses connections, and each form reaches one that is there.
#[tokio::test(flavor = "multi_thread")]
async fn a_form_to_a_closed_port_reaches_one_replica_once() {
    let closed = {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    let site = Site::of(&[Does::Answer, Does::Answer]).await;
    let servers = [&site.servers()[..], &[closed]].concat();
    let with = routes(&servers, &stack::retry(), &Value::Null);
    let mut traefik = Traefik::start(&with, &[stack::dial_timeout()]);
    let sent = site.send(&traefik, &POST, FORMS, 1).await;
    assert_eq!(sent.answered, FORMS, "{sent:?}");
    site.assert_once(FORMS);
    // The control.
    traefik.lead(&routes(&servers, &Value::Null, &Value::Null));
    let sent = site.send(&traefik, &POST, FORMS, 1).await;
    assert_eq!(sent.failed[&StatusCode::BAD_GATEWAY], FORMS / 3, "{sent:?}");
}

/// A replica that takes a request and ends without an answer may have done what it asks for.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_replica_has_received_is_not_repeated() {
    for method in [POST, Method::GET] {
        let site = Site::of(&[Does::Answer, Does::HangUp]).await;
        let with = routes(&site.servers(), &stack::retry(), &Value::Null);
        let mut traefik = Traefik::start(&with, &[]);
        let sent = site.send(&traefik, &method, FORMS, 1).await;
        assert_eq!(sent.failed[&StatusCode::BAD_GATEWAY], FORMS / 2, "{sent:?}");
        site.assert_once(FORMS);
        // The control: what the stack file says not to add.
        let mut retry = stack::retry();
        retry["status"] = json!(["500-599"]);
        retry["retryNonIdempotentMethod"] = json!(true);
        traefik.lead(&routes(&site.servers(), &retry, &Value::Null));
        let sent = site.send(&traefik, &method, FORMS, 1).await;
        assert_eq!(sent.answered, FORMS, "{sent:?}");
        assert!(site.arrived().values().any(|times| *times == 2));
    }
}

/// Between Traefik and a replica that speak HTTP/2, `retry` repeats some requests that were
/// answered. How many depends on the machine, so this tells, and asserts what holds over HTTP/1.1.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "measures for a minute: `just traefik --ignored --nocapture`"]
async fn retry_over_h2c_repeats_what_was_answered() {
    let jar = notes::jar();
    let replica = Replica::start(&jar).await;
    let traefik = Traefik::start(&sessions::routes(std::slice::from_ref(&replica)), &[]);
    for route in ["http-retry", "h2c-plain", "h2c-retry"] {
        let mut browser = Browser::at(&traefik, Spoken::Http2).await;
        for _ in 0..MANY {
            browser.write(route, "a form").await;
            browser.read(route).await;
        }
        let arrived = replica.arrived();
        let (forms, pages): (Vec<_>, Vec<_>) = arrived.iter().partition(|it| it.method == POST);
        let more = [forms.len(), pages.len()].map(|it| it - MANY);
        println!(
            "{route}: of {MANY} forms {} more arrived, of {MANY} pages {}",
            more[0], more[1]
        );
        assert!(route == "h2c-retry" || more == [0, 0]);
    }
}

fn routes(servers: &[String], retry: &Value, health_check: &Value) -> Value {
    let mut router = json!({ "rule": "PathPrefix(`/`)", "priority": 1, "service": "site" });
    let mut routes = json!({});
    if !retry.is_null() {
        router["middlewares"] = json!(["again"]);
        routes["middlewares"] = json!({ "again": { "retry": retry } });
    }
    let settings = match health_check {
        Value::Null => json!({}),
        health_check => json!({ "healthCheck": health_check }),
    };
    routes["services"] = json!({ "site": service(servers, &settings) });
    routes["routers"] = json!({ "site": router });
    routes
}

const POST: Method = Method::POST;
const FORMS: usize = 30;
/// How long Traefik waits for a connection, as the stack file has it. Less than a timer may be off.
const DIAL: Duration = Duration::from_millis(990);
/// How many are sent where some are repeated now and then.
const MANY: usize = 1000;
