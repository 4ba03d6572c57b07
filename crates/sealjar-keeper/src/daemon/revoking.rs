//! How do applications revoke sessions and people?
//!
//! Requests that come together are one commit. Each is answered when the store has it, or when it
//! is certain that it has not.

use std::convert::Infallible;
use std::future::pending;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Extension, Path, State};
use axum::response::{IntoResponse, Response};
use sealjar::{Revocation, RevocationList, Timestamp};
use sealjar_follow::{
    Instance, RequestError, RevokeOutcome, RevokeRefusal, RevokeRequest, SpeakerKey,
    UncheckedRevokeRequest,
};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep_until, timeout};

use crate::daemon::asking::{Asking, Refusal, SENDING};
use crate::daemon::gate::Pass;
use crate::daemon::limits::Limits;
use crate::daemon::speaking::{Current, Speaking};
use crate::error::KeeperError;
use crate::keeper::Keeper;
use crate::refusal::Refused;
use crate::store::{RingStore, StoreError};

/// Where requests to revoke go.
#[derive(Debug)]
pub(super) struct Revoking {
    queue: mpsc::Sender<Waiting>,
    limits: Mutex<Limits>,
}

/// The requests that nobody has committed yet.
pub(super) type Queue = mpsc::Receiver<Waiting>;

/// A request that waits to be committed.
#[derive(Debug)]
pub(super) struct Waiting {
    revocations: Vec<Revocation>,
    outcome: oneshot::Sender<RevokeOutcome>,
}

/// How a keeper takes revocations.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    /// How long requests are collected for one commit.
    pub(super) group: Duration,
    /// How many records each replica may add in a minute.
    pub(super) per_minute: u32,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            group: Duration::from_millis(250),
            per_minute: 600,
        }
    }
}

impl Revoking {
    pub(super) fn new(pace: Pace) -> (Self, Queue) {
        let (queue, waiting) = mpsc::channel(QUEUED);
        let limits = Mutex::new(Limits::new(pace.per_minute, Instant::now()));
        (Self { queue, limits }, waiting)
    }

    async fn revoke(
        &self,
        request: RevokeRequest,
        current: &Current,
        now: Timestamp,
    ) -> RevokeOutcome {
        let apart = request.time.stored().abs_diff(now.stored());
        if apart > current.skew.saturating_add(ON_THE_WAY) {
            return RevokeOutcome::NotCommitted(RevokeRefusal::Clock);
        }
        let list = current.list.as_deref();
        let is_new = |it: &&Revocation| list.is_none_or(|list| !is_listed(list, it));
        let records = request.revocations.iter().filter(is_new).count();
        // Without a record that is new, as in one that somebody has recorded, it costs nothing.
        let may = records == 0 || self.may_add(request.instance, records);
        if !may {
            return RevokeOutcome::NotCommitted(RevokeRefusal::TooMany);
        }
        let (outcome, came) = oneshot::channel();
        let waiting = Waiting {
            revocations: dated(&request, current.skew, now),
            outcome,
        };
        if self.queue.try_send(waiting).is_err() {
            return RevokeOutcome::NotCommitted(RevokeRefusal::Unavailable);
        }
        match timeout(LONGEST, came).await {
            Ok(Ok(outcome)) => outcome,
            _ => RevokeOutcome::NotKnown,
        }
    }

    fn may_add(&self, instance: Instance, records: usize) -> bool {
        let limits = self.limits.lock();
        let mut limits = limits.unwrap_or_else(PoisonError::into_inner);
        limits.take(instance, records, Instant::now())
    }
}

/// Gives a session of unknown birth a time of its own, so that the same request makes the same
/// record again: the latest that its birth can be, by the replica's clock and by this one.
fn dated(request: &RevokeRequest, skew: u32, now: Timestamp) -> Vec<Revocation> {
    let latest = request.time.min(now).saturating_add(skew.saturating_mul(2));
    let dated = |it: &Revocation| match *it {
        Revocation::Session { id, born: None } => Revocation::Session {
            id,
            born: Some(latest),
        },
        other => other,
    };
    request.revocations.iter().map(dated).collect()
}

fn is_listed(list: &RevocationList, revocation: &Revocation) -> bool {
    match *revocation {
        Revocation::Session { id, .. } => list.covers_session(id),
        Revocation::Subject { hash, born_before } => {
            list.subject_born_before(hash) >= Some(born_before)
        }
    }
}

/// Answers one request.
pub(super) async fn revoke(
    State(asking): State<Asking>,
    Path(ring): Path<String>,
    Extension(pass): Extension<Pass>,
    body: Body,
) -> Response {
    match answer(&asking, &ring, &pass, body).await {
        Ok(answer) => answer.into_response(),
        Err(refusal) => {
            asking.followed.count(refusal.outcome());
            refusal.into_response()
        }
    }
}

async fn answer(asking: &Asking, ring: &str, pass: &Pass, body: Body) -> Result<Bytes, Refusal> {
    let read = timeout(SENDING, to_bytes(body, RevokeRequest::MAX_LEN)).await;
    let bytes = read.map_err(|_| Refusal::Malformed)?;
    let bytes = bytes.map_err(|_| Refusal::Malformed)?;
    let speaking = &*asking.speaking;
    let (speaker, request) = checked(speaking, ring, &bytes)?;
    let nonce = request.nonce;
    let now = Timestamp::now().map_err(|_| Refusal::Unavailable)?;
    let current = match speaking.current() {
        Some(current) => Some(current),
        None => speaking.read_now().await.map(|(current, _)| current),
    };
    let outcome = match current {
        Some(current) if current.ring != ring => return Err(Refusal::OtherRing),
        Some(current) if pass.authenticate() => {
            asking.revoking.revoke(request, &current, now).await
        }
        _ => RevokeOutcome::NotCommitted(RevokeRefusal::Unavailable),
    };
    let answer = outcome.sign(speaker, ring, &nonce);
    Ok(Bytes::copy_from_slice(&answer))
}

fn checked<'a>(
    speaking: &'a Speaking,
    ring: &str,
    bytes: &[u8],
) -> Result<(&'a SpeakerKey, RevokeRequest), Refusal> {
    let request = UncheckedRevokeRequest::new(bytes).map_err(|_| Refusal::Malformed)?;
    let speaker = speaking
        .speaker(|id| request.is_under(id))
        .ok_or(Refusal::Forged)?;
    let checked = request.check(speaker.delivery_key(), ring);
    let request = checked.map_err(|error| match error {
        RequestError::NotARequest => Refusal::Malformed,
        _ => Refusal::Forged,
    })?;
    Ok((speaker, request))
}

/// Commits what waits, as often as the store bears.
pub(super) async fn run<S: RingStore>(
    mut queue: Queue,
    keeper: &Keeper<S>,
    speaking: &Speaking,
    group: Duration,
) -> Infallible {
    let limits = keeper.store().list_limits();
    let between = limits.map_or(Duration::ZERO, |it| it.pace);
    let mut next = Instant::now();
    loop {
        let Some(first) = queue.recv().await else {
            pending().await
        };
        let at = next.max(Instant::now() + group);
        let mut waiting = vec![first];
        let mut records = waiting[0].revocations.len();
        loop {
            tokio::select! {
                biased;
                () = sleep_until(at) => break,
                Some(more) = queue.recv(), if records < TOGETHER => {
                    records += more.revocations.len();
                    waiting.push(more);
                }
            }
        }
        next = Instant::now() + between;
        commit(keeper, waiting).await;
        // Replicas that wait hear of it at once.
        speaking.look();
    }
}

async fn commit<S: RingStore>(keeper: &Keeper<S>, waiting: Vec<Waiting>) {
    let (requests, outcomes): (Vec<_>, Vec<_>) = waiting
        .into_iter()
        .map(|it| (it.revocations, it.outcome))
        .unzip();
    let listed = timeout(COMMITTING, keeper.revoke_listed(&requests)).await;
    let same = |outcome: RevokeOutcome| vec![outcome; requests.len()];
    let said = match listed {
        Ok(Ok(listed)) => listed
            .outcomes
            .iter()
            .map(|outcome| match outcome {
                Ok(()) => RevokeOutcome::Committed { seq: listed.seq },
                Err(refused) => RevokeOutcome::NotCommitted(refusal(refused)),
            })
            .collect(),
        Ok(Err(error)) => {
            tracing::error!(
                target: "sealjar",
                kind = error.kind(),
                "nothing was revoked for applications: {error}; hint: {}",
                error.hint()
            );
            same(outcome_of(&error))
        }
        Err(_) => {
            tracing::error!(target: "sealjar", "the store does not answer: it is not known what was revoked");
            same(RevokeOutcome::NotKnown)
        }
    };
    for (outcome, said) in outcomes.into_iter().zip(said) {
        // Who waits no longer is not told.
        _ = outcome.send(said);
    }
}

fn outcome_of(error: &KeeperError) -> RevokeOutcome {
    match error {
        KeeperError::Refused(refused) => RevokeOutcome::NotCommitted(refusal(refused)),
        KeeperError::Store(StoreError::NoList | StoreError::LostRace)
        | KeeperError::Clock(_)
        | KeeperError::Damaged(_)
        | KeeperError::NoRing => RevokeOutcome::NotCommitted(RevokeRefusal::Unavailable),
        _ => RevokeOutcome::NotKnown,
    }
}

const fn refusal(refused: &Refused) -> RevokeRefusal {
    match refused {
        Refused::ClockAhead { .. } | Refused::ClockBehind { .. } => RevokeRefusal::Clock,
        Refused::InFuture { .. } => RevokeRefusal::InFuture,
        Refused::ListFull(_) => RevokeRefusal::Full,
        _ => RevokeRefusal::Stopped,
    }
}

/// How many requests wait at most.
const QUEUED: usize = 1024;
/// How many records are committed together, give or take a request.
const TOGETHER: usize = 16_384;
/// How much older or newer a request may be than the difference of two clocks.
const ON_THE_WAY: u32 = 30;
/// How long a request waits: less than its replica does.
const LONGEST: Duration = Duration::from_secs(14);
/// How long the store may take.
const COMMITTING: Duration = Duration::from_secs(10);
