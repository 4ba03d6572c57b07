//! Who is asked, and when again?

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use sealjar::Timestamp;
use sealjar_follow::{AnswerError, Asked, Patience};
use tokio::net::lookup_host;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{Instant, sleep, timeout};

use crate::follow::address::Address;
use crate::follow::exchange::{AskError, ask};
use crate::follow::shared::{Shared, Taken};

/// What is at an address.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    /// The keeper of this number.
    Keeper(usize),
    /// Another replica, which is asked while no keeper answers.
    Relay,
}

/// Asks whatever a name stands for, for as long as it lives. A name may come to stand for others.
pub(super) async fn ask_all_of(shared: Arc<Shared>, kind: Kind, address: Address) {
    let mut tasks = JoinSet::new();
    let mut asked: BTreeMap<SocketAddr, AbortHandle> = BTreeMap::new();
    loop {
        match timeout(RESOLVING, lookup_host(&address.authority)).await {
            Ok(Ok(found)) => {
                let found: BTreeSet<SocketAddr> = found.collect();
                asked.retain(|at, task| {
                    let stays = found.contains(at);
                    if !stays {
                        task.abort();
                        if let Kind::Keeper(keeper) = kind {
                            shared.drop_address(keeper, *at);
                        }
                    }
                    stays
                });
                for at in found {
                    asked.entry(at).or_insert_with(|| {
                        let (shared, authority) = (Arc::clone(&shared), address.authority.clone());
                        tasks.spawn(ask_one(shared, kind, at, authority))
                    });
                }
            }
            failed => {
                // Those that were found before are asked as ever.
                if let Kind::Keeper(keeper) = kind {
                    let reason = match failed {
                        Ok(Err(error)) => error.to_string(),
                        _ => "the name is not resolved in time".into(),
                    };
                    shared.note_unresolved(keeper, format!("{}: {reason}", address.authority));
                }
            }
        }
        while tasks.try_join_next().is_some() {}
        let pause = if asked.is_empty() {
            FIRST_RETRY
        } else {
            RESOLVED_EVERY
        };
        sleep(jittered(pause)).await;
    }
}

async fn ask_one(shared: Arc<Shared>, kind: Kind, at: SocketAddr, authority: String) {
    let mut failures = 0;
    let mut wants_everything = false;
    loop {
        if let Kind::Relay = kind {
            shared.until_alone().await;
        }
        if shared.has_ended() {
            // It would count again.
            return;
        }
        let held = shared.held();
        let begun = Instant::now();
        // After a failure it waits for nothing: an answer at once says that all is well again.
        let seconds = match failures {
            0 => fastrand::u16(SHORTEST_WAIT..=Patience::LONGEST),
            _ => 0,
        };
        let everything = std::mem::take(&mut wants_everything);
        let names = if everything { None } else { held.as_ref() };
        let asked = ask_once(&shared, at, &authority, names, held.as_ref(), seconds);
        let outcome = asked.await;
        let pause = match outcome {
            Ok(Came { is_confirmed, news }) => {
                let has_failed = std::mem::take(&mut failures) > 0;
                let has_news = news.is_some();
                if let Some(taken) = news {
                    shared.take(taken);
                }
                match kind {
                    Kind::Keeper(keeper) if is_confirmed => shared.note_answer(keeper, at),
                    Kind::Keeper(keeper) => shared.note_failure(keeper, at, &AskError::Relay),
                    Kind::Relay => {}
                }
                if has_news {
                    // The next question names what is in use.
                    let before = held.as_ref().map(|it| &it.head);
                    shared.until_other_than(before).await;
                }
                match kind {
                    // One that has not waited does not count this question: an instance that asks
                    // at several addresses, or a clock that is wrong.
                    Kind::Keeper(_) if has_news || has_failed || begun.elapsed() > QUICK => {
                        Duration::ZERO
                    }
                    Kind::Keeper(_) => jittered(QUICK),
                    Kind::Relay => jittered(LONGEST_RETRY),
                }
            }
            Err(AskError::Answer(AnswerError::Crossed)) => CROSSED,
            // A question that names nothing gets everything whole.
            Err(AskError::Answer(AnswerError::Delta | AnswerError::Parts)) if !everything => {
                wants_everything = true;
                CROSSED
            }
            Err(error) => {
                if let Kind::Keeper(keeper) = kind {
                    shared.note_failure(keeper, at, &error);
                }
                let pause = (FIRST_RETRY * 2_u32.pow(failures)).min(LONGEST_RETRY);
                failures = (failures + 1).min(DOUBLINGS);
                match error {
                    AskError::Busy(Some(after)) => jittered(after.min(LONGEST_RETRY)),
                    _ => jittered(pause),
                }
            }
        };
        sleep(pause).await;
    }
}

/// What an answer has brought.
struct Came {
    is_confirmed: bool,
    news: Option<Taken>,
}

async fn ask_once(
    shared: &Shared,
    at: SocketAddr,
    authority: &str,
    names: Option<&Taken>,
    held: Option<&Taken>,
    seconds: u16,
) -> Result<Came, AskError> {
    let unable = |error: &dyn std::error::Error| AskError::Unreachable(error.to_string());
    let sent = Timestamp::now().map_err(|error| unable(&error))?;
    let named = names.map(|it| it.head.clone());
    let question = shared.question(named, sent, Patience::Waits(seconds));
    let question = question.map_err(|error| unable(&error))?;
    let bytes = question.to_bytes(&shared.key, &shared.ring);
    let patience = Duration::from_secs(seconds.into()) + ON_THE_WAY;
    let answer = ask(at, authority, &shared.ring, bytes, patience).await?;
    let asked = Asked {
        key: &shared.key,
        ring: &shared.ring,
        nonce: &question.nonce,
        held: held.map(|it| it.head.head()),
        list: held.and_then(|it| it.list.as_deref()),
        sent,
    };
    let now = Timestamp::now().map_err(|error| unable(&error))?;
    let judged = asked.judge(&answer, now).map_err(AskError::Answer)?;
    let news = match judged.news {
        None => None,
        // What is not new in an answer is what was held when it was asked for.
        Some(news) => Some(Taken::of(news, held).ok_or(AskError::Answer(AnswerError::Parts))?),
    };
    Ok(Came {
        is_confirmed: judged.confirmed.is_some(),
        news,
    })
}

/// Spreads replicas that would ask at the same time.
fn jittered(pause: Duration) -> Duration {
    pause + pause.mul_f32(0.5 * fastrand::f32())
}

/// The shortest and the longest wait differ, so that replicas that start together do not ask
/// together for ever.
const SHORTEST_WAIT: u16 = 18;
/// How much longer than its wait an answer may take.
const ON_THE_WAY: Duration = Duration::from_secs(10);
const QUICK: Duration = Duration::from_secs(1);
const CROSSED: Duration = Duration::from_millis(250);
const FIRST_RETRY: Duration = Duration::from_millis(500);
const LONGEST_RETRY: Duration = Duration::from_secs(10);
const DOUBLINGS: u32 = 5;
const RESOLVING: Duration = Duration::from_secs(5);
const RESOLVED_EVERY: Duration = Duration::from_secs(15);
