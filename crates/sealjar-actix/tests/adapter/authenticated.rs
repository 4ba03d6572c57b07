//! Where are people sent who are not logged in, wherever a scope has a part of the address?

use std::borrow::Cow;

use actix_web::http::header;
use actix_web::test::{TestRequest, call_service, init_service};
use actix_web::{App, web};
use sealjar::Key;
use sealjar_actix::{Authenticated, Jar, SessionData, SessionMiddleware, Unauthenticated};

use crate::support::{Basket, NAME, call, jar};

#[derive(Clone, Debug, Default, PartialEq, serde::Deserialize, serde::Serialize)]
struct Person(String);

impl SessionData for Person {
    fn subject(&self) -> Option<Cow<'_, str>> {
        (!self.0.is_empty()).then(|| self.0.as_str().into())
    }
}

async fn orders(session: Authenticated<Person>) -> String {
    session.subject().to_owned()
}

fn jar_with_login_page() -> Jar<Person> {
    let key = Key::generate(sealjar::Suite::Xaes256Gcm).unwrap();
    let jar = Jar::builder(key, "adapter-test").login_page("/login");
    jar.build().unwrap()
}

#[actix_web::test]
async fn the_way_back_has_all_of_the_path_of_a_scope() {
    let sessions = SessionMiddleware::new(jar_with_login_page());
    let inner = web::scope("/b").route("/orders", web::get().to(orders));
    let app = App::new().service(web::scope("/a").service(inner.wrap(sessions)));
    let app = init_service(app).await;
    let page = TestRequest::with_uri("/a/b/orders?page=2");
    let page = page.insert_header((header::ACCEPT, "text/html"));
    let answer = call_service(&app, page.to_request()).await;
    assert_eq!(answer.status(), 303);
    let location = answer.headers().get(header::LOCATION).unwrap();
    assert_eq!(location, "/login?next=/a/b/orders%3Fpage%3D2");
}

#[actix_web::test]
async fn a_handler_may_answer_in_its_own_way() {
    async fn handler(session: Result<Authenticated<Person>, Unauthenticated>) -> String {
        match session {
            Ok(session) => format!("hello {}", session.subject()),
            Err(denied) => format!("{denied}, {:?}", denied.location()),
        }
    }
    let jar = jar_with_login_page();
    let app = App::new()
        .wrap(SessionMiddleware::new(jar.clone()))
        .route("/", web::get().to(handler));
    let app = init_service(app).await;
    assert_eq!(call(&app, "").await.body, "nobody is logged in, None");
    let ada = jar.cookie_for(&Person("ada".into())).unwrap();
    assert_eq!(call(&app, &ada).await.body, "hello ada");
}

/// Two mistakes of a program: nobody could ever get to these handlers.
#[actix_web::test]
async fn a_missing_middleware_and_a_type_without_subject_answer_500_and_name_the_type() {
    let bare = App::new().route("/", web::get().to(orders));
    let answer = call(&init_service(bare).await, "").await;
    assert_eq!(answer.status, 500);
    assert!(answer.body.contains("no SessionMiddleware<"), "{answer:?}");

    let baskets = App::new()
        .wrap(SessionMiddleware::new(jar::<Basket>(NAME)))
        .route("/", web::get().to(|_: Authenticated<Basket>| async { "" }));
    let answer = call(&init_service(baskets).await, "").await;
    assert_eq!(answer.status, 500);
    let wanted = "implement SessionData::subject for adapter::support::Basket";
    assert!(answer.body.contains(wanted), "{answer:?}");
}
