//! Does the shop do what its pages promise?

#![expect(
    clippy::unwrap_used,
    reason = "in the helpers of tests it is the assertion"
)]

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use axum_ssr::app;
use http_body_util::BodyExt;
use sealjar_axum::{LiveRing, RevokeError, Revoker, testing};
use sealjar_tests::cookies::Cookies;
use shop::visitor::{User, Visitor};
use shop::{Account, Jars, Replica};
use tower::ServiceExt;

/// A browser with its cookies, in front of replicas that share a ring and take turns.
struct Browser {
    replicas: Vec<Router>,
    turn: usize,
    cookies: Cookies,
}

struct Answer {
    status: StatusCode,
    replica: String,
    location: Option<String>,
    set_cookies: usize,
    page: String,
}

impl Browser {
    fn new() -> Self {
        Self::at(&testing::ring())
    }

    fn at(ring: &LiveRing) -> Self {
        Self::with(ring, |replica| replica)
    }

    fn with(ring: &LiveRing, change: impl Fn(Replica) -> Replica) -> Self {
        let replica = |name: &str| app(ring, &change(name.into()), "session", false).unwrap();
        Self {
            replicas: ["web-1", "web-2", "web-3"].map(replica).into(),
            turn: 0,
            cookies: Cookies::of("shop.test"),
        }
    }

    fn session(&self) -> Option<String> {
        let value = self.cookies.value("__Host-Http-session");
        value.map(str::to_owned)
    }

    async fn look(&mut self, path: &str) -> Answer {
        self.ask(Request::get(path).body(Body::empty()).unwrap())
            .await
    }

    async fn post(&mut self, path: &str, form: &'static str) -> Answer {
        self.ask(form_for(path).body(Body::from(form)).unwrap())
            .await
    }

    async fn ask(&mut self, mut request: Request<Body>) -> Answer {
        let cookies = self.cookies.header("/", NOW);
        let headers = request.headers_mut();
        headers.insert(header::HOST, "shop.test".parse().unwrap());
        headers.insert(header::COOKIE, cookies.parse().unwrap());
        self.turn += 1;
        let replica = self.replicas[self.turn % self.replicas.len()].clone();
        let response = replica.oneshot(request).await.unwrap();
        let headers = response.headers().clone();
        let text = |name: &str| Some(headers.get(name)?.to_str().unwrap().to_owned());
        for line in headers.get_all(header::SET_COOKIE) {
            self.cookies.take(line.to_str().unwrap(), NOW);
        }
        let status = response.status();
        let page = response.into_body().collect().await.unwrap().to_bytes();
        Answer {
            status,
            replica: text("x-replica").unwrap_or_default(),
            location: text("location"),
            set_cookies: headers.get_all(header::SET_COOKIE).iter().count(),
            page: String::from_utf8(page.to_vec()).unwrap(),
        }
    }
}

fn form_for(path: &str) -> axum::http::request::Builder {
    Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
}

fn fact<'a>(answer: &'a Answer, name: &str) -> &'a str {
    let (_, rest) = answer
        .page
        .split_once(&format!("data-fact=\"{name}\">"))
        .unwrap();
    rest.split_once("</dd>").unwrap().0
}

/// No time passes here.
const NOW: u32 = 0;

const ADA: &str = "login=ada&password=lovelace";
const EVERYWHERE: &str = "action=\"logout-everywhere\"";
const ALAN: &str = "login=alan&password=turing";

#[tokio::test]
async fn a_visitor_logs_in_fills_a_basket_and_logs_out_over_three_replicas() {
    let mut browser = Browser::new();
    let guest = browser.look("/").await;
    assert!(guest.page.contains("data-user=\"\""));
    assert_eq!(guest.set_cookies, 0, "who only looks gets no cookie");

    browser.post("/add", "good=jar").await;
    let as_guest = browser.look("/").await;
    let welcome = browser.post("/login", ADA).await;
    assert_eq!(welcome.status, StatusCode::SEE_OTHER);
    assert_eq!(welcome.location.as_deref(), Some("./"));
    browser.post("/add", "good=jar").await;
    browser.post("/add", "good=tea").await;
    browser.post("/remove", "good=tea").await;

    let mut replicas = Vec::new();
    for _ in 0..3 {
        let seen = browser.look("/").await;
        assert!(seen.page.contains("data-user=\"ada\""));
        assert!(seen.page.contains("data-good=\"jar\" data-quantity=\"2\""));
        assert!(seen.page.contains("data-good=\"tea\" data-quantity=\"0\""));
        assert!(
            seen.page
                .contains(&format!("data-replica=\"{}\"", seen.replica))
        );
        assert_ne!(fact(&seen, "id"), fact(&as_guest, "id"), "login renews");
        replicas.push(seen.replica);
    }
    replicas.sort();
    assert_eq!(replicas, ["web-1", "web-2", "web-3"]);

    browser.post("/logout", "").await;
    let after = browser.look("/").await;
    assert!(after.page.contains("data-user=\"\""));
    assert!(after.page.contains("data-quantity=\"0\""));
    assert!(after.page.contains("You are logged out."));
    assert_eq!(browser.session(), None);
}

/// What a keeper answers.
type Answers = fn() -> Result<(), RevokeError>;

#[tokio::test]
async fn who_logs_out_on_all_devices_is_told_what_is_known_of_the_others() {
    let results: [(Answers, &str); 3] = [
        (|| Ok(()), "You are logged out on all devices."),
        (
            || Err(RevokeError::not_committed("no keeper", "")),
            "Your other devices are still logged in",
        ),
        (
            || Err(RevokeError::not_known("no answer", "")),
            "Your other devices may still be logged in",
        ),
    ];
    for (result, message) in results {
        let revoker = Revoker::new(move |_| async move { result() });
        let mut browser = Browser::with(&testing::ring(), |it| it.with_revoker(revoker.clone()));
        browser.post("/login", ADA).await;
        assert!(browser.look("/account").await.page.contains(EVERYWHERE));
        browser.post("/logout-everywhere", "").await;
        let after = browser.look("/").await;
        assert!(after.page.contains(message), "{}", after.page);
        assert!(after.page.contains("data-user=\"\""));
        assert_eq!(browser.session(), None);
    }
}

#[tokio::test]
async fn without_a_keeper_nobody_is_promised_to_be_logged_out_on_all_devices() {
    let mut browser = Browser::new();
    browser.post("/login", ADA).await;
    assert!(!browser.look("/account").await.page.contains(EVERYWHERE));
    browser.post("/logout-everywhere", "").await;
    let after = browser.look("/").await;
    assert!(
        after
            .page
            .contains("Your other devices are still logged in")
    );
    assert!(after.page.contains("data-user=\"\""));
}

#[tokio::test]
async fn a_basket_comes_along_unless_it_is_another_persons() {
    for (before, next, jars) in [("", ALAN, 1), (ALAN, ALAN, 1), (ADA, ALAN, 0)] {
        let mut browser = Browser::new();
        if !before.is_empty() {
            browser.post("/login", before).await;
        }
        browser.post("/add", "good=jar").await;
        let first = browser.look("/").await;
        browser.post("/login", next).await;
        let seen = browser.look("/").await;
        assert!(seen.page.contains("data-user=\"alan\""));
        assert!(seen.page.contains("Welcome, Alan Turing."));
        let basket = format!("data-good=\"jar\" data-quantity=\"{jars}\"");
        assert!(seen.page.contains(&basket), "after {before:?}");
        assert_ne!(fact(&seen, "id"), fact(&first, "id"), "login renews");
    }
}

#[tokio::test]
async fn wishes_are_counted_in_the_build_that_has_them_and_nowhere_else() {
    let mut browser = Browser::new();
    for count in 0..3 {
        let page = browser.look("/").await.page;
        let asked = browser.post("/wish", "").await.status;
        if cfg!(feature = "wishlist") {
            assert!(page.contains(&format!("data-wishes=\"{count}\"")), "{page}");
            assert_eq!(asked, StatusCode::SEE_OTHER);
        } else {
            assert!(!page.contains("wish"), "{page}");
            assert_eq!(asked, StatusCode::NOT_FOUND);
        }
    }
}

#[tokio::test]
async fn a_message_is_shown_once_and_does_not_write_the_session() {
    let mut browser = Browser::new();
    browser.post("/login", ADA).await;
    let session = browser.session();
    let first = browser.look("/").await;
    assert!(first.page.contains("Welcome, Ada Lovelace."));
    assert_eq!(first.set_cookies, 1, "of the message alone");
    assert_eq!(browser.session(), session);
    let second = browser.look("/").await;
    assert!(!second.page.contains("Welcome"));
    assert_eq!(second.set_cookies, 0);
}

#[tokio::test]
async fn a_page_for_people_who_are_logged_in_leads_to_the_login_and_back() {
    let mut browser = Browser::new();
    let account = || Request::get("/account").header("accept", "text/html");
    let account = || account().body(Body::empty()).unwrap();
    let sent_away = browser.ask(account()).await;
    assert_eq!(sent_away.status, StatusCode::SEE_OTHER);
    let login = sent_away.location.unwrap();
    assert_eq!(login, "/login?next=/account");
    let form = browser.look(&login).await.page;
    assert!(form.contains("value=\"/account\""), "{form}");

    let wrong = browser
        .post("/login", "login=ada&password=wrong&next=/account")
        .await;
    assert!(wrong.page.contains("value=\"/account\""), "{}", wrong.page);
    let right = "login=ada&password=lovelace&next=/account";
    let back = browser.post("/login", right).await.location;
    assert_eq!(back.as_deref(), Some("./account"));
    let page = browser.ask(account()).await.page;
    assert!(page.contains("data-account=\"ada\""), "{page}");
}

#[tokio::test]
async fn a_browser_with_a_storage_state_is_logged_in() {
    let ring = testing::ring();
    let jars = Jars::new(&ring, "session", false).unwrap();
    let ada = Visitor {
        user: Account::find("ada").map(User::from),
        ..Visitor::default()
    };
    let state = testing::storage_state(&jars.visitors, &ada, "shop.test").unwrap();
    let state: serde_json::Value = serde_json::from_str(&state).unwrap();

    let mut browser = Browser::at(&ring);
    for cookie in state["cookies"].as_array().unwrap() {
        assert_eq!(cookie["domain"], "shop.test");
        let [name, value, path] = ["name", "value", "path"].map(|it| cookie[it].as_str().unwrap());
        let flags = [("secure", "; Secure"), ("httpOnly", "; HttpOnly")];
        let flags = flags.map(|(member, flag)| if cookie[member] == true { flag } else { "" });
        let line = format!("{name}={value}; Path={path}{}", flags.concat());
        browser.cookies.take(&line, NOW);
    }
    assert!(
        browser
            .look("/account")
            .await
            .page
            .contains("data-account=\"ada\"")
    );
}

#[tokio::test]
async fn a_login_leads_to_no_other_site() {
    for next in ["//evil.test", "https://evil.test", "/%09/evil.test"] {
        let mut browser = Browser::new();
        let form = format!("{ADA}&next={next}");
        let back = browser.post("/login", String::leak(form)).await.location;
        assert_eq!(back.as_deref(), Some("./"), "{next}");
    }
}

#[tokio::test]
async fn a_script_is_not_led_to_the_login() {
    let script = Request::get("/account")
        .header("accept", "text/html")
        .header("sec-fetch-mode", "cors");
    let answer = Browser::new()
        .ask(script.body(Body::empty()).unwrap())
        .await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
}

/// A visitor whose pointer is over a link may never follow it.
#[tokio::test]
async fn a_message_waits_for_a_page_that_is_seen() {
    let mut browser = Browser::new();
    browser.post("/login", ADA).await;
    for (method, name, value) in [
        ("HEAD", "accept", "text/html"),
        ("GET", "sec-purpose", "prefetch"),
        ("GET", "sec-purpose", "prefetch;prerender"),
        ("GET", "purpose", "prefetch"),
    ] {
        let unseen = Request::builder()
            .method(method)
            .uri("/")
            .header(name, value);
        let unseen = browser.ask(unseen.body(Body::empty()).unwrap()).await;
        assert_eq!(unseen.status, StatusCode::OK);
        assert_eq!(unseen.set_cookies, 0, "{method} {name}: {value}");
        assert!(!unseen.page.contains("Welcome"), "{method} {name}: {value}");
    }
    let seen = browser.look("/").await;
    assert!(seen.page.contains("Welcome, Ada Lovelace."));
    assert!(!browser.look("/").await.page.contains("Welcome"));
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_name_are_refused_alike() {
    let mut browser = Browser::new();
    for form in ["login=ada&password=wrong", "login=eve&password=wrong"] {
        let answer = browser.post("/login", form).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.page.contains("The name or the password is wrong."));
        assert_eq!(answer.set_cookies, 0);
    }
}

#[tokio::test]
async fn a_form_of_another_site_is_refused_and_changes_nothing() {
    let mut browser = Browser::new();
    browser.post("/login", ADA).await;
    let before = browser.cookies.clone();
    for (name, value) in [
        ("origin", "https://evil.test"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        let request = form_for("/add")
            .header(name, value)
            .body(Body::from("good=jar"));
        let answer = browser.ask(request.unwrap()).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{name}: {value}");
        assert_eq!(answer.set_cookies, 0);
    }
    let own = form_for("/add")
        .header("origin", "https://shop.test")
        .body(Body::from("good=jar"));
    assert_eq!(
        browser.ask(own.unwrap()).await.status,
        StatusCode::SEE_OTHER
    );
    assert_ne!(browser.cookies, before);
}

#[tokio::test]
async fn the_panel_says_why_a_cookie_was_refused_and_leaves_it_alone() {
    let mut browser = Browser::new();
    browser.post("/login", ADA).await;
    let mut stranger = Browser::new();
    stranger.cookies.clone_from(&browser.cookies);
    let seen = stranger.look("/panel").await;
    assert_eq!(fact(&seen, "origin"), "refused, unknown_key");
    assert_eq!(seen.set_cookies, 0);

    let own = browser.look("/panel").await;
    assert_eq!(fact(&own, "origin"), "opened");
    assert_eq!(fact(&own, "revision"), "0");
    assert!(fact(&own, "size").ends_with(" bytes"));
}
