//! How many bytes of cookies may a site have behind Traefik, and who refuses more?

use http::header::COOKIE;
use http::{Request, StatusCode};
use http_body_util::Full;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use sealjar_axum::Jar;
use sealjar_tests::traefik::{Traefik, service};
use serde_json::{Value, json};

use crate::browser::told;
use crate::notes::{self, Notes, Replica, digest, text_of};
use crate::wire::{Answer, Spoken, Wire};

/// HTTP/2 has a limit for all fields of a request together. The server tells Traefik, which then
/// answers by itself.
#[tokio::test(flavor = "multi_thread")]
async fn over_h2c_traefik_refuses_more_than_16_kb() {
    let jar = notes::jar();
    let (replica, wide) = (Replica::start(&jar).await, with_a_wider_limit(&jar).await);
    let traefik = Traefik::start(
        &routes(&[("h2c", replica.url("h2c")), ("wide", wide.url("h2c"))]),
        &[],
    );
    for spoken in [Spoken::Http1, Spoken::Http2] {
        let mut wire = Wire::to(&traefik, spoken).await;
        let mut status = async |route, bytes| {
            let answer = send(&jar, &mut wire, route, bytes).await.unwrap();
            answer.status
        };
        assert_eq!(status("h2c", 15_000).await, StatusCode::OK);
        assert_eq!(replica.arrived().len(), 1);
        let refused = status("h2c", 16_500).await;
        assert_eq!(refused, StatusCode::INTERNAL_SERVER_ERROR);
        assert!(replica.arrived().is_empty(), "the application was asked");
        // The control: a server that allows more is asked.
        assert_eq!(status("wide", 16_500).await, StatusCode::OK);
    }
    // Without Traefik the server itself refuses them.
    let mut wire = Wire::directly_to(replica.address, Spoken::Http2).await;
    let answer = send(&jar, &mut wire, "h2c", 17_000).await.unwrap();
    assert_eq!(answer.status, StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
    assert!(replica.arrived().is_empty());
}

/// Over HTTP/1.1 the application's server refuses what does not fit into its buffer.
#[tokio::test(flavor = "multi_thread")]
async fn over_http1_the_server_refuses_what_is_far_more() {
    let jar = notes::jar();
    let replica = Replica::start(&jar).await;
    let traefik = Traefik::start(&routes(&[("http", replica.url("http"))]), &[]);
    let too_large = StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
    for (bytes, expected) in [(390_000, StatusCode::OK), (900_000, too_large)] {
        // From Traefik, and without it.
        let behind = Wire::to(&traefik, Spoken::Http1).await;
        let beside = Wire::directly_to(replica.address, Spoken::Http1).await;
        for mut wire in [behind, beside] {
            let answer = send(&jar, &mut wire, "http", bytes).await.unwrap();
            assert_eq!(answer.status, expected, "{bytes}");
            // Traefik says in words what it refuses itself.
            assert!(expected.is_success() || answer.body.is_empty());
        }
    }
    // Traefik's own limit is 1 MB.
    replica.arrived();
    let mut wire = Wire::to(&traefik, Spoken::Http1).await;
    let answer = send(&jar, &mut wire, "http", 1_100_000).await.unwrap();
    assert_eq!(answer.status, too_large);
    assert!(answer.body.starts_with(b"431 "), "{answer:?}");
    assert!(replica.arrived().is_empty());
}

/// Reads a session, with so many bytes of cookies all in all. If it is read, it is opened.
async fn send(jar: &Jar<Notes>, wire: &mut Wire, route: &str, bytes: usize) -> Option<Answer> {
    let text = text_of(jar, 4000);
    let mut cookies = jar.cookie_for(&Notes { text: text.clone() }).unwrap();
    for number in 0.. {
        let other = format!("; other-{number}=");
        let Some(left) = bytes.checked_sub(cookies.len() + other.len()) else {
            break;
        };
        // Browsers keep none that is longer.
        cookies += &format!("{other}{}", "o".repeat(left.min(4000)));
    }
    let request = Request::get(format!("/{route}/read")).header(COOKIE, cookies);
    let answer = wire.send(request.body(Full::default()).unwrap()).await?;
    if answer.status.is_success() {
        assert_eq!(told(&answer), digest(&text));
    }
    Some(answer)
}

/// Starts a replica whose server allows 64 KB. `axum::serve` has no setting for that.
async fn with_a_wider_limit(jar: &Jar<Notes>) -> Replica {
    let (replica, listener) = Replica::listen().await;
    let app = replica.app(jar);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let service = TowerToHyperService::new(app.clone());
            tokio::spawn(async move {
                let mut server = auto::Builder::new(TokioExecutor::new());
                server.http2().max_header_list_size(64 * 1024);
                _ = server.serve_connection(TokioIo::new(stream), service).await;
            });
        }
    });
    replica
}

fn routes(to: &[(&str, String)]) -> Value {
    let mut routes = json!({});
    for (name, url) in to {
        routes["routers"][*name] =
            json!({ "rule": format!("PathPrefix(`/{name}/`)"), "service": name });
        routes["services"][*name] = service(std::slice::from_ref(url), &json!({}));
    }
    routes
}
