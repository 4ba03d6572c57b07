//! The handlers of the table. Each is written once and runs in every framework.

use std::sync::Arc;

use sealjar_session::{Session, UpdateError, Validity};

use crate::exchange::{Outcome, Reply, Work, with};
use crate::people::{Account, Basket};

pub(crate) type Ask = fn(&Session<Account>) -> Outcome;

/// The result of an update, in the words of the exchanges that every language uses.
pub(crate) fn outcome<T>(update: &Result<T, UpdateError>) -> &'static str {
    match update {
        Ok(_) => "ok",
        Err(UpdateError::Closed) => "closed",
        Err(UpdateError::Nested) => "nested",
        Err(_) => "another error",
    }
}

pub(crate) fn read() -> Work {
    with(say)
}

/// A page that asks for no session.
pub(crate) fn plain() -> Work {
    Work::Plain(Arc::new(|| Ok(Reply::text("page"))))
}

/// A page that asks for a session and does nothing with it.
pub(crate) fn leave_alone() -> Work {
    with(|_| Ok(Reply::text("page")))
}

pub(crate) fn write() -> Work {
    with(add_a_visit)
}

pub(crate) fn login(name: &'static str) -> Work {
    with(move |session| {
        session.renew();
        session.update(|it| it.name = name.into())?;
        say(session)
    })
}

pub(crate) fn logout() -> Work {
    with(purge)
}

/// Makes several changes, one after the other.
pub(crate) fn asks(asks: &[Ask]) -> Work {
    let asks = asks.to_vec();
    with(move |session| {
        for ask in &asks {
            ask(session)?;
        }
        say(session)
    })
}

/// Looks at two sessions.
pub(crate) fn read_both() -> Work {
    both(|session, basket| {
        let (account, basket) = (session.get(), basket.get());
        Ok(Reply::text(format!(
            "{} visits, {} items",
            account.visits, basket.items
        )))
    })
}

pub(crate) fn both(
    job: impl Fn(&Session<Account>, &Session<Basket>) -> Outcome + Send + Sync + 'static,
) -> Work {
    Work::Both(Arc::new(job))
}

/// Writes a note of this many bytes.
pub(crate) fn fill(length: usize) -> Work {
    with(move |session| {
        session.update(|it| it.note = "x".repeat(length))?;
        Ok(Reply::text(""))
    })
}

/// Says how long the note is.
pub(crate) fn measure() -> Work {
    with(|session| Ok(Reply::text(session.get().note.len().to_string())))
}

pub(crate) fn add_a_visit(session: &Session<Account>) -> Outcome {
    session.update(|it| it.visits += 1)?;
    say(session)
}

pub(crate) fn renew(session: &Session<Account>) -> Outcome {
    session.renew();
    say(session)
}

pub(crate) fn purge(session: &Session<Account>) -> Outcome {
    session.purge();
    say(session)
}

pub(crate) fn discard(session: &Session<Account>) -> Outcome {
    session.discard();
    say(session)
}

pub(crate) fn keep_alive(session: &Session<Account>) -> Outcome {
    session.keep_alive();
    say(session)
}

/// A change without effect.
pub(crate) fn change_nothing(session: &Session<Account>) -> Outcome {
    session.update(|it| it.visits += 0)?;
    say(session)
}

/// A stream, like a WebSocket, that uses the session while its response is being sent.
pub(crate) fn asks_again() -> Work {
    with(|session| {
        let name = session.get().name.clone();
        let session = session.clone();
        Ok(Reply::stream(std::iter::once_with(move || {
            match session.recheck() {
                Validity::Valid { .. } => format!("{name} goes on"),
                Validity::Ended(refusal) => format!("{name} has ended: {}", refusal.kind()),
                _ => "nobody".into(),
            }
        })))
    })
}

pub(crate) fn say(session: &Session<Account>) -> Outcome {
    let account = session.get();
    let name = match account.name.as_str() {
        "" => "nobody",
        name => name,
    };
    Ok(Reply::text(format!("{name}, {} visits", account.visits)))
}
