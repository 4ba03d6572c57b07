//! What the health page tells the load balancer and the operator.

use sealjar::Timestamp;
use sealjar_source::Readiness;

use crate::answer::Answer;
use crate::shutdown::Shutdown;

/// Answers `GET /healthz`: 200 while this replica can seal sessions and was not asked to stop,
/// otherwise 503 with the reason. Below that are problems for the operator that are no reason to
/// take the replica out of service.
#[must_use]
pub fn health(readiness: &Readiness, shutdown: &Shutdown) -> Answer {
    let (status, mut text) = match readiness.check() {
        Ok(()) if shutdown.has_begun() => (503, "stopping\n".into()),
        Ok(()) => (200, "ok\n".into()),
        Err(reason) => (503, format!("{reason}\nhint: {}\n", reason.hint())),
    };
    if let Some(failure) = readiness.failure() {
        let since = failure.since.map(|time| format!(" since {time}"));
        text += &format!(
            "no usable ring at its source{}: {}\nhint: {}\n",
            since.unwrap_or_default(),
            failure.error,
            failure.error.hint()
        );
    }
    if let Some(concern) = readiness.concern() {
        text += &format!("{concern}\nhint: {}\n", concern.hint());
    }
    let now = Timestamp::now().ok();
    if let Some(due) = now.and_then(|now| readiness.overdue_at(now)) {
        text += &format!("the ring was to be rotated by {due}\nhint: see that its keeper runs\n");
    }
    text += &match readiness.last_look() {
        Some(time) => format!("last look at the source: {time}\n"),
        None => "last look at the source: none yet\n".into(),
    };
    Answer::Text { status, text }
}
