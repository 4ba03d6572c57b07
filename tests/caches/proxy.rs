//! Runs a cache in a directory and on a port of its own, until it is dropped.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use sealjar_tests::programs::Running;
use tempfile::TempDir;

pub(crate) struct Proxy {
    pub(crate) name: &'static str,
    address: SocketAddr,
    process: Running,
    _directory: TempDir,
}

impl Proxy {
    /// Writes a configuration and starts a program with it. Both functions get the cache's
    /// directory and address.
    pub(crate) fn start(
        name: &'static str,
        configuration: impl FnOnce(&Path, SocketAddr) -> String,
        command: impl FnOnce(&Path, SocketAddr) -> Command,
    ) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let place = directory.path();
        // Its workers may run as another user.
        for path in [place.to_owned(), place.join("cache")] {
            std::fs::create_dir_all(&path).unwrap();
            let everybody = std::os::unix::fs::PermissionsExt::from_mode(0o777);
            std::fs::set_permissions(&path, everybody).unwrap();
        }
        let address = free();
        let text = configuration(place, address);
        std::fs::write(place.join(CONFIGURATION), text).unwrap();
        let mut process = Running::start(command(place, address));
        let patience = Instant::now() + Duration::from_secs(60);
        while TcpStream::connect(address).is_err() {
            assert!(Instant::now() < patience, "{name} does not come up");
            if let Some(code) = process.exit_code() {
                panic!("{name} ended with {code}: {:#?}", process.said());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Self {
            name,
            address,
            process,
            _directory: directory,
        }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

impl Drop for Proxy {
    /// Lets the cache end its own processes, and kills what still runs.
    fn drop(&mut self) {
        if self.process.exit_code().is_none() {
            self.process.signal("-TERM");
            self.process.ended();
        }
    }
}

fn free() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap()
}

/// Whether the tests run as root: then a cache's workers need a user.
pub(crate) fn is_root() -> bool {
    std::os::unix::fs::MetadataExt::uid(&std::fs::metadata("/proc/self").unwrap()) == 0
}

pub(crate) const CONFIGURATION: &str = "configuration";
