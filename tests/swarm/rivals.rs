//! What do several keepers do at once? One of them decides.

use std::process::{Child, Stdio};
use std::time::Duration;

use crate::engine::Engine;
use crate::ring::Ring;
use crate::state::State;
use crate::wait::wait_until;

/// A rotation is due, and all keepers take their turn at once.
pub(crate) fn turns(engine: &Engine) {
    let ring = Ring::begin(engine, "rivals", 0, &["--rotate-every", "6s"]);
    wait_until(|| is_due(&ring), || "no rotation is due".into());
    let before = ring.state();
    let rivals: [Child; 4] = std::array::from_fn(|_| {
        let mut turn = ring.prepare(&["run", "--once", "--json"]);
        let turn = turn.stdout(Stdio::piped()).stderr(Stdio::piped());
        turn.spawn().unwrap()
    });
    let said = rivals.map(|it| it.wait_with_output().unwrap());
    for output in &said {
        let code = output.status.code();
        assert!(matches!(code, Some(0 | 5)), "{said:?}");
    }
    let decided = said.iter().filter(|it| {
        let said: serde_json::Value = serde_json::from_slice(&it.stdout).unwrap();
        said["steps"].as_array().is_some_and(|it| !it.is_empty())
    });
    assert_eq!(decided.count(), 1, "{said:?}");
    assert_eq!(later(&ring, &before), 1, "{said:?}");
    ring.done(&["run", "--once", "--rotate-every", "1h"]);
    assert_eq!(State::objections(&ring), [""; 0]);
    daemons(&ring);
}

/// Two keepers run by themselves, until one of them has rotated.
fn daemons(ring: &Ring<'_>) {
    let before = ring.state();
    let mut daemons = [0, 1].map(|_| {
        let mut run = ring.prepare(&["run", "--no-listen"]);
        run.stderr(Stdio::null()).spawn().unwrap()
    });
    wait_until(
        || later(ring, &before) == 1,
        || format!("{:?}", ring.state()),
    );
    // Both wait for what comes next, and notice what the other has done.
    std::thread::sleep(Duration::from_secs(1));
    for daemon in &mut daemons {
        assert!(daemon.try_wait().unwrap().is_none(), "it has ended");
        daemon.kill().unwrap();
        daemon.wait().unwrap();
    }
    let epochs: Vec<u64> = ring.state().chain().iter().map(|it| it.0).collect();
    for pair in epochs.windows(2) {
        // An epoch is the second in which it was decided.
        assert!(pair[0] - pair[1] >= 5, "{epochs:?}");
    }
    ring.done(&["run", "--once", "--rotate-every", "1h"]);
    assert_eq!(State::objections(ring), [""; 0]);
}

fn is_due(ring: &Ring<'_>) -> bool {
    let preview = ring.done(&["run", "--once", "--dry-run"]);
    preview["steps"].as_array().is_some_and(|it| !it.is_empty())
}

/// Returns how many epochs were decided since.
fn later(ring: &Ring<'_>, before: &State) -> usize {
    let chain = ring.state().chain();
    chain.iter().filter(|it| it.0 > before.epoch()).count()
}
