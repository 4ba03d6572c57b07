//! Attack or mistake: a slow response to an old cookie clears a fresh login, seals a session again
//! after its logout, or undoes a write. Two exchanges overlap here in every order.

use sealjar_session::{Jar, Session};

use crate::support::{
    Account, Browser, DAY, Forger, NAME, START, account, background, close, is_open, open, refusal,
    token, world,
};

type Handler = fn(&Session<Account>);

const READ: Handler = |it| _ = it.get();
const LOGIN: Handler = |it| {
    it.renew();
    it.update(|it| it.name = "ada".into()).unwrap();
};

/// Sends two requests with the same cookies. Their responses come back in the given order, and the
/// handlers run in either order.
fn both(
    jar: &Jar<Account>,
    start: &Browser,
    slow: Handler,
    fast: Handler,
    slow_answers_last: bool,
) -> Browser {
    let mut browser = start.clone();
    let (first, second) = (browser.request(jar), browser.request(jar));
    slow(&first);
    fast(&second);
    let (first, second) = (close(&first), close(&second));
    for answer in if slow_answers_last {
        [second, first]
    } else {
        [first, second]
    } {
        browser.receive(answer);
    }
    browser
}

#[test]
fn a_slow_answer_to_an_old_cookie_does_not_clear_a_fresh_login() {
    let (ring, _, jar) = world::<Account>();
    let expired = Forger {
        expires_at: START,
        ..Forger::new(&ring)
    }
    .header_of(&account("old"));
    let undecodable = Forger::new(&ring).header(b"\xFF");
    let newer = Forger {
        schema: 9,
        ..Forger::new(&ring)
    }
    .header_of(&account("old"));
    for header in [
        expired,
        undecodable,
        newer,
        format!("{NAME}=garbage"),
        format!("{NAME}=2~abcd.x"),
        format!("{NAME}=a; {NAME}=b"),
        String::new(),
    ] {
        for slow_last in [true, false] {
            let browser = both(&jar, &Browser::with(&header), READ, LOGIN, slow_last);
            assert_eq!(
                browser.request(&jar).get().name,
                "ada",
                "{header} {slow_last}"
            );
        }
    }
    // The negative control: other libraries expire a cookie that they could not open.
    let clears: Handler = |it| it.purge();
    let browser = both(
        &jar,
        &Browser::with(&format!("{NAME}=garbage")),
        clears,
        LOGIN,
        true,
    );
    assert_eq!(
        browser.request(&jar).get().name,
        "",
        "a purge that answers last does clear it"
    );
}

#[test]
fn a_slow_answer_does_not_bring_a_session_back_after_logout() {
    let logout: Handler = |it| it.purge();
    let write: Handler = |it| it.update(|it| it.visits += 1).unwrap();
    for (what, slow) in [
        ("a re-seal", READ),
        ("a write", write),
        ("a read", |it| _ = it.origin()),
    ] {
        for slow_last in [true, false] {
            let (_, time, jar) = world::<Account>();
            let start = Browser::with(&jar.cookie_for(&account("ada")).unwrap());
            time.pass(DAY / 2);
            let mut browser = both(&jar, &start, slow, logout, slow_last);
            let session = browser.request(&jar);
            assert!(!is_open(&session), "{what} {slow_last}");
            assert_eq!(
                refusal(&session),
                slow_last.then_some("logged_out"),
                "{what} {slow_last}"
            );
            // The negative control: without the mark it would be open again.
            browser.forget(&format!("{NAME}.out"));
            assert_eq!(
                is_open(&browser.request(&jar)),
                slow_last,
                "{what} {slow_last}"
            );
        }
    }
}

#[test]
fn a_new_login_is_not_stopped_by_the_mark() {
    let (_, _, jar) = world::<Account>();
    let mut browser = Browser::with(&jar.cookie_for(&account("ada")).unwrap());
    browser.visit(&jar, |session| session.purge());
    browser.visit(&jar, LOGIN);
    assert_eq!(browser.names(), [format!("{NAME}.out").as_str(), NAME]);
    assert_eq!(browser.request(&jar).get().name, "ada");
    // Nor when both happen in one request.
    browser.visit(&jar, |session| {
        session.purge();
        session.update(|it| it.name = "bob".into()).unwrap();
    });
    assert_eq!(browser.request(&jar).get().name, "bob");
}

#[test]
fn a_background_read_does_not_undo_a_write_but_two_writes_do() {
    let write: Handler = |it| it.update(|it| it.visits = 50).unwrap();
    for due in [0, DAY / 2] {
        let (_, time, jar) = world::<Account>();
        let start = Browser::with(&jar.cookie_for(&account("ada")).unwrap());
        time.pass(due);
        let mut browser = start.clone();
        let slow = jar.open([start.header()], background());
        READ(&slow);
        browser.visit(&jar, write);
        browser.receive(close(&slow));
        assert_eq!(browser.request(&jar).get().visits, 50);

        // Documented: of two concurrent writes the later response wins, and so does a navigation's
        // rare re-seal. The revision shows it.
        let second: Handler = |it| it.update(|it| it.visits += 1).unwrap();
        let lost = both(&jar, &start, second, write, true);
        assert_eq!(
            (
                lost.request(&jar).get().visits,
                lost.request(&jar).revision()
            ),
            (2, 1)
        );
        let undone = both(&jar, &start, READ, write, true);
        assert_eq!(undone.request(&jar).revision(), u32::from(due == 0));
    }
}

#[test]
fn a_copy_kept_after_logout_opens_unless_it_is_revoked() {
    let (ring, _, jar) = world::<Account>();
    let header = jar.cookie_for(&account("ada")).unwrap();
    let mut browser = Browser::with(&header);
    let id = browser.visit(&jar, |session| {
        let id = session.id().unwrap();
        session.purge();
        id
    });
    assert_eq!(browser.names(), [format!("{NAME}.out")]);
    let thief = open(&jar, &header);
    assert_eq!(
        thief.get().name,
        "ada",
        "documented: a copy lives until its time is over"
    );
    crate::support::change_ring(&ring, |draft| {
        draft
            .revocations
            .revoke_session(id.bytes(), crate::support::at(START));
    });
    assert_eq!(refusal(&open(&jar, &header)), Some("revoked_session"));
    assert!(token(&header).len() > 94);
}
