//! What do the load balancer and the operator see of a replica's ring?

#![expect(
    clippy::unwrap_used,
    reason = "in the helpers of tests it is the assertion"
)]

use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use axum_ssr::health;
use http_body_util::BodyExt;
use sealjar::keeper::RingDraft;
use sealjar::{Key, RingKey, Suite, Timestamp, Timing};
use sealjar_axum::source::{Follower, Reason, SourceError};
use shop::Shutdown;
use tower::ServiceExt;

/// A ring with one key that seals, and no keeper.
fn draft() -> RingDraft {
    let key = Key::generate(Suite::Xaes256Gcm).unwrap();
    let mut key = RingKey::standby(key, 86_400, 1, Timestamp::MIN);
    key.seals_from = Some(Timestamp::MIN);
    RingDraft {
        issued_at: Timestamp::MIN,
        timing: Timing {
            rotate_every: u32::MAX,
            ..Timing::default()
        },
        keys: vec![key],
        ..RingDraft::named("web", 1).unwrap()
    }
}

fn follower(ring: RingDraft) -> Follower {
    Follower::new("the test", ring.build().unwrap(), Duration::ZERO)
}

async fn ask(follower: &Follower) -> (StatusCode, String) {
    let request = Request::get("/healthz").body(Body::empty()).unwrap();
    let answer = health(follower.readiness(), Shutdown::default())
        .oneshot(request)
        .await;
    let answer = answer.unwrap();
    let status = answer.status();
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn a_replica_is_ready_while_its_ring_has_a_key_to_seal_with() {
    let (status, body) = ask(&follower(draft())).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(body, "ok\nlast look at the source: none yet\n");

    let mut standby_only = draft();
    standby_only.keys[0].seals_from = None;
    let (status, body) = ask(&follower(standby_only)).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    let reason = "the ring has no key to seal with now\nhint: check the clock";
    assert!(body.starts_with(reason), "{body}");
}

#[tokio::test]
async fn a_lost_source_is_shown_with_its_hint_and_takes_nothing_out_of_service() {
    let mut follower = follower(draft());
    let time = Timestamp::from_stored(2000);
    let lost = SourceError::Empty {
        place: "the test".into(),
    };
    follower.take(Reason::Poll, Err(lost), Duration::ZERO, time);
    let (status, body) = ask(&follower).await;
    assert_eq!(status, StatusCode::OK);
    let told = format!(
        "ok\n\
         no usable ring at its source since {time}: the test: the key ring is empty\n\
         hint: deliver the ring again: its writer did not finish, or the disk was full\n\
         last look at the source: {time}\n"
    );
    assert_eq!(body, told);
}

#[tokio::test]
async fn a_rotation_that_is_overdue_is_shown_and_takes_nothing_out_of_service() {
    let mut overdue = draft();
    overdue.timing.rotate_every = 604_800;
    let (status, body) = ask(&follower(overdue)).await;
    assert_eq!(status, StatusCode::OK);
    let due = Timestamp::from_stored(604_800 + 300 + 2 * 30);
    let told = format!("the ring was to be rotated by {due}\nhint: see that its keeper runs\n");
    assert!(body.contains(&told), "{body}");
}

/// Runs the app, which ends because there is no ring.
fn without_a_ring(directory: &Path, named: Option<&Path>) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_axum-ssr"));
    program
        .current_dir(directory)
        .args(["--listen", "127.0.0.1:0"])
        .env_remove("SEALJAR_RING");
    if let Some(path) = named {
        program.env("SEALJAR_RING", path);
    }
    let output = program.output().unwrap();
    assert!(!output.status.success());
    output
}

#[test]
fn without_a_ring_the_process_ends_and_says_only_that_and_what_to_do() {
    let directory = tempfile::tempdir().unwrap();
    let missing = directory.path().join("missing").join("ring.json");
    // A debug build makes a ring if none is named.
    let named = cfg!(debug_assertions).then_some(missing.as_path());
    let output = without_a_ring(directory.path(), named);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(error.contains("hint: "), "{error}");
    let log = String::from_utf8_lossy(&output.stdout);
    assert!(!log.contains("WARN"), "{log}");
}

#[cfg(unix)]
#[test]
fn on_a_pipe_in_place_of_the_ring_the_process_ends_and_says_what_to_do() {
    let directory = tempfile::tempdir().unwrap();
    let pipe = directory.path().join("ring.json");
    let mkfifo = Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(mkfifo.success());
    let output = without_a_ring(directory.path(), Some(&pipe));
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(error.contains("ring.json: not a regular file"), "{error}");
    assert!(
        error.contains("hint: put the ring there as a file"),
        "{error}"
    );
}
