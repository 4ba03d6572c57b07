//! Does a `purge` end the copies of a session, if the middleware is told to, and nothing else?

use std::sync::{Arc, Mutex};

use actix_session::Session;
use actix_web::{App, test, web};
use sealjar_actix::actix_session::SessionMiddleware;
use sealjar_actix::{RevokeError, Revoker};

use crate::support::{Browser, Time, builder, ring};

type Sent = Arc<Mutex<Vec<sealjar::Revocation>>>;

fn recording(result: fn() -> Result<(), RevokeError>) -> (Sent, Revoker) {
    let sent = Sent::default();
    let keeper = Arc::clone(&sent);
    let revoker = Revoker::new(move |mut revocations| {
        let keeper = Arc::clone(&keeper);
        async move {
            // Not at the first poll.
            actix_web::rt::task::yield_now().await;
            keeper.lock().unwrap().append(&mut revocations);
            result()
        }
    });
    (sent, revoker)
}

fn routes(config: &mut web::ServiceConfig) {
    let log_in = async |session: Session| {
        session.insert("name", "ada").unwrap();
        "in"
    };
    let read = async |session: Session| match session.get::<String>("name").unwrap() {
        Some(_) => "in",
        None => "nobody",
    };
    let renew = async |session: Session| {
        session.renew();
        "in"
    };
    let log_out = async |session: Session| {
        session.purge();
        "out"
    };
    config
        .route("/in", web::get().to(log_in))
        .route("/read", web::get().to(read))
        .route("/renew", web::get().to(renew))
        .route("/out", web::get().to(log_out));
}

#[actix_web::test]
async fn a_purge_revokes_the_session_that_came_before_the_answer_and_no_other_end_does() {
    let results: [fn() -> Result<(), RevokeError>; 2] = [
        || Ok(()),
        || Err(RevokeError::not_known("no answer", "look")),
    ];
    for result in results {
        let (sent, revoker) = recording(result);
        let jar = builder(&ring(), &Time::starting()).build().unwrap();
        let sessions = SessionMiddleware::new(jar).revoker(revoker);
        let app = test::init_service(App::new().configure(routes).wrap(sessions)).await;
        let mut browser = Browser::default();
        for path in ["/in", "/renew", "/read", "/in"] {
            assert_eq!(browser.get(&app, path).await.body, "in", "{path}");
        }
        assert_eq!(sent.lock().unwrap().len(), 0);
        assert_eq!(browser.get(&app, "/out").await.body, "out");
        assert_eq!(sent.lock().unwrap().len(), 1);
        assert_eq!(browser.get(&app, "/read").await.body, "nobody");
        // Nobody is there to end.
        assert_eq!(browser.get(&app, "/out").await.body, "out");
        assert_eq!(sent.lock().unwrap().len(), 1);
    }
}
