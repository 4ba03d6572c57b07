//! Does anything bring back an epoch that is over? Old stack files, rollbacks, and what is kept for
//! them.

use std::process::Stdio;

use crate::engine::Engine;
use crate::faults::sealing_key;
use crate::ring::Ring;
use crate::state::State;
use crate::wait::wait_until;

/// What somebody puts back is put right within a turn.
pub(crate) fn are_put_right(engine: &Engine) {
    let ring = Ring::begin(engine, "put-back", 1, &[]);
    let old = ring.state().label("secret");
    ring.done(&["rotate"]);
    let new = ring.state().label("secret");
    mount(&ring, &new, &old);
    wait_until(|| has_only(&ring, &old), || format!("{:?}", ring.state()));
    let objections = State::objections(&ring);
    assert!(!objections.is_empty(), "an old ring is not noticed");
    ring.done(&["run", "--once"]);
    assert_eq!(State::objections(&ring), [""; 0]);
    // Somebody decided to roll back: the keeper leaves it and says so.
    roll_back(&ring);
    let told = ring.prepare(&["run", "--once"]).output().unwrap();
    let said = String::from_utf8_lossy(&told.stderr);
    assert_eq!(told.status.code(), Some(4), "{said}");
    assert!(
        said.contains("went back") && said.contains("hint: "),
        "{said}"
    );
    let again = ring.update(&["--force"]);
    assert!(again.status.success(), "{again:?}");
    ring.done(&["run", "--once"]);
    assert_eq!(State::objections(&ring), [""; 0]);
}

/// After a revocation nothing brings its key back.
pub(crate) fn are_closed_by_a_revocation(engine: &Engine) {
    let ring = Ring::begin(engine, "closed", 1, &[]);
    let first = ring.state().label("secret");
    ring.done(&["rotate"]);
    let state = ring.state();
    assert!(
        state.ring_secrets().any(|it| it == first),
        "without a revocation the way back stays: {state:?}"
    );
    let key = sealing_key(&ring);
    ring.done(&["revoke", &key, "--yes"]);
    assert_eq!(State::objections(&ring), [""; 0]);
    let state = ring.state();
    let now = state.label("secret");
    assert_eq!(state.ring_secrets().collect::<Vec<_>>(), [&now]);
    roll_back(&ring);
    assert!(has_only(&ring, &now), "{:?}", ring.state());
    ring.done(&["run", "--once"]);
    assert_eq!(State::objections(&ring), [""; 0]);
    let stale = format!("source={first},target=session-ring");
    let redeployed = ring.update(&["--secret-rm", &now, "--secret-add", &stale]);
    let said = String::from_utf8_lossy(&redeployed.stderr);
    assert!(said.contains("secret not found"), "{said}");
}

/// A replica that ends slowly has its secret as long as it does, and counts as long.
pub(crate) fn stay_while_they_are_needed(engine: &Engine) {
    let ring = Ring::begin(engine, "needed", 0, &[]);
    // It pays no regard to this signal.
    let slow = ["--stop-signal", "SIGWINCH", "--stop-grace-period", "6s"];
    let first = [
        &slow[..],
        &["--replicas", "1", "--update-order", "start-first"],
    ]
    .concat();
    assert!(ring.update(&first).status.success());
    wait_until(
        || ring.state().running() == 1,
        || format!("{:?}", ring.state()),
    );
    let old = ring.state().label("secret");
    let mut revoking = ring.prepare(&["revoke", &sealing_key(&ring), "--yes"]);
    let mut revoking = revoking.stdout(Stdio::null()).spawn().unwrap();
    wait_until(
        || {
            let state = ring.state();
            let now = state.label("secret");
            // Both run: the one that has the head, and the one that is to end.
            now != old && state.running() == 2
        },
        || format!("{:?}", ring.state()),
    );
    let lags = ring.done(&["status"]);
    assert_ne!(lags["delivery"]["lagging"], serde_json::json!([]), "{lags}");
    assert!(
        ring.state().ring_secrets().any(|it| it == old),
        "a replica has it"
    );
    assert!(revoking.wait().unwrap().success());
    wait_until(
        || ring.state().running() == 1,
        || format!("{:?}", ring.state()),
    );
    ring.done(&["run", "--once"]);
    assert_eq!(State::objections(&ring), [""; 0]);
}

/// Does to the service what an old stack file does.
fn mount(ring: &Ring<'_>, now: &str, other: &str) {
    let other = format!("source={other},target=session-ring");
    let mounted = ring.update(&["--secret-rm", now, "--secret-add", &other]);
    assert!(mounted.status.success(), "{mounted:?}");
}

fn roll_back(ring: &Ring<'_>) {
    ring.engine
        .docker(&["service", "rollback", "--detach", &ring.name]);
    wait_until(
        || {
            let state = ring.state();
            let service = state.service.as_ref();
            service.is_some_and(|it| it["UpdateStatus"]["State"] == "rollback_completed")
        },
        || format!("{:?}", ring.state()),
    );
}

/// Whether the service and its one replica have this secret.
fn has_only(ring: &Ring<'_>, secret: &str) -> bool {
    ring.state().held() == [secret, secret]
}
