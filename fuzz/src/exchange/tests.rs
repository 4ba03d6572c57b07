//! A story that must hold, and faults between jar and browser that must be noticed.

use super::fleet::Change;
use super::visit::Act;
use super::*;

/// A visitor comes, logs in, continues after a rotation, is refused by a revoked key, and logs out.
fn story() -> Vec<Step> {
    let begin = Step::Begin {
        place: false,
        replica: false,
        navigation: true,
        cookies: Cookies::Browsers,
    };
    let act = |act| Step::Act { place: false, act };
    let close = Step::Close {
        place: false,
        fate: Fate::Arrives,
    };
    let keeper = [
        Step::Change(Change::Rotate),
        Step::Deliver(false),
        Step::Deliver(true),
    ];
    let visit = |acts: &[Act]| {
        let acts = acts.iter().map(|it| act(*it));
        [begin]
            .into_iter()
            .chain(acts)
            .chain([close])
            .collect::<Vec<_>>()
    };
    [
        &visit(&[Act::Count, Act::ChangeInsideAChange, Act::FailToChange])[..],
        &visit(&[Act::LogIn(true), Act::Note(3)]),
        &[Step::Copy],
        &keeper,
        &[Step::Pass(4_000)],
        &visit(&[]),
        &visit(&[Act::Count, Act::Renew]),
        &visit(&[Act::Note(2)]),
        &[Step::Change(Change::RevokeKey(0)), Step::Deliver(false)],
        &visit(&[]),
        &visit(&[Act::Purge]),
        &visit(&[Act::Count]),
    ]
    .concat()
}

#[test]
fn a_visitors_story_holds() {
    run(&story(), |_| ());
}

/// A person who was revoked by a fast clock logs in again on a replica whose clock is fast too. The
/// other replica opens the session and seals it for a second that it has not reached yet.
#[test]
fn a_birth_that_lies_ahead_holds_by_a_slower_clock() {
    let visit = |replica, act| Step::Visit {
        replica,
        cookies: Cookies::Browsers,
        act,
        fate: Fate::Arrives,
    };
    let (slow, fast) = (false, true);
    run(
        &[
            Step::PutAhead {
                replica: fast,
                seconds: 25,
            },
            visit(slow, Act::LogIn(true)),
            Step::Change(Change::RevokePerson(true, 50)),
            Step::Deliver(slow),
            Step::Deliver(fast),
            visit(slow, Act::ChangeNothing),
            visit(fast, Act::LogIn(true)),
            visit(slow, Act::Count),
            visit(fast, Act::Count),
        ],
        |_| (),
    );
}

#[test]
#[should_panic(expected = "what the handler was told is not in")]
fn an_adapter_that_forgets_to_send_the_lines_is_caught() {
    run(&story(), |lines| {
        lines.retain(|line| line.contains("Max-Age=0"))
    });
}

#[test]
#[should_panic(expected = "all parts are sent")]
fn an_adapter_that_sends_one_line_alone_is_caught() {
    run(&story(), |lines| lines.truncate(1));
}

#[test]
#[should_panic(expected = "a session that nobody changed")]
fn an_adapter_that_expires_a_refused_cookie_is_caught() {
    run(&story(), |lines| {
        if lines.is_empty() {
            let line = format!("{NAME}=; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=0");
            lines.push(line);
        }
    });
}

#[test]
#[should_panic(expected = "the ids that are marked as logged out")]
fn an_adapter_that_forgets_who_has_logged_out_is_caught() {
    run(&story(), |lines| {
        lines.retain(|line| !line.contains(".out="))
    });
}

#[test]
#[should_panic(expected = "a line of")]
fn an_adapter_that_makes_lines_longer_is_caught() {
    run(&story(), |lines| {
        for line in lines {
            line.push_str("; Priority=High");
        }
    });
}

/// A request is under way while its session is revoked. Its response must not seal it again.
#[test]
fn a_session_that_is_revoked_during_its_request_is_not_sent() {
    for change in [
        Change::RevokeKey(0),
        Change::RevokePerson(true, 0),
        Change::RevokeSession(0),
        Change::RevokeAll(0),
    ] {
        for act in [
            Act::ChangeNothing,
            Act::Count,
            Act::Renew,
            Act::LogIn(false),
        ] {
            let login = Step::Visit {
                replica: false,
                cookies: Cookies::Browsers,
                act: Act::LogIn(true),
                fate: Fate::Arrives,
            };
            let begin = Step::Begin {
                place: false,
                replica: false,
                navigation: true,
                cookies: Cookies::Browsers,
            };
            let close = Step::Close {
                place: false,
                fate: Fate::Arrives,
            };
            let act = Step::Act { place: false, act };
            let (change, deliver) = (Step::Change(change), Step::Deliver(false));
            let rotate = [Step::Change(Change::Rotate), deliver, Step::Pass(4_000)];
            let steps = [login, begin, act, change, deliver, close];
            run(&[&rotate[..], &steps].concat(), |_| ());
        }
    }
}
