//! How are the questions of replicas answered?

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Extension, Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use sealjar::Timestamp;
use sealjar_follow::{
    Hearing, Instance, Patience, Question, QuestionError, SpeakerKey, UncheckedQuestion,
};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until, timeout};

use crate::daemon::gate::Pass;
use crate::daemon::speaking::Speaking;
use crate::followed::{Followed, Outcome};

/// What an answer needs.
#[derive(Clone, Debug)]
pub(super) struct Asking {
    pub(super) speaking: Arc<Speaking>,
    pub(super) followed: Followed,
    lanes: Arc<Lanes>,
}

impl Asking {
    pub(super) fn new(speaking: Arc<Speaking>, followed: Followed) -> Self {
        Self {
            speaking,
            followed,
            lanes: Arc::default(),
        }
    }
}

pub(super) fn router(asking: Asking) -> Router {
    Router::new()
        .route("/v1/rings/{name}/ask", post(ask))
        .with_state(asking)
}

async fn ask(
    State(asking): State<Asking>,
    Path(ring): Path<String>,
    Extension(pass): Extension<Pass>,
    body: Body,
) -> Response {
    let outcome = answer(&asking, &ring, &pass, body).await;
    let (outcome, response) = match outcome {
        Ok((outcome, bytes)) => (outcome, bytes.into_response()),
        Err(refusal) => (refusal.outcome(), refusal.into_response()),
    };
    asking.followed.count(outcome);
    response
}

async fn answer(
    asking: &Asking,
    ring: &str,
    pass: &Pass,
    body: Body,
) -> Result<(Outcome, Bytes), Refusal> {
    let read = timeout(SENDING, to_bytes(body, Question::MAX_LEN)).await;
    let bytes = read.map_err(|_| Refusal::Malformed)?;
    let bytes = bytes.map_err(|_| Refusal::Malformed)?;
    let speaking = &*asking.speaking;
    let (speaker, question) = checked(speaking, ring, &bytes)?;
    // From here on who asks has the key. It is heard even if it cannot be answered: a replica that
    // lives must not be lost because a disk hangs.
    let now = Timestamp::now().map_err(|_| Refusal::Unavailable)?;
    let current = match speaking.current() {
        Some(current) => Some(current),
        None => speaking.read_now().await.map(|(current, _)| current),
    };
    let Some(current) = current else {
        asking.followed.turned_away(now);
        return Err(Refusal::Unavailable);
    };
    if current.ring != ring {
        return Err(Refusal::OtherRing);
    }
    let hearing = asking.followed.hear(&question, current.skew, now);
    if !pass.authenticate() {
        return Err(Refusal::Unavailable);
    }
    let outcome = match hearing {
        Hearing::Acknowledged | Hearing::Left => Outcome::Acknowledged,
        Hearing::Stale => Outcome::Stale,
        Hearing::Full => return Err(Refusal::Unavailable),
    };
    if let (Hearing::Acknowledged, Patience::Waits(seconds)) = (hearing, question.patience) {
        let until = Instant::now() + Duration::from_secs(seconds.into());
        wait_for_news(asking, speaker, &question, until).await;
    }
    let (current, as_of) = speaking.read_now().await.ok_or(Refusal::Unavailable)?;
    let spoken = current.under(speaker.id()).ok_or(Refusal::Unavailable)?;
    let mut answer = speaking.answer(speaker, ring, &question.nonce, as_of, &spoken.head);
    let held = question.held.as_ref().map(|held| held.head());
    if held.is_none_or(|held| held.epoch != spoken.head.head().epoch) {
        answer.extend_from_slice(&spoken.part);
    }
    let seq = current.list.as_ref().map_or(0, |list| list.seq());
    if let Some(part) = &spoken.list_part
        && held.is_none_or(|held| held.seq != seq)
    {
        answer.extend_from_slice(part);
    }
    Ok((outcome, answer.into()))
}

fn checked<'a>(
    speaking: &'a Speaking,
    ring: &str,
    bytes: &[u8],
) -> Result<(&'a SpeakerKey, Question), Refusal> {
    let question = UncheckedQuestion::new(bytes).map_err(|_| Refusal::Malformed)?;
    let speaker = speaking
        .speaker(|id| question.is_under(id))
        .ok_or(Refusal::Forged)?;
    let checked = question.check(speaker.delivery_key(), ring);
    let question = checked.map_err(|error| match error {
        QuestionError::NotAQuestion | QuestionError::Held(_) => Refusal::Malformed,
        _ => Refusal::Forged,
    })?;
    Ok((speaker, question))
}

/// Waits until there is something else than what the replica holds, at most until then.
async fn wait_for_news(asking: &Asking, speaker: &SpeakerKey, question: &Question, until: Instant) {
    let _reading = asking.speaking.wait();
    let mut news = asking.speaking.watch();
    let lane = asking.lanes.enter(question.instance);
    let holds = question.held.as_ref().map(|held| held.head());
    let is_news = |current: &Option<Arc<_>>| {
        let current: Option<&Arc<crate::daemon::speaking::Current>> = current.as_ref();
        let spoken = current.and_then(|it| it.under(speaker.id()));
        spoken.is_some_and(|it| Some(it.head.head()) != holds)
    };
    tokio::select! {
        _ = news.wait_for(is_news) => {}
        () = sleep_until(until) => {}
        () = lane.overtaken.notified() => {}
    }
}

/// Which questions of each instance wait. A replica may reach this keeper at several addresses, and
/// a connection that has broken off is noticed late.
#[derive(Debug, Default)]
struct Lanes(Mutex<HashMap<Instance, VecDeque<Arc<Notify>>>>);

/// A question that waits.
struct Lane<'a> {
    lanes: &'a Lanes,
    instance: Instance,
    overtaken: Arc<Notify>,
}

impl Lanes {
    /// Lets a question wait. If too many of its instance do, the oldest is answered now.
    fn enter(&self, instance: Instance) -> Lane<'_> {
        let overtaken = Arc::new(Notify::new());
        let mut waiting = self.waiting();
        let of_instance = waiting.entry(instance).or_default();
        of_instance.push_back(Arc::clone(&overtaken));
        if of_instance.len() > LANES
            && let Some(oldest) = of_instance.pop_front()
        {
            oldest.notify_one();
        }
        Lane {
            lanes: self,
            instance,
            overtaken,
        }
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<Instance, VecDeque<Arc<Notify>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Lane<'_> {
    fn drop(&mut self) {
        let mut waiting = self.lanes.waiting();
        if let Some(of_instance) = waiting.get_mut(&self.instance) {
            of_instance.retain(|it| !Arc::ptr_eq(it, &self.overtaken));
            if of_instance.is_empty() {
                waiting.remove(&self.instance);
            }
        }
    }
}

/// Why a question is not answered.
#[derive(Clone, Copy, Debug)]
enum Refusal {
    Forged,
    Malformed,
    OtherRing,
    Unavailable,
}

impl Refusal {
    const fn outcome(self) -> Outcome {
        match self {
            Self::Forged => Outcome::Forged,
            Self::Malformed | Self::OtherRing => Outcome::Malformed,
            Self::Unavailable => Outcome::Unavailable,
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self {
            Self::Forged => StatusCode::UNAUTHORIZED.into_response(),
            Self::Malformed => StatusCode::BAD_REQUEST.into_response(),
            Self::OtherRing => StatusCode::NOT_FOUND.into_response(),
            Self::Unavailable => {
                // Spread, so that those who are sent away do not come back together.
                let seconds = fastrand::u8(1..=5).to_string();
                let after = [(header::RETRY_AFTER, seconds)];
                (StatusCode::SERVICE_UNAVAILABLE, after).into_response()
            }
        }
    }
}

/// How long the bytes of a question may take.
const SENDING: Duration = Duration::from_secs(5);
/// How many questions of an instance wait at once.
const LANES: usize = 4;
