//! Does a debug build notice from a request whether its browser will keep the cookie?

use actix_web::http::header;
use actix_web::test::{TestRequest, init_service};
use actix_web::{App, web};
use sealjar_actix::{Session, SessionError, SessionMiddleware};

use crate::logs::Logs;
use crate::support::{NAME, Visits, jar};

async fn visit(session: Session<Visits>) -> Result<String, SessionError> {
    session.update(|it| it.count += 1)?;
    Ok(format!("visit {}", session.get().count))
}

#[actix_web::test]
async fn a_debug_build_warns_of_a_cookie_that_its_browser_is_bound_to_drop() {
    for (host, proto, warned) in [
        ("192.168.1.7:3000", "http", true),
        ("192.168.1.7:3000", "https", false),
        ("localhost:3000", "http", false),
    ] {
        let sessions = SessionMiddleware::new(jar::<Visits>(NAME));
        let app = App::new().wrap(sessions).route("/", web::get().to(visit));
        let app = init_service(app).await;
        let ask = || {
            TestRequest::get()
                .insert_header((header::HOST, host))
                .insert_header((header::USER_AGENT, "Mozilla/5.0"))
                .insert_header(("x-forwarded-proto", proto))
                .to_request()
        };
        let (logs, _guard) = Logs::begin();
        actix_web::test::call_service(&app, ask()).await;
        let told = logs.take();
        let expected = warned && cfg!(debug_assertions);
        assert_eq!(
            told.contains("this looks like plain http"),
            expected,
            "{told}"
        );
        actix_web::test::call_service(&app, ask()).await;
        let told = logs.take();
        let expected = !warned && cfg!(debug_assertions);
        assert_eq!(told.contains("did not come back"), expected, "{told}");
    }
}
