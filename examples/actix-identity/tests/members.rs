//! A visitor at two replicas that share a ring and nothing else.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use actix_http::Request;
use actix_web::body::to_bytes;
use actix_web::dev::{Service, ServiceResponse};
use actix_web::http::header::{CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use actix_web::test::{TestRequest, init_service};
use actix_web::{App, Error};
use sealjar_actix::testing::ring;
use sealjar_actix::{LiveRing, Timestamp};
use sealjar_tests::cookies::Cookies;

#[actix_web::test]
async fn a_member_logs_in_at_one_replica_is_known_at_another_and_logs_out() {
    let ring = ring();
    let (one, other) = (replica(&ring).await, replica(&ring).await);
    let mut browser = Browser(Cookies::of("localhost"));
    assert_eq!(browser.get(&one, "/members").await, (303, "login".into()));
    assert_eq!(
        browser.log_in(&one, "login=ada&password=hopper").await.0,
        422
    );
    assert_eq!(browser.get(&other, "/members").await.0, 303);
    assert_eq!(
        browser.log_in(&one, "login=ada&password=lovelace").await,
        (303, "members".into())
    );
    for replica in [&one, &other] {
        let (status, page) = browser.get(replica, "/members").await;
        assert_eq!(status, 200);
        assert!(page.contains("data-user=\"ada\""), "{page}");
    }
    assert_eq!(
        browser.post(&other, "/logout", "").await,
        (303, "./".into())
    );
    assert_eq!(browser.get(&one, "/members").await, (303, "login".into()));
    // A second logout is not an error.
    assert_eq!(browser.post(&one, "/logout", "").await.0, 303);
}

#[actix_web::test]
async fn a_member_is_logged_out_everywhere_through_the_ring() {
    let ring = ring();
    let app = replica(&ring).await;
    let mut browser = Browser(Cookies::of("localhost"));
    browser.log_in(&app, "login=ada&password=lovelace").await;
    let copy = browser.clone();
    let mut draft = ring.load().draft();
    draft.epoch += 1;
    // A session that begins in the same second is not older.
    let now = Timestamp::now().unwrap().saturating_add(1);
    draft
        .revocations
        .revoke_subject("identity-example", "ada", now)
        .unwrap();
    ring.replace(draft.build().unwrap()).unwrap();
    for mut session in [browser, copy] {
        assert_eq!(session.get(&app, "/members").await.0, 303);
    }
}

async fn replica(ring: &LiveRing) -> impl Replica + use<> {
    let app = actix_identity_example::app(ring, "session", false).unwrap();
    init_service(App::new().configure(app)).await
}

#[derive(Clone)]
struct Browser(Cookies);

/// No time passes here.
const NOW: u32 = 0;

impl Browser {
    async fn get(&mut self, app: &impl Replica, path: &str) -> (u16, String) {
        self.send(app, TestRequest::get().uri(path)).await
    }

    async fn post(&mut self, app: &impl Replica, path: &str, form: &'static str) -> (u16, String) {
        let request = TestRequest::post()
            .uri(path)
            .insert_header((CONTENT_TYPE, "application/x-www-form-urlencoded"))
            .set_payload(form);
        self.send(app, request).await
    }

    async fn log_in(&mut self, app: &impl Replica, form: &'static str) -> (u16, String) {
        self.post(app, "/login", form).await
    }

    /// Returns the status, and the address of a redirect or the text of the page.
    async fn send(&mut self, app: &impl Replica, mut request: TestRequest) -> (u16, String) {
        let cookies = self.0.header("/", NOW);
        if !cookies.is_empty() {
            request = request.insert_header((COOKIE, cookies));
        }
        let response = app.call(request.to_request()).await.unwrap();
        for line in response.headers().get_all(SET_COOKIE) {
            self.0.take(line.to_str().unwrap(), NOW);
        }
        let status = response.status().as_u16();
        let place = response.headers().get(LOCATION);
        let place = place.map(|place| place.to_str().unwrap().to_owned());
        let body = to_bytes(response.into_body()).await.unwrap();
        (
            status,
            place.unwrap_or_else(|| String::from_utf8_lossy(&body).into()),
        )
    }
}

/// What `init_service` returns.
trait Replica: Service<Request, Response = ServiceResponse, Error = Error> {}

impl<S: Service<Request, Response = ServiceResponse, Error = Error>> Replica for S {}
