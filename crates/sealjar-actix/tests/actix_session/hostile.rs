//! Cookies from attackers: none opens, none is cleared, and every refusal looks the same.

use actix_http::Request;
use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceResponse};
use actix_web::http::header;
use actix_web::test::{TestRequest, init_service};
use actix_web::{App, Error};
use sealjar_actix::actix_session::{Entries, SessionMiddleware};
use sealjar_actix::{Jar, LiveRing, testing};

use crate::handlers::configure;
use crate::support::{Answer, NAME, Time, answer, builder, ring};

const DAY: u32 = 86_400;

fn jar(ring: &LiveRing, time: &Time) -> Jar<Entries> {
    builder(ring, time).build().unwrap()
}

fn ferris() -> Entries {
    Entries::from_iter([("user".into(), "\"ferris\"".into())])
}

/// `Cookie` headers that must not open.
fn hostile(jar: &Jar<Entries>, ring: &LiveRing, time: &Time) -> Vec<(&'static str, Vec<u8>)> {
    let expired = jar.cookie_for(&ferris()).unwrap();
    time.pass(2 * DAY);
    let fine = jar.cookie_for(&ferris()).unwrap();
    let token = fine.split_once('=').unwrap().1.to_owned();
    let mut forged = token.clone();
    forged.replace_range(70..71, if &token[70..71] == "A" { "B" } else { "A" });
    let foreign = testing::ring();
    let elsewhere = Jar::<Entries>::new(ring, "another-app").unwrap();
    let other_type = Jar::<Option<()>>::builder(ring, "actix-session-test");
    let other_type = other_type.clock({
        let time = time.clone();
        move || Ok(time.now())
    });
    let other_type = other_type.in_another_process().build().unwrap();
    let other_type = other_type.cookie_for(&Some(())).unwrap();
    let text = |what, header: String| (what, header.into_bytes());
    vec![
        text("garbage", format!("{NAME}=garbage")),
        text("long garbage", format!("{NAME}={}", "A".repeat(60_000))),
        ("no text", [NAME.as_bytes(), b"=\xFF\xFE"].concat()),
        text("expired", expired),
        text("forged", format!("{NAME}={forged}")),
        text(
            "another ring's",
            self::jar(&foreign, time).cookie_for(&ferris()).unwrap(),
        ),
        text("another app's", elsewhere.cookie_for(&ferris()).unwrap()),
        text("another type's", other_type),
        text(
            "two sessions",
            format!("{fine}; {}", jar.cookie_for(&ferris()).unwrap()),
        ),
        text("torn parts", format!("{NAME}=9~abcd.x; {NAME}.1=abcd.y")),
    ]
}

async fn ask<B: MessageBody + 'static>(
    app: &impl Service<Request, Response = ServiceResponse<B>, Error = Error>,
    cookie: &[u8],
) -> Answer {
    let cookie = header::HeaderValue::from_bytes(cookie).unwrap();
    answer(
        app,
        TestRequest::get().insert_header((header::COOKIE, cookie)),
    )
    .await
}

#[actix_web::test]
async fn every_hostile_cookie_gets_the_answer_of_a_visitor_without_one_and_stays() {
    let (ring, time) = (ring(), Time::starting());
    let jar = jar(&ring, &time);
    let rows = hostile(&jar, &ring, &time);
    let sessions = SessionMiddleware::new(jar.clone());
    let app = init_service(App::new().wrap(sessions).configure(configure)).await;
    let shown = |answer: &Answer| {
        let mut headers: Vec<String> = answer.headers.iter().map(|it| format!("{it:?}")).collect();
        headers.sort();
        (answer.status, headers, answer.body.clone())
    };
    let wanted = shown(&answer(&app, TestRequest::get()).await);
    for (what, cookie) in &rows {
        let found = ask(&app, cookie).await;
        assert_eq!(shown(&found), wanted, "{what}");
        assert!(found.cookies().is_empty(), "{what}");
    }
    // The negative control: a cookie that opens gets another answer, even beside garbage.
    let fine = jar.cookie_for(&ferris()).unwrap();
    for cookie in [fine.clone(), format!("{NAME}=garbage; {fine}")] {
        assert_eq!(ask(&app, cookie.as_bytes()).await.body, "ferris 0");
    }
}
