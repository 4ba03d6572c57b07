//! Can a person be logged out everywhere?

use actix_web::App;
use actix_web::test::init_service;
use sealjar_actix::LiveRing;
use sealjar_actix::actix_session::SessionMiddleware;

use crate::handlers::configure;
use crate::logs::Logs;
use crate::support::{Browser, Time, builder, ring};

fn revoke(ring: &LiveRing, time: &Time, subject: &str) {
    let mut draft = ring.load().draft();
    draft.epoch += 1;
    draft
        .revocations
        .revoke_subject("actix-session-test", subject, time.now())
        .unwrap();
    ring.replace(draft.build().unwrap()).unwrap();
}

#[actix_web::test]
async fn the_entry_that_names_the_subject_logs_a_person_out_everywhere() {
    for (subject_key, still) in [
        (Some("user"), "nobody 0"),
        // The negative control: without the setting no subject is known, and a revocation has no
        // effect.
        (None, "ferris 1"),
    ] {
        let (ring, time) = (ring(), Time::starting());
        let mut sessions = SessionMiddleware::new(builder(&ring, &time).build().unwrap());
        if let Some(key) = subject_key {
            sessions = sessions.subject_key(key);
        }
        let app = init_service(App::new().wrap(sessions).configure(configure)).await;
        let (mut one, mut other) = (Browser::default(), Browser::default());
        one.post(&app, "/count").await;
        one.post(&app, "/login/ferris").await;
        other.post(&app, "/login/corro").await;
        time.pass(10);
        revoke(&ring, &time, "ferris");
        let (logs, guard) = Logs::begin();
        for _ in 0..2 {
            assert_eq!(one.get(&app, "/").await.body, still);
        }
        drop(guard);
        let told = logs.take();
        let warned = told.matches("say SessionMiddleware::subject_key").count();
        assert_eq!(warned, usize::from(subject_key.is_none()), "{told}");
        assert_eq!(other.get(&app, "/").await.body, "corro 0");
    }
}

#[actix_web::test]
async fn who_is_logged_in_when_the_subject_is_first_named_stays_so_and_is_known_from_the_next_change()
 {
    let (ring, time) = (ring(), Time::starting());
    let jar = builder(&ring, &time).build().unwrap();
    let before = SessionMiddleware::new(jar.clone());
    let before = init_service(App::new().wrap(before).configure(configure)).await;
    let after = SessionMiddleware::new(jar).subject_key("user");
    let after = init_service(App::new().wrap(after).configure(configure)).await;

    let mut ferris = Browser::default();
    ferris.post(&before, "/login/ferris").await;
    let read = ferris.get(&after, "/").await;
    assert_eq!((read.body.as_str(), read.session()), ("ferris 0", None));

    let mut late = ferris.clone();
    ferris.post(&after, "/count").await;
    time.pass(10);
    revoke(&ring, &time, "ferris");
    assert_eq!(ferris.get(&after, "/").await.body, "nobody 0");
    // A session that has not changed since then still has no subject.
    assert_eq!(late.get(&after, "/").await.body, "ferris 0");
}
