//! What the layer adds to a response, and when it adds nothing.

use axum::response::{AppendHeaders, IntoResponse, Response};
use http::header::{CACHE_CONTROL, COOKIE, SET_COOKIE, VARY};
use http::{Method, StatusCode};
use sealjar_axum::{Session, SessionError};
use tower::ServiceExt;

use crate::support::{
    Account, Browser, DAY, NAME, Time, app, call, get, get_with, jar, jar_named, ring, show, visit,
};

fn ada() -> Account {
    Account {
        name: "ada".into(),
        visits: 1,
    }
}

#[tokio::test]
async fn every_set_cookie_is_marked_sensitive() {
    async fn leave(session: Session<Account>) {
        session.purge();
    }
    let jar = jar();
    let header = jar.cookie_for(&ada()).unwrap();
    for (app, lines) in [(app(&jar, visit), 1), (app(&jar, leave), 2)] {
        let response = app.oneshot(get_with(&header)).await.unwrap();
        let values: Vec<_> = response.headers().get_all(SET_COOKIE).iter().collect();
        assert_eq!(values.len(), lines);
        assert!(values.iter().all(|it| it.is_sensitive()));
        assert!(
            !format!("{values:?}").contains(NAME),
            "a sensitive value does not show itself"
        );
    }
}

#[tokio::test]
async fn a_handler_that_never_touches_the_session_costs_no_header() {
    async fn plain() -> &'static str {
        "plain"
    }
    async fn extracts(_: Session<Account>) -> &'static str {
        "plain"
    }
    let (ring, time) = (ring(), Time::starting());
    let jar = jar_named(&ring, &time, NAME);
    let header = jar.cookie_for(&ada()).unwrap();
    time.pass(DAY / 2);
    let bare = call(
        &axum::Router::new().route("/", axum::routing::any(plain)),
        get("/"),
    )
    .await;
    for app in [app(&jar, plain), app(&jar, extracts)] {
        for request in [
            get("/"),
            get_with(&header),
            get_with(format!("{NAME}=garbage")),
        ] {
            assert_eq!(call(&app, request).await, bare);
        }
    }
    // The negative control: a touched one costs headers.
    assert_ne!(
        call(&app(&jar, show), get_with(&header)).await.headers,
        bare.headers
    );
}

#[tokio::test]
async fn vary_is_merged_and_cache_control_is_the_applications_where_it_can_be() {
    type Row = (
        &'static str,
        &'static [&'static str],
        &'static [&'static str],
        &'static [&'static str],
    );
    let rows: [Row; 7] = [
        ("", &[], &["private"], &["no-store"]),
        (
            "private, max-age=5",
            &[],
            &["private, max-age=5"],
            &["private, max-age=5"],
        ),
        ("no-cache", &[], &["no-cache"], &["no-cache"]),
        ("public", &[], &["public"], &["no-store"]),
        ("", &["Accept"], &["private"], &["no-store"]),
        (
            "",
            &["Accept", "accept-language, COOKIE"],
            &["private"],
            &["no-store"],
        ),
        ("max-age=60", &["*"], &["max-age=60"], &["no-store"]),
    ];
    for (policy, vary, read, write) in rows {
        let own = move |body: String| {
            let mut response = body.into_response();
            if !policy.is_empty() {
                response
                    .headers_mut()
                    .insert(CACHE_CONTROL, policy.parse().unwrap());
            }
            for field in vary {
                response.headers_mut().append(VARY, field.parse().unwrap());
            }
            response
        };
        let jar = jar();
        let reader = app(&jar, move |session: Session<Account>| async move {
            own(session.get().name.clone())
        });
        let writer = app(&jar, move |session: Session<Account>| async move {
            session.update(|it| it.visits += 1).unwrap();
            own(String::new())
        });
        for (app, wanted) in [(reader, read), (writer, write)] {
            let answer = call(&app, get("/")).await;
            assert_eq!(answer.all("cache-control"), wanted, "{policy} {vary:?}");
            let mut fields = vary.to_vec();
            if !vary.iter().any(|it| *it == "*" || it.contains("COOKIE")) {
                fields.push("Cookie");
            }
            assert_eq!(answer.all("vary"), fields, "{policy} {vary:?}");
        }
    }
}

#[tokio::test]
async fn the_applications_own_cookies_and_site_data_stay() {
    async fn leave(session: Session<Account>) -> Response {
        session.purge();
        (
            AppendHeaders([(SET_COOKIE, "theme=dark")]),
            [("clear-site-data", "\"storage\"")],
            "bye",
        )
            .into_response()
    }
    let jar = jar();
    let answer = call(&app(&jar, leave), get_with(jar.cookie_for(&ada()).unwrap())).await;
    assert_eq!(answer.cookies().len(), 3);
    assert_eq!(answer.cookies()[0], "theme=dark");
    let cleared = answer.all("clear-site-data").join(", ");
    assert!(
        cleared.contains("\"storage\"") && cleared.contains("\"cache\""),
        "{cleared}"
    );
}

#[tokio::test]
async fn error_responses_still_carry_what_was_written() {
    async fn fails(session: Session<Account>) -> Result<(), (StatusCode, &'static str)> {
        session.update(|it| it.visits = 42).unwrap();
        Err((StatusCode::IM_A_TEAPOT, "no coffee"))
    }
    let jar = jar();
    let mut browser = Browser::default();
    let answer = browser.go(&app(&jar, fails), "/").await;
    assert_eq!(
        (answer.status, answer.cookies().len()),
        (StatusCode::IM_A_TEAPOT, 1)
    );
    assert!(
        browser
            .go(&app(&jar, show), "/")
            .await
            .body
            .contains("visits: 42")
    );
}

#[tokio::test]
async fn a_redirect_after_a_login_carries_the_new_session() {
    async fn login(session: Session<Account>) -> Result<axum::response::Redirect, SessionError> {
        session.renew();
        session.update(|it| it.name = "ada".into())?;
        Ok(axum::response::Redirect::to("/"))
    }
    let jar = jar();
    let mut browser = Browser::with(&jar.cookie_for(&Account::default()).unwrap());
    let answer = browser.go(&app(&jar, login), "/").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert!(browser.go(&app(&jar, show), "/").await.body.contains("ada"));
}

#[tokio::test]
async fn head_and_options_are_requests_like_others() {
    let jar = jar();
    let mut request = get("/");
    *request.method_mut() = Method::HEAD;
    let on_get = axum::Router::new()
        .route("/", axum::routing::get(visit))
        .layer(sealjar_axum::SessionLayer::new(jar.clone()));
    let answer = call(&on_get, request).await;
    assert_eq!(
        (answer.status, answer.body.as_str(), answer.cookies().len()),
        (StatusCode::OK, "", 1)
    );

    let mut request = get_with(jar.cookie_for(&ada()).unwrap());
    *request.method_mut() = Method::OPTIONS;
    let answer = call(&on_get, request).await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    assert!(answer.cookies().is_empty() && answer.all("vary").is_empty());
    let mut request = get("/");
    *request.method_mut() = Method::OPTIONS;
    assert_eq!(call(&app(&jar, visit), request).await.cookies().len(), 1);
}

#[tokio::test]
async fn only_navigations_seal_a_session_again() {
    let (ring, time) = (ring(), Time::starting());
    let jar = jar_named(&ring, &time, NAME);
    let header = jar.cookie_for(&ada()).unwrap();
    let app = app(&jar, show);
    for (wait, mode, lines) in [
        (0, Some("navigate"), 0),
        (DAY / 4, Some("navigate"), 1),
        (0, None, 1),
        (0, Some("cors"), 0),
        (0, Some("no-cors"), 0),
        (0, Some("same-origin"), 0),
        (0, Some("websocket"), 0),
        (0, Some(""), 0),
    ] {
        time.pass(wait);
        let mut request = get_with(&header);
        if let Some(mode) = mode {
            request
                .headers_mut()
                .insert("sec-fetch-mode", mode.parse().unwrap());
        }
        assert_eq!(call(&app, request).await.cookies().len(), lines, "{mode:?}");
    }
}

#[tokio::test]
async fn cookies_on_several_header_lines_are_one_request() {
    let jar = jar();
    let header = jar.cookie_for(&ada()).unwrap();
    for place in 0..3 {
        let mut request = get("/");
        for line in 0..3 {
            let value = if line == place {
                header.clone()
            } else {
                format!("other{line}=1")
            };
            request.headers_mut().append(COOKIE, value.parse().unwrap());
        }
        assert!(
            call(&app(&jar, show), request).await.body.contains("ada"),
            "{place}"
        );
    }
}
