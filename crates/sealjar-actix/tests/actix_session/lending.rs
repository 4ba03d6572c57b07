//! What do handlers, guards and middlewares see of an incoming session?

use actix_session::{Session, SessionExt};
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header;
use actix_web::middleware::{Next, from_fn};
use actix_web::test::{TestRequest, init_service};
use actix_web::{App, Error, HttpRequest, web};

use crate::handlers::configure;
use crate::support::{Browser, answer, ours, theirs};

/// The status before and after one call.
async fn statuses(session: Session, what: web::Path<String>) -> Result<String, Error> {
    let before = session.status();
    match what.as_str() {
        "read" => drop(session.get::<u32>("count")?),
        "insert" => session.insert("count", session.get::<u32>("count")?)?,
        "remove" => drop(session.remove("nothing")),
        "clear" => session.clear(),
        "renew" => session.renew(),
        _ => session.purge(),
    }
    Ok(format!("{before:?} {:?}", session.status()))
}

#[actix_web::test]
async fn the_status_is_what_it_is_over_actix_sessions_own_middleware() {
    for (what, expected) in [
        ("read", "Unchanged Unchanged"),
        ("insert", "Unchanged Changed"),
        ("remove", "Unchanged Changed"),
        ("renew", "Unchanged Renewed"),
        ("clear", "Unchanged Changed"),
        ("purge", "Unchanged Purged"),
    ] {
        for comes_with_session in [true, false] {
            let app = || {
                App::new()
                    .configure(configure)
                    .route("/status/{what}", web::post().to(statuses))
            };
            let over_ours = init_service(app().wrap(ours())).await;
            let over_theirs = init_service(app().wrap(theirs())).await;
            let (mut one, mut other) = (Browser::default(), Browser::default());
            if comes_with_session {
                one.post(&over_ours, "/count").await;
                other.post(&over_theirs, "/count").await;
            }
            let path = format!("/status/{what}");
            let ours = one.post(&over_ours, &path).await.body;
            assert_eq!(ours, expected, "{what} {comes_with_session}");
            assert_eq!(other.post(&over_theirs, &path).await.body, ours);
        }
    }
}

#[actix_web::test]
async fn a_session_that_was_made_further_out_is_filled_all_the_same() {
    async fn looks_first(
        request: ServiceRequest,
        next: Next<impl MessageBody>,
    ) -> Result<ServiceResponse<impl MessageBody>, Error> {
        let session = request.get_session();
        assert!(session.entries().is_empty());
        let response = next.call(request).await?;
        // The session belongs to the handlers.
        assert_eq!(session.get::<String>("user")?.as_deref(), Some("ferris"));
        Ok(response)
    }
    let sessions = ours();
    let login = init_service(App::new().configure(configure).wrap(sessions.clone())).await;
    let mut browser = Browser::default();
    browser.post(&login, "/login/ferris").await;
    let app = App::new()
        .configure(configure)
        .wrap(sessions)
        .wrap(from_fn(looks_first));
    let app = init_service(app).await;
    assert_eq!(browser.get(&app, "/").await.body, "ferris 0");
    browser.post(&app, "/count").await;
    assert_eq!(browser.get(&app, "/").await.body, "ferris 1");
}

#[actix_web::test]
async fn the_applications_cookies_and_extensions_stay_what_they_are() {
    #[derive(Clone)]
    struct Note(&'static str);
    async fn notes(
        request: ServiceRequest,
        next: Next<impl MessageBody>,
    ) -> Result<ServiceResponse<impl MessageBody>, Error> {
        use actix_web::HttpMessage;
        request.extensions_mut().insert(Note("noted"));
        next.call(request).await
    }
    async fn cookies(request: HttpRequest, note: web::ReqData<Note>, session: Session) -> String {
        let theme = request.cookie("theme").map(|it| it.value().to_owned());
        let names: Vec<String> = match request.cookies() {
            Ok(cookies) => cookies.iter().map(|it| it.name().to_owned()).collect(),
            Err(_) => Vec::new(),
        };
        let user = session.get::<String>("user").unwrap();
        format!("{theme:?} {} {user:?} {}", names.len(), note.0)
    }
    let app = App::new()
        .configure(configure)
        .route("/cookies", web::get().to(cookies))
        .wrap(ours())
        .wrap(from_fn(notes));
    let app = init_service(app).await;
    let mut browser = Browser::default();
    browser.post(&app, "/login/ferris").await;
    let session = format!("{}={}", crate::support::NAME, browser.value().unwrap());
    let ask = |cookie: Vec<u8>| {
        let value = header::HeaderValue::from_bytes(&cookie).unwrap();
        TestRequest::with_uri("/cookies").insert_header((header::COOKIE, value))
    };
    let told = answer(&app, ask(format!("theme=dark; {session}").into_bytes())).await;
    assert_eq!(told.body, "Some(\"dark\") 2 Some(\"ferris\") noted");

    // If another cookie is not text, actix-web cannot parse any cookie, but the session opens.
    let spoiled = [b"theme=\xFF; ", session.as_bytes()].concat();
    let told = answer(&app, ask(spoiled)).await;
    assert!(told.body.starts_with("None "), "{}", told.body);
    assert!(
        told.body.ends_with(" Some(\"ferris\") noted"),
        "{}",
        told.body
    );
}
