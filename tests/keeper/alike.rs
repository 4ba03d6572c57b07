//! Is it the same app on both frameworks, byte for byte?

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;

use reqwest::header::{CONNECTION, CONTENT_TYPE, COOKIE, DATE, HeaderMap, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{Client, Method};
use sealjar_tests::programs::{Program, Running};

use crate::site::begin_ring;

#[tokio::test]
async fn both_frameworks_give_the_same_answers_to_the_same_visitor() {
    let directory = tempfile::tempdir().unwrap();
    let ring = directory.path().join("ring.json");
    begin_ring(&ring);
    let twins = Twins::start(&ring, &ring);
    let different = twins.visited().await;
    assert!(different.is_empty(), "{different:#?}");
}

/// The control: a twin that does not know the visitor differs at the first page that needs the
/// session.
#[tokio::test]
async fn a_twin_with_another_ring_gives_other_answers() {
    let directory = tempfile::tempdir().unwrap();
    let rings = ["one.json", "other.json"].map(|name| directory.path().join(name));
    for ring in &rings {
        begin_ring(ring);
    }
    let twins = Twins::start(&rings[0], &rings[1]);
    let different = twins.visited().await;
    let (asked, [axum, actix]) = &different[0];
    assert_eq!(*asked, "GET /");
    assert!(axum.body.contains("data-good=\"jar\" data-quantity=\"1\""));
    assert!(actix.body.contains("refused, unknown_key"));
}

#[tokio::test]
async fn both_end_at_sigterm_though_a_browser_keeps_its_connection() {
    let directory = tempfile::tempdir().unwrap();
    let ring = directory.path().join("ring.json");
    begin_ring(&ring);
    let mut twins = Twins::start(&ring, &ring);
    twins.ask(&("GET /", "", ""), &BTreeMap::new()).await;
    for process in &mut twins.processes {
        process.signal("-TERM");
        assert_eq!(process.ended(), Some(0));
    }
}

/// One replica on each framework. They have the same name, so that their pages can be equal.
struct Twins {
    processes: [Running; 2],
    addresses: [SocketAddr; 2],
    client: Client,
}

impl Twins {
    fn start(axum_ring: &Path, actix_ring: &Path) -> Self {
        let (axum, axum_address) = Program::AxumSsr.serve("twin", axum_ring, &[]);
        let (actix, actix_address) = Program::ActixSsr.serve("twin", actix_ring, &[]);
        let client = Client::builder().redirect(Policy::none()).no_proxy();
        Self {
            processes: [axum, actix],
            addresses: [axum_address, actix_address],
            client: client.build().unwrap(),
        }
    }

    /// Makes each request of the table to both, and returns the responses that differ.
    async fn visited(&self) -> Vec<(&'static str, [Answer; 2])> {
        let mut cookies = BTreeMap::new();
        let mut different = Vec::new();
        for (turn, asked) in TABLE.iter().enumerate() {
            let answers = self.ask(asked, &cookies).await;
            // The visitor takes the cookies of one after those of the other.
            answers[turn % 2].keep_cookies(&mut cookies);
            if answers[0].seen() != answers[1].seen() {
                different.push((asked.0, answers));
            }
        }
        different
    }

    async fn ask(&self, asked: &Asked, cookies: &BTreeMap<String, String>) -> [Answer; 2] {
        // A page shows the session's age. Between two equal pages no second has passed.
        let [axum, actix] = self.addresses;
        for _ in 0..9 {
            let before = self.send(axum, asked, cookies).await;
            let between = self.send(actix, asked, cookies).await;
            let after = self.send(axum, asked, cookies).await;
            if before.seen() == after.seen() {
                return [before, between];
            }
        }
        panic!("{asked:?} is never answered twice the same");
    }

    async fn send(
        &self,
        address: SocketAddr,
        (line, form, header): &Asked,
        cookies: &BTreeMap<String, String>,
    ) -> Answer {
        let (method, path) = line.split_once(' ').unwrap();
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let mut cookie = String::new();
        for (name, value) in cookies {
            cookie += &format!("{name}={value}; ");
        }
        let mut request = self
            .client
            .request(method, format!("http://{address}{path}"))
            .header("host", "shop.test")
            .header(COOKIE, cookie);
        if !form.is_empty() {
            let urlencoded = "application/x-www-form-urlencoded";
            request = request.header(CONTENT_TYPE, urlencoded).body(*form);
        }
        if let Some((name, value)) = header.split_once(": ") {
            request = request.header(name, value);
        }
        let response = request.send().await.unwrap();
        Answer {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: response.text().await.unwrap(),
        }
    }
}

#[derive(Debug)]
struct Answer {
    status: u16,
    headers: HeaderMap,
    body: String,
}

impl Answer {
    /// Everything that a visitor gets except the date, sealed values, which are never the same
    /// twice, and whether the connection stays open.
    fn seen(&self) -> (u16, Vec<String>, &str) {
        let mut headers = Vec::new();
        for (name, value) in &self.headers {
            // The spacing of lists does not matter (RFC 9110 section 5.6.1).
            let mut value = value.to_str().unwrap().replace(", ", ",");
            if name == SET_COOKIE {
                let (pair, attributes) = value.split_once(';').unwrap();
                let (name, sealed) = pair.split_once('=').unwrap();
                value = format!("{name}={};{attributes}", sealed.len());
            }
            if ![CONNECTION, DATE].contains(name) {
                headers.push(format!("{name}: {value}"));
            }
        }
        headers.sort();
        (self.status, headers, &self.body)
    }

    fn keep_cookies(&self, cookies: &mut BTreeMap<String, String>) {
        for line in self.headers.get_all(SET_COOKIE) {
            let line = line.to_str().unwrap();
            let (name, value) = line.split(';').next().unwrap().split_once('=').unwrap();
            if line.contains("Max-Age=0") {
                cookies.remove(name);
            } else {
                cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}

/// A request: its first line, the form that it sends, and a header.
type Asked = (&'static str, &'static str, &'static str);

const TABLE: &[Asked] = &[
    ("GET /", "", ""),
    ("HEAD /", "", ""),
    ("GET /panel", "", ""),
    ("GET /login", "", ""),
    ("POST /add", "good=jar", ""),
    ("GET /", "", ""),
    ("POST /login", "login=ada&password=wrong", ""),
    ("POST /login", "login=eve&password=lovelace", ""),
    ("POST /login", "login=ada&password=lovelace", ""),
    ("HEAD /", "", ""),
    ("GET /", "", ""),
    ("GET /", "", ""),
    ("GET /", "", "sec-fetch-mode: navigate"),
    ("POST /add", "good=tea", ""),
    ("POST /add", "good=tea", "origin: https://shop.test"),
    ("POST /add", "good=tea", "sec-fetch-site: same-origin"),
    ("POST /add", "good=tea", "origin: https://evil.test"),
    ("POST /add", "good=tea", "origin: null"),
    ("POST /add", "good=tea", "sec-fetch-site: cross-site"),
    ("POST /add", "good=tea", "sec-fetch-site: same-site"),
    ("POST /add", "good=gold", ""),
    ("POST /add", "", ""),
    ("POST /add", "bad=tea", ""),
    ("POST /add", "good=tea&good=jar", ""),
    ("POST /add", LONG, ""),
    ("POST /login", "login=ada", ""),
    ("POST /login", "%ff", ""),
    ("GET /", "", ""),
    ("POST /remove", "good=tea", ""),
    ("GET /panel", "", ""),
    ("HEAD /panel", "", ""),
    ("GET /", "", "sec-purpose: prefetch"),
    ("GET /login", "", ""),
    ("POST /login", "login=alan&password=turing", ""),
    ("GET /", "", ""),
    ("GET /", "", "cookie: __Host-Http-session=garbage"),
    ("GET /nowhere", "", ""),
    ("GET /add", "", ""),
    ("POST /", "", ""),
    ("DELETE /login", "", ""),
    ("POST /logout", "", ""),
    ("GET /", "", ""),
    ("GET /healthz", "", ""),
    ("HEAD /healthz", "", ""),
];

/// A form that is longer than the app accepts.
const LONG: &str = match str::from_utf8(&[b'x'; 20_000]) {
    Ok(text) => text,
    Err(_) => unreachable!(),
};
