//! Does a real cache give one visitor's cookie or page to another?
//!
//! Apache, nginx and Varnish run in front of an axum application with the cache headers that
//! applications use. Each claim has a control: the same application with the policies that sealjar
//! used to leave alone. The tests need `apache2`, `nginx` and `varnish`, and run as root or as any
//! user.

#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    reason = "in the helpers of tests it is the assertion"
)]

mod apache;
mod app;
mod nginx;
mod proxy;
mod varnish;
mod visitors;

use app::{App, Page};
use proxy::Proxy;
use visitors::{each_is_known, handed_on};

/// The cache headers of pages whose every visit sets the session's cookie.
const PAGES: [Page; 10] = [
    Page::saying(&[]),
    Page::saying(&[("cache-control", "private, max-age=60")]),
    Page::saying(&[("cache-control", "no-cache")]),
    Page::saying(&[("cache-control", "public, no-cache")]),
    Page::saying(&[("cache-control", "public, max-age=60")]),
    Page::saying(&[("cache-control", "s-maxage=60")]),
    Page::saying(&[("cdn-cache-control", "max-age=60")]),
    Page::saying(&[
        ("cache-control", "private"),
        ("surrogate-control", "max-age=60"),
    ]),
    Page::saying(&[("x-accel-expires", "60")]),
    Page::saying(&[("expires", "Thu, 01 Jan 2099 00:00:00 GMT")]),
];

#[tokio::test]
async fn apache_with_its_defaults_hands_no_cookie_on() {
    let leaks = compare(apache::start).await;
    assert_eq!(
        leaks,
        ["cache-control: no-cache", "cache-control: public, no-cache"]
    );
}

/// With the line that many people add so that pages are cached although they set cookies.
#[tokio::test]
async fn nginx_hands_no_cookie_on() {
    let leaks = compare(nginx::start).await;
    assert_eq!(leaks, ["x-accel-expires: 60"]);
}

/// With a configuration that prefers targeted fields, as CDNs do.
#[tokio::test]
async fn varnish_hands_no_cookie_on() {
    let leaks = compare(varnish::start).await;
    let targeted = [
        "cdn-cache-control: max-age=60",
        "cache-control: private, surrogate-control: max-age=60",
    ];
    assert_eq!(leaks, targeted);
}

#[tokio::test]
async fn a_public_page_that_reads_the_session_is_kept_for_each_visitor() {
    let page = Page::saying(&[("cache-control", "public, max-age=60")]);
    for start in [apache::start as fn(_) -> _, nginx::start] {
        let app = App::serve(&page).await;
        let cache = start(app.address);
        assert!(each_is_known(&cache, &app).await, "{}", cache.name);
        // The control: without `Vary`, everybody gets the first visitor's page.
        let careless = App::serve_without_vary(&page).await;
        let cache = start(careless.address);
        assert!(!each_is_known(&cache, &careless).await, "{}", cache.name);
    }
}

/// Asserts that a cache passes no cookie on, and returns the pages for which it does under the
/// earlier policies.
async fn compare(start: impl Fn(std::net::SocketAddr) -> Proxy) -> Vec<String> {
    let mut leaks = Vec::new();
    for page in &PAGES {
        let app = App::serve(page).await;
        let cache = start(app.address);
        assert!(!handed_on(&cache).await, "{} under {page}", cache.name);
        let before = App::serve_as_before(page).await;
        let cache = start(before.address);
        if handed_on(&cache).await {
            leaks.push(page.to_string());
        }
    }
    leaks
}
