//! What does a handler get if layers are nested, or if there is none?

use sealjar_session::adapter::{
    Conflict, CookieNames, NoSession, Slot, Unanswered, is_of, subject_of,
};
use sealjar_session::{FetchMetadata, Flash, FlashLevel, Format, Jar, Session};

use crate::support::{APP, Account, Note, Time, account, jar, open, ring, world};

fn session_in(slot: Option<&Slot<Account>>) -> Result<Session<Account>, NoSession> {
    Slot::session(slot, "SessionLayer", "layer")
}

fn mounted(jar: &Jar<Account>) -> Slot<Account> {
    Slot::Session(jar.open(None::<Vec<u8>>, FetchMetadata::default()))
}

#[test]
fn one_jar_twice_gives_the_outer_session_and_two_jars_give_none() {
    let (ring, time) = (ring(), Time::starting());
    let [outer, inner] = [(); 2].map(|()| jar::<Account>(&ring, &time));
    let mut twice = mounted(&outer);
    twice.meet(&outer.clone());
    let session = session_in(Some(&twice)).unwrap();
    assert!(is_of(&session, &outer) && !is_of(&session, &inner));

    let mut two = mounted(&outer);
    two.meet(&inner);
    assert!(matches!(two, Slot::Conflict(Conflict::TwoJars)));
    // A third layer does not mend it.
    two.meet(&outer);
    assert!(session_in(Some(&two)).is_err());
}

#[test]
fn each_reason_for_no_session_names_the_type_and_says_what_to_do() {
    let no_layer = session_in(None).unwrap_err();
    let one_name = session_in(Some(&Slot::Conflict(Conflict::OneName))).unwrap_err();
    let two_jars = session_in(Some(&Slot::Conflict(Conflict::TwoJars))).unwrap_err();
    for (refused, todo, shown) in [
        (no_layer, "add `.layer(SessionLayer::new(jar))`", "None"),
        (one_name, "a cookie_name of its own", "OneName"),
        (two_jars, "mount one of them", "TwoJars"),
    ] {
        let said = refused.to_string();
        assert!(said.contains("support::Account>"), "{said}");
        assert!(said.contains(todo), "{said}");
        let debug = format!("{refused:?}");
        assert!(
            debug.contains("support::Account") && debug.contains(shown),
            "{debug}"
        );
    }
}

#[test]
fn a_cookie_name_is_taken_once() {
    let mut names = CookieNames::default();
    assert!(names.take("session"));
    assert!(names.take("basket"));
    assert!(!names.take("session"));
    assert!(!names.take("basket"));
}

#[test]
fn what_no_response_will_carry_is_refused() {
    let (_, _, jar) = world::<Account>();
    let session = open(&jar, jar.cookie_for(&account("ada")).unwrap());
    drop(Unanswered::new(session.clone()));
    let refused = session.update(|it| it.visits = 9);
    assert_eq!(refused, Err(sealjar_session::UpdateError::Closed));
    assert_eq!(session.get().visits, 1);
}

#[test]
fn a_type_that_does_not_say_whose_its_sessions_are_lets_nobody_in_and_is_a_mistake() {
    let (ring, time) = (ring(), Time::starting());
    let notes = jar::<Note>(&ring, &time);
    let session = open(&notes, notes.cookie_for(&Note("hello".into())).unwrap());
    let denied = subject_of(&session, "GET", "/", |_| None).unwrap_err();
    assert_eq!((denied.status(), denied.location()), (500, None));
    assert!(
        denied
            .to_string()
            .contains("SessionData::subject for session::support::Note")
    );
    // The control: a type that says so, and nobody is logged in.
    let accounts = jar::<Account>(&ring, &time);
    for (name, expected) in [("ada", Ok("ada".to_owned())), ("", Err(401))] {
        let session = open(&accounts, accounts.cookie_for(&account(name)).unwrap());
        let found = subject_of(&session, "GET", "/", |_| None);
        assert_eq!(found.map_err(|denied| denied.status()), expected);
    }
}

#[test]
fn messages_have_one_format_and_a_cookie_of_their_own() {
    let ring = ring();
    let flashes = || Jar::<Flash>::builder(&ring, APP);
    assert_eq!(
        flashes().build().unwrap().cookie_name(),
        "__Host-Http-flash"
    );
    let insecure = flashes().allow_insecure_http(true).build().unwrap();
    assert_eq!(insecure.cookie_name(), "flash");
    let refused = flashes().also_reads(Format::Json).build().unwrap_err();
    assert!(refused.to_string().contains("one format"), "{refused}");
    let levels = [
        FlashLevel::Info,
        FlashLevel::Success,
        FlashLevel::Warning,
        FlashLevel::Error,
    ];
    let words = levels.map(|level| level.to_string());
    assert_eq!(words, ["info", "success", "warning", "error"]);
}
