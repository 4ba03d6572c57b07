//! How is the ring, again and again, until somebody has seen enough?

use std::io;
use std::time::Duration;

use sealjar_keeper::store::RingStore;
use sealjar_keeper::{HumanDuration, Keeper};
use serde_json::Map;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::sleep;

use crate::commands::status::look;
use crate::output::exit::{Answer, CommandError, Exit, show_again};
use crate::output::page::Page;

/// Shows the ring until SIGINT or SIGTERM. Ends as the last look did, and at once if the first one
/// fails: the store may be mistyped.
pub(super) async fn go_on<S: RingStore>(
    keeper: &Keeper<S>,
    every: HumanDuration,
    json: bool,
) -> Result<Answer, CommandError> {
    let failed = |error: io::Error| {
        CommandError::new(
            Exit::Unexpected,
            "signals",
            format!("cannot wait for signals: {error}"),
        )
        .hint("see the limits of this process")
    };
    let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
    let pause = Duration::from_secs(every.as_secs().max(1).into());
    let mut exit = Exit::Done;
    let mut first = true;
    loop {
        tokio::select! {
            looked = look(keeper) => {
                if std::mem::take(&mut first) && looked.is_err() {
                    return looked;
                }
                exit = show_again(looked, json, &format!("every {every}, Ctrl-C ends it"));
                // The reader has closed the pipe.
                if exit == Exit::Unexpected {
                    break;
                }
            }
            _ = interrupt.recv() => break,
            _ = terminate.recv() => break,
        }
        tokio::select! {
            () = sleep(pause) => {}
            _ = interrupt.recv() => break,
            _ = terminate.recv() => break,
        }
    }
    let mut answer = Answer::new(Page::default(), Map::new());
    answer.exit = exit;
    Ok(answer)
}
