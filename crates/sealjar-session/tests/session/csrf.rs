//! A token shows that a form is the application's own, for one session and one login.

use sealjar::{__hazmat as hazmat, Context};
use sealjar_session::{Session, UpdateError};

use crate::support::{
    APP, Account, Browser, DAY, START, account, at, change_ring, open, sealing_since, world,
};

#[test]
fn a_token_is_for_one_session_until_it_gets_another_id() {
    let (_, time, jar) = world::<Account>();
    let cookie = |name: &str| jar.cookie_for(&account(name)).unwrap();
    let mut browser = Browser::with(&cookie("ada"));
    let token = token_of(&browser.request(&jar));
    let is_taken = |browser: &Browser| browser.request(&jar).is_csrf_token(&token);
    assert!(is_taken(&browser));
    assert!(is_taken(&browser), "it can be used more than once");
    assert!(
        !is_taken(&Browser::with(&cookie("ada"))),
        "another session of hers"
    );
    assert!(!is_taken(&Browser::default()), "no session");
    assert!(!browser.request(&jar).is_csrf_token(""));
    assert!(!browser.request(&jar).is_csrf_token(&token[1..]));

    // A write keeps the id, and a login does not.
    time.pass(60);
    browser.visit(&jar, |it| it.update(|it| it.visits += 1).unwrap());
    assert!(is_taken(&browser));
    browser.visit(&jar, |it| it.update(|it| *it = account("eve")).unwrap());
    assert!(!is_taken(&browser));
}

#[test]
fn a_token_ends_with_its_time_and_with_its_key() {
    let (ring, time, jar) = world::<Account>();
    let browser = Browser::with(&jar.cookie_for(&account("ada")).unwrap());
    let (page, form) = (browser.request(&jar), browser.request(&jar));
    let token = token_of(&page);
    // The key lets what it seals live for a day, which is less than the seven of the jar.
    time.set(START + DAY - 1);
    assert!(form.is_csrf_token(&token));
    time.pass(1);
    assert!(!form.is_csrf_token(&token));
    // A key that is revoked ends what it has sealed.
    time.set(START);
    assert!(form.is_csrf_token(&token));
    change_ring(&ring, |draft| {
        draft.keys.push(sealing_since(START));
        draft.keys[0].revoke();
    });
    assert!(!form.is_csrf_token(&token));
}

#[test]
fn a_token_of_another_application_tenant_or_purpose_is_none() {
    let (ring, _, jar) = world::<Account>();
    let session = open(&jar, jar.cookie_for(&account("ada")).unwrap());
    let id = session.id().unwrap().bytes();
    let sealed = |context: Context| {
        let sealer = hazmat::library_sealer(&ring, context).unwrap();
        let (now, end) = (at(START), at(START + DAY));
        let (token, _) = hazmat::seal_born(&sealer, &id, now, end, now).unwrap();
        token.to_string()
    };
    let is_taken = |context| session.is_csrf_token(&sealed(context));
    assert!(
        is_taken(Context::new(APP, hazmat::CSRF)),
        "the negative control"
    );
    assert!(!is_taken(Context::new("admin-test", hazmat::CSRF)));
    assert!(!is_taken(
        Context::new(APP, hazmat::CSRF).binding("tenant-2")
    ));
    assert!(!is_taken(Context::new(APP, hazmat::SESSION)));
    assert!(!is_taken(Context::new(APP, "login")));
}

#[test]
fn a_guest_without_a_session_gets_no_token() {
    let (_, _, jar) = world::<Account>();
    assert_eq!(open(&jar, "").csrf_token().unwrap(), None);
}

#[test]
fn without_a_key_to_seal_with_there_is_an_error_and_no_token() {
    let (ring, time, jar) = world::<Account>();
    let session = open(&jar, jar.cookie_for(&account("ada")).unwrap());
    assert!(session.csrf_token().is_ok());
    change_ring(&ring, |draft| {
        draft.keys[0].seals_until = Some(time.now());
        draft.keys[0].opens_until = Some(at(START + DAY));
    });
    time.pass(60);
    assert!(matches!(session.csrf_token(), Err(UpdateError::Seal(_))));
}

fn token_of(session: &Session<Account>) -> String {
    session.csrf_token().unwrap().expect("there is a session")
}
