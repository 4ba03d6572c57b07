//! What can still change while the response is being sent, or if there is none?

use std::sync::{Arc, Mutex};

use sealjar_session::Session;

use crate::exchange::{Reply, Work, with};
use crate::expect::{reads, untouched, writes};
use crate::handlers::{asks_again, outcome, plain, read, say};
use crate::people::Account;
use crate::row::{Row, row, visit};
use crate::world::{DAY, World};

pub(crate) fn rows() -> Vec<Row> {
    let [outlives, given_up, unread] = [(); 3].map(|()| Kept::default());
    vec![
        row("a change while the body streams is refused, and reading goes on")
            .then(visit(streams()).gives(writes().body("1 closed 1 closed ")))
            .then(visit(read()).gives(reads().body("nobody, 1 visits"))),
        row("an intent while the body streams does nothing")
            .holding(|world| world.cookie_of("ada"))
            .then(
                visit(with(|session| {
                    _ = session.get();
                    let session = session.clone();
                    Ok(Reply::stream(std::iter::once_with(move || {
                        session.purge();
                        session.renew();
                        session.keep_alive();
                        session.get().name.clone()
                    })))
                }))
                .gives(reads().body("ada")),
            )
            .then(visit(read()).gives(reads().body("ada, 1 visits").revision(0))),
        row("a change in a task that outlives the answer is refused, and what was sent stays")
            .then(visit(writes_and_keeps(&outlives)).gives(writes().body("nobody, 1 visits")))
            .then(visit(changes(&outlives)).gives(untouched().body("closed, 1 visits")))
            .then(visit(read()).gives(reads().body("nobody, 1 visits"))),
        row("a change after the visitor has gone away is refused")
            .then(visit(writes_and_keeps(&given_up)).given_up())
            .then(visit(changes(&given_up)).gives(untouched().body("closed, 1 visits")))
            .then(visit(read()).gives(reads().origin("absent"))),
        row("a stream that asks again hears that its visitor was revoked meanwhile")
            .holding(|world| world.cookie_of("ada"))
            .then(visit(asks_again()).gives(reads().body("ada goes on")))
            .then(
                visit(asks_again())
                    .answered_after(1)
                    .gives(reads().body("ada has ended: revoked_subject")),
            )
            .then(
                visit(read())
                    .once(World::revoke_ada)
                    .gives(reads().origin("revoked_subject")),
            ),
        row("a stream that asks again hears of the end of its time")
            .holding(|world| world.cookie_of("ada"))
            .then(
                visit(asks_again())
                    .answered_after(1)
                    .gives(reads().body("ada has ended: expired")),
            )
            .then(visit(plain()).after(DAY).gives(untouched())),
        row("a stream that asks again is nobody's where nobody came")
            .then(visit(asks_again()).gives(reads().body("nobody"))),
        row("a session that nobody read takes no change when the answer is out")
            .holding(|world| world.cookie_of("ada"))
            .then(visit(keeps(&unread)).gives(untouched()))
            .then(visit(changes(&unread)).gives(untouched().body("closed, 1 visits")))
            .then(visit(read()).gives(reads().body("ada, 1 visits").revision(0))),
    ]
}

/// A session that outlives its handler, as in a spawned task.
type Kept = Arc<Mutex<Option<Session<Account>>>>;

fn keeps(kept: &Kept) -> Work {
    let kept = Arc::clone(kept);
    with(move |session| {
        *kept.lock().unwrap() = Some(session.clone());
        Ok(Reply::text(""))
    })
}

fn writes_and_keeps(kept: &Kept) -> Work {
    let kept = Arc::clone(kept);
    with(move |session| {
        session.update(|it| it.visits += 1)?;
        *kept.lock().unwrap() = Some(session.clone());
        say(session)
    })
}

/// Changes the kept session, from another request that does not use its own.
fn changes(kept: &Kept) -> Work {
    let kept = Arc::clone(kept);
    Work::Plain(Arc::new(move || {
        let kept = kept.lock().unwrap().take().unwrap();
        let late = kept.update(|it| it.visits += 98);
        kept.purge();
        Ok(Reply::text(format!(
            "{}, {} visits",
            outcome(&late),
            kept.get().visits
        )))
    }))
}

/// Updates before the head is sent, and then twice while the body is sent.
fn streams() -> Work {
    with(|session| {
        session.update(|it| it.visits = 1)?;
        let session = session.clone();
        Ok(Reply::stream((0..2).map(move |_| {
            let late = session.update(|it| it.visits = 99);
            format!("{} {} ", session.get().visits, outcome(&late))
        })))
    })
}
