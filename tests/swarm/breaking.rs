//! What may go wrong between a keeper and its engine? A door to the engine that breaks at one
//! request.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::spawn;
use std::time::Duration;

use crate::engine::{HOME, SOCKET};

/// What happens to one request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Fault {
    /// The connection ends before anything was done.
    CutBefore,
    /// It is done, and the connection ends without an answer.
    CutAfter,
    /// The keeper is killed before anything was done.
    KilledBefore,
    /// It is done, and the keeper is killed before it hears of that.
    KilledAfter,
    /// It is not done, and the answer does not tell.
    LostLeaderBefore,
    /// It is done, and the answer does not tell.
    LostLeaderAfter,
    /// It is done, and done again by a manager that has lost its leader, and the second answer is
    /// told.
    Repeated,
}

impl Fault {
    pub(crate) const ALL: [Self; 7] = [
        Self::CutBefore,
        Self::CutAfter,
        Self::KilledBefore,
        Self::KilledAfter,
        Self::LostLeaderBefore,
        Self::LostLeaderAfter,
        Self::Repeated,
    ];

    /// How often the engine hears of the request.
    const fn times(self) -> usize {
        match self {
            Self::CutBefore | Self::KilledBefore | Self::LostLeaderBefore => 0,
            Self::CutAfter | Self::KilledAfter | Self::LostLeaderAfter => 1,
            Self::Repeated => 2,
        }
    }

    const fn kills(self) -> bool {
        matches!(self, Self::KilledBefore | Self::KilledAfter)
    }
}

/// What came of a command whose door broke.
#[derive(Debug)]
pub(crate) struct Broken {
    pub(crate) output: Output,
    /// How often the engine was asked.
    pub(crate) requests: usize,
}

/// Runs a command whose request of this number, from 1, goes wrong. Number 0 never comes.
pub(crate) fn run(mut command: Command, fault: Fault, at: usize) -> Broken {
    let door = Arc::new(Door {
        fault,
        at,
        asked: AtomicUsize::new(0),
        reached: AtomicBool::new(false),
    });
    let path = format!("{HOME}/door");
    _ = fs::remove_file(&path);
    let listener = UnixListener::bind(&path).unwrap();
    let opened = Arc::clone(&door);
    // It goes with the test: nobody asks any more.
    spawn(move || {
        for stream in listener.incoming() {
            let door = Arc::clone(&opened);
            spawn(move || door.pass(stream.unwrap()));
        }
    });
    let mut child = command
        .env("DOCKER_HOST", format!("unix://{path}"))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    while child.try_wait().unwrap().is_none() {
        if fault.kills() && door.reached.load(Ordering::SeqCst) {
            child.kill().unwrap();
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    Broken {
        output: child.wait_with_output().unwrap(),
        requests: door.asked.load(Ordering::SeqCst),
    }
}

struct Door {
    fault: Fault,
    at: usize,
    asked: AtomicUsize,
    reached: AtomicBool,
}

impl Door {
    /// Passes one request on, and its answer back. The keeper has a connection for each.
    fn pass(&self, mut keeper: UnixStream) {
        let Some(request) = request(&mut keeper) else {
            return;
        };
        if self.asked.fetch_add(1, Ordering::SeqCst) + 1 != self.at {
            // A keeper that was killed hears no answer.
            _ = keeper.write_all(&answer(&request));
            return;
        }
        let answers: Vec<_> = (0..self.fault.times()).map(|_| answer(&request)).collect();
        self.reached.store(true, Ordering::SeqCst);
        match self.fault {
            Fault::CutBefore | Fault::CutAfter => {}
            Fault::KilledBefore | Fault::KilledAfter => {
                // Until the keeper is gone.
                _ = keeper.read(&mut [0]);
            }
            Fault::LostLeaderBefore | Fault::LostLeaderAfter => {
                let body = r#"{"message":"rpc error: code = Unknown desc = lost leader"}"#;
                let head = "HTTP/1.1 500 Internal Server Error\r\nContent-Type: application/json";
                let length = body.len();
                write!(keeper, "{head}\r\nContent-Length: {length}\r\n\r\n{body}").unwrap();
            }
            Fault::Repeated => keeper.write_all(answers.last().unwrap()).unwrap(),
        }
    }
}

/// Reads a request, `None` where nobody asks.
fn request(keeper: &mut UnixStream) -> Option<Vec<u8>> {
    let mut read = Vec::new();
    let mut part = [0; 1 << 16];
    loop {
        match keeper.read(&mut part).ok()? {
            0 => return None,
            length => read.extend_from_slice(&part[..length]),
        }
        let text = String::from_utf8_lossy(&read);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(": ")?;
                name.eq_ignore_ascii_case("content-length")
                    .then(|| value.parse().unwrap())
            });
            if body.len() >= length.unwrap_or(0) {
                return Some(read);
            }
        }
    }
}

/// Asks the engine, and returns all that it answers.
fn answer(request: &[u8]) -> Vec<u8> {
    let mut engine = UnixStream::connect(SOCKET.trim_start_matches("unix://")).unwrap();
    let line = request.iter().position(|it| *it == b'\n').unwrap() + 1;
    // The answer ends with the connection.
    let parts = [&request[..line], b"Connection: close\r\n", &request[line..]];
    engine.write_all(&parts.concat()).unwrap();
    let mut answer = Vec::new();
    engine.read_to_end(&mut answer).unwrap();
    answer
}
