//! Do sessions of every size come through, whatever is spoken on both sides?

use std::collections::BTreeSet;

use futures_util::StreamExt as _;
use http::header::{CONTENT_ENCODING, COOKIE};
use http::{Method, Version};
use sealjar_tests::traefik::{Traefik, service};
use serde_json::{Value, json};
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

use crate::browser::{Browser, NOW, told};
use crate::notes::{self, LARGEST, Notes, Replica, digest, text_of};
use crate::wire::{Spoken, secured};

#[tokio::test(flavor = "multi_thread")]
async fn sessions_of_every_size_are_opened_and_written() {
    let jar = notes::jar();
    let replicas = [Replica::start(&jar).await, Replica::start(&jar).await];
    let traefik = Traefik::start(&routes(&replicas), &[]);
    let sizes = SIZES.map(|bytes| text_of(&jar, bytes));
    for spoken in [Spoken::Http1, Spoken::Http2] {
        for scheme in SCHEMES {
            for between in BETWEEN {
                for in_crumbs in [false, true] {
                    let case = format!("{spoken:?}, {scheme}, {between}, in crumbs: {in_crumbs}");
                    let route = format!("{scheme}-{between}");
                    let mut browser = Browser::at(&traefik, spoken).await;
                    browser.in_crumbs = in_crumbs;
                    // Longer and longer, and back to the shortest.
                    for text in sizes.iter().chain([&sizes[0]]) {
                        let answer = browser.write(&route, text).await;
                        assert_eq!(told(&answer), digest(text), "{case}");
                        let is_compressed = answer.headers.contains_key(CONTENT_ENCODING);
                        assert_eq!(is_compressed, between == "compress", "{case}");
                        assert_eq!(browser.read(&route).await, digest(text), "{case}");
                    }
                    let is_bound = browser.cookies.value(STICKY).is_some();
                    assert_eq!(is_bound, between == "sticky", "{case}");
                }
            }
        }
    }
    let arrived = replicas.each_ref().map(Replica::arrived).concat();
    for it in &arrived {
        // What Traefik speaks is what the address asks for, whatever the browser speaks.
        let over_http2 = it.version == Version::HTTP_2;
        assert_eq!(over_http2, it.path.starts_with("/h2c-"), "{it:?}");
        // Nothing is repeated, but where `retry` meets `h2c`: see `retry.rs`.
        let times = arrived.iter().filter(|other| other.number == it.number);
        assert!(
            times.count() == 1 || it.path.starts_with("/h2c-retry"),
            "{it:?}"
        );
    }
    // Crumbs of HTTP/1.1 arrive as they are, and those of HTTP/2 as one field.
    let fields: BTreeSet<_> = arrived.iter().map(|it| it.cookie_fields).collect();
    assert_eq!(fields, BTreeSet::from([0, 1, 2, 3, 4, 5]));
}

/// The largest session is in four cookies, and the smallest in one: the sizes are what they say.
#[test]
fn the_sizes_take_one_to_four_cookies() {
    let jar = notes::jar();
    let cookies = SIZES.map(|bytes| {
        let text = text_of(&jar, bytes);
        let header = jar.cookie_for(&Notes { text }).unwrap();
        assert!(bytes - header.len() < 100, "{bytes}: {}", header.len());
        header.split("; ").count()
    });
    assert_eq!(cookies, [1, 1, 2, 3, 4]);
}

/// The control: a session that misses a cookie on the way is not opened.
#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_misses_a_cookie_is_not_opened() {
    let jar = notes::jar();
    let replicas = [Replica::start(&jar).await];
    let traefik = Traefik::start(&routes(&replicas), &[]);
    let mut browser = Browser::at(&traefik, Spoken::Http2).await;
    let text = text_of(&jar, LARGEST);
    browser.write("http-plain", &text).await;
    let whole = browser.cookies.header("/", NOW);
    for missing in 0..4 {
        let mut cookies: Vec<_> = whole.split("; ").collect();
        cookies.remove(missing);
        let torn = cookies.join("; ");
        let path = "/http-plain/read";
        let answer = browser.send_with(Method::GET, path, String::new(), &torn);
        assert_eq!(told(&answer.await), digest(""), "without {missing}");
    }
    assert_eq!(browser.read("http-plain").await, digest(&text));
}

/// A WebSocket begins with a request, and the session is in it.
#[tokio::test(flavor = "multi_thread")]
async fn a_websocket_begins_with_the_session() {
    let jar = notes::jar();
    let traefik = Traefik::start(&routes(&[Replica::start(&jar).await]), &[]);
    let text = text_of(&jar, LARGEST);
    let cookies = jar.cookie_for(&Notes { text: text.clone() }).unwrap();
    // The control has no cookie.
    for (cookies, expected) in [(Some(cookies), text), (None, String::new())] {
        let mut request = "wss://localhost/http-plain/socket"
            .into_client_request()
            .unwrap();
        if let Some(cookies) = cookies {
            request
                .headers_mut()
                .insert(COOKIE, cookies.parse().unwrap());
        }
        let stream = secured(&traefik, Spoken::Http1).await;
        let (mut socket, _) = client_async(request, stream).await.unwrap();
        let message = socket.next().await.unwrap().unwrap();
        assert_eq!(message.to_text().unwrap(), expected);
    }
}

/// For each way to speak to the replicas and each middleware a route of its own.
pub(crate) fn routes(replicas: &[Replica]) -> Value {
    let mut routes = json!({
        "middlewares": {
            "compress": { "compress": {} },
            "retry": { "retry": { "attempts": 3, "initialInterval": "100ms" } },
        },
    });
    for scheme in SCHEMES {
        let urls: Vec<_> = replicas.iter().map(|it| it.url(scheme)).collect();
        for between in BETWEEN {
            let name = format!("{scheme}-{between}");
            let mut router = json!({ "rule": format!("PathPrefix(`/{name}/`)"), "service": name });
            let mut settings = json!({});
            match between {
                "plain" => {}
                "sticky" => settings = json!({ "sticky": { "cookie": { "name": STICKY } } }),
                middleware => router["middlewares"] = json!([middleware]),
            }
            routes["routers"][&name] = router;
            routes["services"][&name] = service(&urls, &settings);
        }
    }
    routes
}

const SCHEMES: [&str; 2] = ["http", "h2c"];
const BETWEEN: [&str; 4] = ["plain", "compress", "retry", "sticky"];
const STICKY: &str = "notes_replica";
/// Bytes of the `Cookie` header. The smallest session of this application takes some more than 100.
const SIZES: [usize; 5] = [150, 4000, 6000, 9000, LARGEST];
