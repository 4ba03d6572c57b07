//! Do health checks show in time that a replica is stopping or starting?

use std::net::SocketAddr;
use std::process::Output;
use std::time::{Duration, Instant};

use sealjar_tests::programs::{Program, Running};
use tempfile::TempDir;

use crate::site::begin_ring;

#[test]
fn the_health_check_of_a_container_needs_no_other_program() {
    for app in APPS {
        let (mut process, address, _ring) = start(app, &[]);
        // As in a container: the app listens on all addresses, and the check has the same argument.
        for asked in [address, SocketAddr::from(([0, 0, 0, 0], address.port()))] {
            let healthy = health(app, asked);
            assert_eq!(healthy.status.code(), Some(0), "{healthy:?}");
            assert!(healthy.stderr.is_empty(), "{healthy:?}");
        }

        process.signal("-TERM");
        assert_eq!(process.ended(), Some(0));
        let gone = health(app, address);
        assert_eq!(gone.status.code(), Some(1), "{gone:?}");
        let told = String::from_utf8_lossy(&gone.stderr);
        assert!(
            told.contains("refused") && told.contains("\nhint: "),
            "{told}"
        );
    }
}

#[tokio::test]
async fn a_replica_that_is_to_stop_says_so_and_serves_on_until_the_grace_is_over() {
    for app in APPS {
        let (mut process, address, _ring) = start(app, &["--shutdown-grace", "1h"]);
        process.signal("-TERM");
        let patience = Instant::now() + Duration::from_secs(20);
        let told = loop {
            let asked = health(app, address);
            if asked.status.code() == Some(1) {
                break String::from_utf8_lossy(&asked.stderr).into_owned();
            }
            assert!(Instant::now() < patience);
        };
        assert!(
            told.contains(" 503 ") && told.contains("\nstopping\n"),
            "{told}"
        );
        // It keeps serving, even new connections.
        for _ in 0..3 {
            let page = reqwest::get(format!("http://{address}/")).await.unwrap();
            assert_eq!(page.status(), 200);
        }
        // A second signal means: do not wait.
        process.signal("-TERM");
        assert_eq!(process.ended(), Some(0));
    }
}

#[test]
fn a_grace_ends_by_itself() {
    for app in APPS {
        let (mut process, _, _ring) = start(app, &["--shutdown-grace", "1s"]);
        process.signal("-TERM");
        assert_eq!(process.ended(), Some(0));
    }
}

/// Starts a replica on a ring of its own.
fn start(app: Program, arguments: &[&str]) -> (Running, SocketAddr, TempDir) {
    let directory = tempfile::tempdir().unwrap();
    let ring = directory.path().join("ring.json");
    begin_ring(&ring);
    let (process, address) = app.serve("replica", &ring, arguments);
    (process, address, directory)
}

fn health(app: Program, listen: SocketAddr) -> Output {
    let mut command = app.command();
    let command = command.arg("--health").env("LISTEN", listen.to_string());
    command.output().unwrap()
}

const APPS: [Program; 2] = [Program::AxumSsr, Program::ActixSsr];
