//! Does a login hold on every replica, and end when it should?

#![expect(
    clippy::unwrap_used,
    reason = "in the helpers of tests it is the assertion"
)]

use std::collections::BTreeSet;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use axum_login_ssr::app::app;
use http_body_util::BodyExt;
use sealjar_axum::{LiveRing, Timestamp, testing};
use sealjar_tests::cookies::Cookies;
use tower::ServiceExt;

/// A visitor of two replicas that share a ring and take turns.
struct Visitor {
    ring: LiveRing,
    replicas: [Router; 2],
    cookies: Cookies,
}

struct Answer {
    status: StatusCode,
    location: String,
    vary: Vec<String>,
    page: String,
}

impl Visitor {
    fn new() -> Self {
        let ring = testing::ring();
        Self {
            replicas: ["web-1", "web-2"]
                .map(|name| app(&ring, &name.into(), "session", false).unwrap()),
            ring,
            cookies: Cookies::of("library.test"),
        }
    }

    async fn look(&mut self, path: &str) -> Answer {
        self.ask(Request::get(path).body(Body::empty()).unwrap())
            .await
    }

    async fn post(&mut self, path: &str, form: &str) -> Answer {
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(form.to_owned()));
        self.ask(request.unwrap()).await
    }

    async fn ask(&mut self, mut request: Request<Body>) -> Answer {
        let cookies = self.cookies.header("/", NOW);
        let headers = request.headers_mut();
        headers.insert(header::HOST, "library.test".parse().unwrap());
        headers.insert(header::COOKIE, cookies.parse().unwrap());
        self.replicas.reverse();
        let response = self.replicas[0].clone().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        for line in head.headers.get_all(header::SET_COOKIE) {
            self.cookies.take(line.to_str().unwrap(), NOW);
        }
        let location = head.headers.get(header::LOCATION);
        let vary = head.headers.get_all(header::VARY);
        let page = body.collect().await.unwrap().to_bytes();
        Answer {
            status: head.status,
            location: location.map_or("", |it| it.to_str().unwrap()).into(),
            vary: vary.iter().map(|it| it.to_str().unwrap().into()).collect(),
            page: String::from_utf8(page.to_vec()).unwrap(),
        }
    }

    async fn log_in(&mut self, form: &str) {
        let answer = self.post("/login", form).await;
        assert_eq!(
            (answer.status, &*answer.location),
            (StatusCode::SEE_OTHER, "/room")
        );
    }

    async fn is_let_in(&mut self) -> bool {
        let answer = self.look("/room").await;
        if answer.status != StatusCode::OK {
            assert_eq!(answer.location, "/login?next=%2Froom");
        }
        answer.page.contains("Ada Lovelace")
    }
}

/// No time passes here.
const NOW: u32 = 0;

const ADA: &str = "login=ada&password=lovelace";
const ALAN: &str = "login=alan&password=turing";
const SESSION: &str = "__Host-Http-session";

#[tokio::test]
async fn a_member_logs_in_and_is_known_on_both_replicas() {
    let mut visitor = Visitor::new();
    assert!(!visitor.is_let_in().await);
    assert!(visitor.look("/").await.page.contains("Log in"));
    visitor.log_in(ADA).await;
    assert!(visitor.is_let_in().await);
    let mut replicas = BTreeSet::<&str>::new();
    for visits in 2..=7 {
        let room = visitor.look("/room").await;
        assert!(room.page.contains("Ada Lovelace"), "visit {visits}");
        assert!(room.page.contains(&format!("data-visits>{visits}<")));
        replicas.extend(
            ["web-1", "web-2"]
                .iter()
                .filter(|it| room.page.contains(**it)),
        );
    }
    assert_eq!(replicas.len(), 2);
}

#[tokio::test]
async fn visits_are_those_of_one_member_whoever_logs_in_over_another() {
    for (next, name, visits) in [
        (ADA, "Ada Lovelace", "<strong data-visits>3</strong> times"),
        (ALAN, "Alan Turing", "once"),
    ] {
        let mut visitor = Visitor::new();
        visitor.log_in(ADA).await;
        visitor.look("/room").await;
        visitor.look("/room").await;
        visitor.log_in(next).await;
        let room = visitor.look("/room").await.page;
        assert!(room.contains(name));
        assert!(room.contains(visits), "{name}: {room}");
    }
}

#[tokio::test]
async fn every_page_tells_caches_that_it_depends_on_the_visitor() {
    let mut visitor = Visitor::new();
    for path in ["/", "/login", "/room", "/nowhere"] {
        assert_eq!(visitor.look(path).await.vary, ["Cookie"], "{path}");
    }
    visitor.log_in(ADA).await;
    for path in ["/", "/login", "/room", "/nowhere"] {
        assert_eq!(visitor.look(path).await.vary, ["Cookie"], "{path}");
    }
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_name_are_refused_alike() {
    let mut visitor = Visitor::new();
    for form in ["login=ada&password=turing", "login=eve&password=lovelace"] {
        let answer = visitor.post("/login", form).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.page.contains("The name or the password is wrong."));
        assert_eq!(visitor.cookies.header("/", NOW), "");
    }
    assert!(!visitor.is_let_in().await);
}

#[tokio::test]
async fn who_logs_out_is_out_even_if_a_slow_answer_brings_the_cookie_back() {
    let mut visitor = Visitor::new();
    visitor.log_in(ADA).await;
    let kept = visitor.cookies.clone();
    assert_eq!(visitor.post("/logout", "").await.location, "/");
    assert_eq!(visitor.cookies.value(SESSION), None);
    assert!(!visitor.is_let_in().await);
    let kept = kept.value(SESSION).unwrap();
    let line = format!("{SESSION}={kept}; Path=/; Secure; HttpOnly");
    visitor.cookies.take(&line, NOW);
    assert!(!visitor.is_let_in().await);
}

#[tokio::test]
async fn who_is_revoked_is_out_everywhere_and_nobody_else_is() {
    let mut visitor = Visitor::new();
    visitor.log_in(ADA).await;
    let mut draft = visitor.ring.load().draft();
    draft.epoch += 1;
    let born_before = Timestamp::now().unwrap().saturating_add(1);
    for (subject, is_let_in) in [("alan", true), ("ada", false)] {
        draft
            .revocations
            .revoke_subject("axum-login-ssr", subject, born_before)
            .unwrap();
        draft.epoch += 1;
        visitor
            .ring
            .replace(draft.clone().build().unwrap())
            .unwrap();
        assert_eq!(visitor.is_let_in().await, is_let_in, "{subject}");
    }
}

#[tokio::test]
async fn a_replica_with_another_ring_leaves_the_cookie_where_it_is() {
    let mut visitor = Visitor::new();
    visitor.log_in(ADA).await;
    let replicas = visitor.replicas.clone();
    visitor.replicas = Visitor::new().replicas;
    assert!(!visitor.is_let_in().await);
    visitor.replicas = replicas;
    assert!(visitor.is_let_in().await);
}

#[tokio::test]
async fn a_login_leads_to_no_other_site() {
    for (next, wanted) in [("/", "/"), ("//evil.test", "/room")] {
        let form = format!("{ADA}&next={next}");
        assert_eq!(Visitor::new().post("/login", &form).await.location, wanted);
    }
}

#[tokio::test]
async fn a_form_of_another_site_is_refused() {
    let mut visitor = Visitor::new();
    let request = Request::post("/login")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::ORIGIN, "https://evil.test")
        .body(Body::from(ADA));
    let answer = visitor.ask(request.unwrap()).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert_eq!(visitor.cookies.header("/", NOW), "");
}
