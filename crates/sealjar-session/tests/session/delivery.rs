//! A debug build warns when the browser will drop the cookie, so that a developer who sees "visit
//! 1" for ever learns why.

use sealjar_session::adapter::{self, Client};
use sealjar_session::{FetchMetadata, Jar, JarBuilder, Session};

use crate::capture::{Capture, Line, warnings};
use crate::support::{Account, Time, account, builder, close, ring};

type Headers<'a> = &'a [(&'static str, &'a str)];

const BROWSER: (&str, &str) = ("user-agent", "Mozilla/5.0");
const ELSEWHERE: (&str, &str) = ("host", "192.168.1.7:3000");
const HERE: (&str, &str) = ("host", "localhost:3000");

fn jar(set: impl Fn(JarBuilder<Account>) -> JarBuilder<Account>) -> Jar<Account> {
    set(builder(&ring(), &Time::starting())).build().unwrap()
}

fn begin(jar: &Jar<Account>, headers: Headers<'_>, cookie: &str) -> Session<Account> {
    let cookie = (!cookie.is_empty()).then(|| cookie.to_owned());
    let session = jar.open(cookie, FetchMetadata::default());
    let header = |name: &str| {
        let found = headers.iter().find(|it| it.0 == name)?;
        Some(found.1.as_bytes())
    };
    adapter::note_client(&session, Client::of(header));
    session
}

/// Counts a visit.
fn visit(jar: &Jar<Account>, headers: Headers<'_>, cookie: &str) {
    let session = begin(jar, headers, cookie);
    session.update(|it| it.visits += 1).unwrap();
    close(&session);
}

fn events(work: impl FnOnce()) -> Vec<Line> {
    Capture::run(|_| work())
}

#[test]
fn a_secure_cookie_over_plain_http_is_warned_of_once() {
    let plain = jar(|it| it);
    let told = events(|| {
        for _ in 0..3 {
            visit(&plain, &[ELSEWHERE, BROWSER], "");
        }
    });
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(warnings(&told, "this looks like plain http"), 1);
    assert!(
        told[0].1.iter().any(|it| it == "host=192.168.1.7"),
        "{told:?}"
    );

    // The controls: https at a proxy, this machine, a program, a jar for plain http, nothing set.
    let https = ("x-forwarded-proto", "https");
    let insecure = jar(|it| it.allow_insecure_http(true));
    let quiet = events(|| {
        visit(&jar(|it| it), &[ELSEWHERE, BROWSER, https], "");
        visit(&jar(|it| it), &[HERE, BROWSER], "");
        visit(&jar(|it| it), &[ELSEWHERE], "");
        visit(&jar(|it| it), &[], "");
        visit(&insecure, &[ELSEWHERE, BROWSER], "");
        let reads = jar(|it| it);
        let session = begin(&reads, &[ELSEWHERE, BROWSER], "");
        _ = session.get();
        close(&session);
        let unused = jar(|it| it);
        close(&begin(&unused, &[ELSEWHERE, BROWSER], ""));
    });
    assert!(quiet.is_empty(), "{quiet:?}");
}

#[test]
fn a_domain_that_does_not_cover_the_host_is_warned_of_once() {
    let shared = |it: JarBuilder<Account>| it.cookie_name("__Secure-s").domain("Example.org");
    let jar_for_it = jar(shared);
    let told = events(|| {
        for _ in 0..3 {
            visit(&jar_for_it, &[HERE, BROWSER], "");
        }
    });
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(warnings(&told, "its Domain does not cover the host"), 1);
    for field in ["host=localhost", "domain=example.org"] {
        assert!(told[0].1.iter().any(|it| it == field), "{field}: {told:?}");
    }
    let https = ("x-forwarded-proto", "https");
    let quiet = events(|| {
        for host in ["example.org", "www.example.org", "WWW.EXAMPLE.ORG:8443"] {
            visit(&jar(shared), &[("host", host), BROWSER, https], "");
        }
    });
    assert!(quiet.is_empty(), "{quiet:?}");
}

#[test]
fn a_cookie_that_does_not_come_back_is_warned_of_once() {
    let lost = jar(|it| it);
    let told = events(|| {
        for _ in 0..4 {
            visit(&lost, &[HERE, BROWSER], "");
        }
    });
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(warnings(&told, "did not come back"), 1);
}

#[test]
fn a_cookie_that_comes_back_is_never_warned_of() {
    let https = ("x-forwarded-proto", "https");
    let told = events(|| {
        // Once one cookie has come back, requests without one are new visitors.
        let kept = jar(|it| it);
        let cookie = kept.cookie_for(&account("ada")).unwrap();
        visit(&kept, &[HERE, BROWSER], "");
        visit(&kept, &[HERE, BROWSER], &cookie);
        visit(&kept, &[HERE, BROWSER], "");
        visit(&kept, &[HERE, BROWSER], "");

        // Two requests of one page, both begun before the first response.
        let both = jar(|it| it);
        let sessions = [(); 2].map(|()| begin(&both, &[HERE, BROWSER], ""));
        for session in sessions {
            session.update(|it| it.visits += 1).unwrap();
            close(&session);
        }

        // Two browsers, and two hosts of one application.
        let two = jar(|it| it);
        visit(&two, &[HERE, BROWSER], "");
        visit(&two, &[HERE, ("user-agent", "Mozilla/5.1")], "");
        visit(&two, &[("host", "shop.test"), BROWSER, https], "");

        // A program that keeps no cookies, such as an application's own tests.
        let program = jar(|it| it);
        visit(&program, &[HERE], "");
        visit(&program, &[HERE], "");

        // A visitor without a session, who got no cookie.
        let reader = jar(|it| it);
        for _ in 0..3 {
            let session = begin(&reader, &[HERE, BROWSER], "");
            _ = session.get();
            close(&session);
        }
    });
    assert!(told.is_empty(), "{told:?}");
}
