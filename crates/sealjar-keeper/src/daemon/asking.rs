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
use tokio::sync::{Notify, Semaphore};
use tokio::time::{Instant, sleep_until, timeout};

use crate::daemon::deltas::Deltas;
use crate::daemon::gate::Pass;
use crate::daemon::revoking::{Revoking, revoke};
use crate::daemon::speaking::{Current, Speaking};
use crate::followed::{Followed, Outcome};

/// What an answer needs.
#[derive(Clone, Debug)]
pub(super) struct Asking {
    pub(super) speaking: Arc<Speaking>,
    pub(super) followed: Followed,
    pub(super) revoking: Arc<Revoking>,
    lanes: Arc<Lanes>,
    deltas: Arc<Deltas>,
    /// The places for large answers.
    pub(super) large: Arc<Semaphore>,
}

impl Asking {
    pub(super) fn new(speaking: Arc<Speaking>, followed: Followed, revoking: Revoking) -> Self {
        Self {
            speaking,
            followed,
            revoking: Arc::new(revoking),
            lanes: Arc::default(),
            deltas: Arc::default(),
            large: Arc::new(Semaphore::new(LARGE_AT_ONCE)),
        }
    }
}

impl Asking {
    /// Returns the list for a replica that does not hold it, or what leads there from the list that
    /// it holds, whichever is shorter.
    fn list_part(
        &self,
        current: &Current,
        speaker: &SpeakerKey,
        question: &Question,
    ) -> Option<Bytes> {
        let (spoken, list) = (current.under(speaker.id())?, current.list.as_ref()?);
        let whole = spoken.list_part.as_ref()?;
        let held = question.held.as_ref().map_or(0, |it| it.head().seq);
        if held == list.seq() {
            return None;
        }
        // Another reading may be newer already: only over the newest is anything remembered.
        let newest = self.speaking.current()?;
        let is_newest = newest.list.as_ref().is_some_and(|it| Arc::ptr_eq(it, list));
        let delta = is_newest.then(|| {
            let most = whole.len();
            self.deltas.part(list, speaker, &current.ring, held, most)
        });
        Some(delta.flatten().unwrap_or_else(|| whole.clone()))
    }
}

pub(super) fn router(asking: Asking) -> Router {
    Router::new()
        .route("/v1/rings/{name}/ask", post(ask))
        .route("/v1/rings/{name}/revoke", post(revoke))
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
    let (mut current, mut as_of) = speaking.read_now().await.ok_or(Refusal::Unavailable)?;
    let mut list = asking.list_part(&current, speaker, &question);
    if list.as_ref().is_some_and(|it| it.len() > LARGE) {
        let place = timeout(PATIENCE, Arc::clone(&asking.large).acquire_owned()).await;
        let place = place.map_err(|_| Refusal::Unavailable)?;
        pass.keep(place.map_err(|_| Refusal::Unavailable)?);
        // That took a while.
        (current, as_of) = speaking.read_now().await.ok_or(Refusal::Unavailable)?;
        list = asking.list_part(&current, speaker, &question);
    }
    let spoken = current.under(speaker.id()).ok_or(Refusal::Unavailable)?;
    let mut answer = speaking.answer(speaker, ring, &question.nonce, as_of, &spoken.head);
    let held = question.held.as_ref().map(|held| held.head());
    if held.is_none_or(|held| held.epoch != spoken.head.head().epoch) {
        answer.extend_from_slice(&spoken.part);
    }
    answer.extend_from_slice(list.as_ref().map_or(&[], |it| it));
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
    let is_news = |current: &Option<Arc<Current>>| {
        let current = current.as_ref();
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
pub(super) enum Refusal {
    Forged,
    Malformed,
    OtherRing,
    Unavailable,
}

impl Refusal {
    pub(super) const fn outcome(self) -> Outcome {
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
pub(super) const SENDING: Duration = Duration::from_secs(5);
/// How many bytes of a list are many.
const LARGE: usize = 64 * 1024;
/// How many large answers are sent at once, so that they do not fill the memory.
const LARGE_AT_ONCE: usize = 16;
/// How long a large answer waits for its turn.
const PATIENCE: Duration = Duration::from_secs(2);
/// How many questions of an instance wait at once.
const LANES: usize = 4;
