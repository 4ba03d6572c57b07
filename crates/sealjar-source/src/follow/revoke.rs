//! How does an application have sessions and people revoked on every replica?

mod error;

use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use hyper::StatusCode;
use sealjar::{Revocation, Timestamp};
use sealjar_follow::{RevokeOutcome, RevokeRequest};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout, timeout_at};

pub use crate::follow::revoke::error::RevokeError;

use crate::follow::exchange::Connection;
use crate::follow::shared::Shared;

/// Asks the keepers to revoke sessions and people. Clones are the same.
///
/// A keeper puts them on the list of revocations, which every replica that follows it takes within
/// about a second.
///
/// # Examples
/// ```no_run
/// use sealjar::Revocation;
/// use sealjar_source::{Follow, Sent};
///
/// # async fn example(follow: Follow, revocation: Revocation) {
/// let revocations = follow.revocations();
/// // The watcher takes `follow`. Later, in a handler:
/// match revocations.send(&[revocation]).await {
///     Sent::Committed { .. } => println!("every copy has ended"),
///     Sent::NotCommitted(error) => println!("nothing was revoked: {error}"),
///     Sent::NotKnown(error) => println!("perhaps revoked, send it again: {error}"),
/// }
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct RevocationSender(Arc<OnceLock<Arc<Shared>>>);

/// What came of a request to revoke.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Sent {
    /// It is revoked, for good.
    Committed {
        /// The number of the list that has it.
        seq: u64,
        /// Whether this replica has that list, or a later one, in use. If not, it and perhaps
        /// others still accept the sessions for a moment: 2 seconds were not enough.
        in_use: bool,
    },
    /// Nothing is revoked.
    NotCommitted(RevokeError),
    /// The request was sent, and no keeper has said what came of it. To send it again is harmless.
    NotKnown(RevokeError),
}

impl RevocationSender {
    pub(super) fn begin(&self, shared: &Arc<Shared>) {
        _ = self.0.set(Arc::clone(shared));
    }

    /// Has this revoked: all of it or nothing.
    ///
    /// It asks one keeper after the other until one commits it, and begins with those that answer
    /// questions. If a keeper takes longer than 2 seconds, the next one is asked beside it: to
    /// revoke twice changes nothing. Then it waits until this replica uses the list, at most 2
    /// seconds. All in all it takes at most 22 seconds, usually less than one.
    ///
    /// If the future is dropped, the request may have been sent all the same.
    pub async fn send(&self, revocations: &[Revocation]) -> Sent {
        let Some(shared) = self.0.get() else {
            return Sent::NotCommitted(RevokeError::NotFollowing);
        };
        if revocations.is_empty() {
            return Sent::NotCommitted(RevokeError::Nothing);
        }
        if revocations.len() > RevokeRequest::MAX_RECORDS {
            return Sent::NotCommitted(RevokeError::TooLong {
                records: revocations.len(),
            });
        }
        match ask_all(shared, revocations).await {
            Ok(seq) => Sent::Committed {
                seq,
                in_use: shared.until_list(seq, TAKING).await,
            },
            Err(Failure {
                error,
                may_be_committed: false,
            }) => Sent::NotCommitted(error),
            Err(Failure { error, .. }) => Sent::NotKnown(error),
        }
    }
}

/// Why one keeper, or all of them, did not say that it is committed.
struct Failure {
    error: RevokeError,
    may_be_committed: bool,
}

impl Failure {
    const fn certain(error: RevokeError) -> Self {
        Self {
            error,
            may_be_committed: false,
        }
    }

    const fn uncertain(error: RevokeError) -> Self {
        Self {
            error,
            may_be_committed: true,
        }
    }
}

/// What weighs most of what went wrong: that it may be committed, then the first reason.
struct Failures(Option<Failure>);

impl Failures {
    fn note(&mut self, later: Failure) {
        let weighs_less = |first: &Failure| later.may_be_committed && !first.may_be_committed;
        if self.0.as_ref().is_none_or(weighs_less) {
            self.0 = Some(later);
        }
    }
}

/// Asks each keeper until one has committed it, and returns the number of the list.
async fn ask_all(shared: &Arc<Shared>, revocations: &[Revocation]) -> Result<u64, Failure> {
    let unable = |error: &dyn std::error::Error| Failure::certain(unreachable(error));
    let now = Timestamp::now().map_err(|error| unable(&error))?;
    let request = shared.request(revocations, now);
    let request = request.map_err(|error| unable(&error))?;
    let bytes = request.to_bytes(&shared.key, &shared.ring);
    let limit = Instant::now() + ASKING;
    let mut keepers = shared.keepers().into_iter();
    let mut asked = JoinSet::new();
    let mut failures = Failures(None);
    loop {
        if let Some(keeper) = keepers.next() {
            let (shared, bytes) = (Arc::clone(shared), bytes.clone());
            asked.spawn(async move { ask_one(&shared, keeper, bytes, &request.nonce).await });
        } else if asked.is_empty() {
            let none_is_known = || Failure::certain(unreachable(&shared.why_alone().0));
            return Err(failures.0.unwrap_or_else(none_is_known));
        }
        let patience = match keepers.len() {
            0 => limit,
            _ => limit.min(Instant::now() + BESIDE),
        };
        match timeout_at(patience, asked.join_next()).await {
            Ok(Some(Ok(Ok(seq)))) => return Ok(seq),
            Ok(Some(Ok(Err(failure)))) => failures.note(failure),
            Ok(_) => failures.note(Failure::uncertain(RevokeError::Late)),
            Err(_) if Instant::now() < limit => {}
            Err(_) => return Err(Failure::uncertain(RevokeError::Late)),
        }
    }
}

async fn ask_one(
    shared: &Shared,
    keeper: SocketAddr,
    request: Vec<u8>,
    nonce: &[u8; 16],
) -> Result<u64, Failure> {
    let unreachable = |reason: String| unreachable(&format_args!("{keeper}: {reason}"));
    let connection = Connection::open(keeper).await;
    let connection = connection.map_err(|reason| Failure::certain(unreachable(reason)))?;
    let path = format!("/v1/rings/{}/revoke", shared.ring);
    let authority = keeper.to_string();
    let posted = connection.post(&authority, &path, request, RevokeOutcome::LEN);
    let reply = match timeout(ANSWERING, posted).await {
        Ok(Ok(reply)) => reply,
        Ok(Err(reason)) => return Err(Failure::uncertain(unreachable(reason))),
        Err(_) => return Err(Failure::uncertain(RevokeError::Late)),
    };
    match reply.status {
        StatusCode::OK => {}
        // A keeper says so before it reads what is asked.
        StatusCode::UNAUTHORIZED => return Err(Failure::certain(RevokeError::NotAdmitted)),
        StatusCode::NOT_FOUND => return Err(Failure::certain(RevokeError::NoSuchPage)),
        // Anything between the two may say this, also after it has passed the request on.
        status => {
            let reason = format!("it answers with {status}");
            return Err(Failure::uncertain(unreachable(reason)));
        }
    }
    match RevokeOutcome::verify(&shared.key, &shared.ring, nonce, &reply.body) {
        Some(RevokeOutcome::Committed { seq }) => Ok(seq),
        Some(RevokeOutcome::NotCommitted(refusal)) => {
            Err(Failure::certain(RevokeError::Refused(refusal)))
        }
        Some(RevokeOutcome::NotKnown) => Err(Failure::uncertain(RevokeError::Late)),
        None => Err(Failure::uncertain(RevokeError::Signature)),
    }
}

fn unreachable(reason: &(impl fmt::Display + ?Sized)) -> RevokeError {
    RevokeError::Unreachable {
        reason: reason.to_string(),
    }
}

/// How long a keeper has before the next one is asked beside it.
const BESIDE: Duration = Duration::from_secs(2);
/// How long the answer of a keeper may take: some stores take one commit in 10 seconds.
const ANSWERING: Duration = Duration::from_secs(15);
const ASKING: Duration = Duration::from_secs(20);
/// How long this replica has to take the list.
const TAKING: Duration = Duration::from_secs(2);
