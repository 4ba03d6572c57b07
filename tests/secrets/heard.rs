//! Collects the output of programs.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::needles::Secrets;

/// All output, with its origin.
#[derive(Default)]
pub(crate) struct Heard(Vec<(String, Vec<u8>)>);

impl Heard {
    pub(crate) fn note(&mut self, who: impl Into<String>, said: impl Into<Vec<u8>>) {
        self.0.push((who.into(), said.into()));
    }

    /// Runs a program to its end with some input, and collects its output.
    pub(crate) fn run(&mut self, who: &str, mut command: Command, input: &str) -> Vec<u8> {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // Some programs do not read it.
        _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let output = child.wait_with_output().unwrap();
        self.note(format!("{who}, standard error"), output.stderr);
        self.note(format!("{who}, standard output"), output.stdout.clone());
        output.stdout
    }

    /// Returns which programs have shown which secret.
    pub(crate) fn shown(&self, secrets: &Secrets) -> Vec<String> {
        let said = self.0.iter();
        let found = said.filter_map(|(who, said)| Some((who, secrets.found_in(said)?)));
        found.map(|(who, what)| format!("{who}: {what}")).collect()
    }

    /// The amount of output of programs with this in their name.
    pub(crate) fn bytes_of(&self, name: &str) -> usize {
        let named = self.0.iter().filter(|(who, _)| who.contains(name));
        named.map(|(_, said)| said.len()).sum()
    }
}

/// A program that runs until this is dropped, and writes its output to a file.
pub(crate) struct Server {
    child: Child,
    log: PathBuf,
    pub(crate) address: String,
}

impl Server {
    /// Starts it, and waits until it prints its address, which follows `marker`.
    pub(crate) fn start(mut command: Command, log: &Path, marker: &str) -> Self {
        let file = File::create(log).unwrap();
        let child = command
            .stdin(Stdio::null())
            .stdout(file.try_clone().unwrap())
            .stderr(file)
            .spawn()
            .unwrap();
        let mut server = Self {
            child,
            log: log.into(),
            address: String::new(),
        };
        let patience = Instant::now() + Duration::from_secs(60);
        while server.address.is_empty() {
            assert!(Instant::now() < patience, "it never said {marker:?}");
            std::thread::sleep(Duration::from_millis(20));
            let said = String::from_utf8_lossy(&server.said()).into_owned();
            // An incomplete line may lack the port.
            let line = said.lines().find_map(|line| line.split_once(marker));
            if let (Some((_, address)), true) = (line, said.ends_with('\n')) {
                let address = address.split([' ', '/', '\u{1b}']).next();
                server.address = address.unwrap().to_owned();
            }
        }
        server
    }

    /// Sends a request, and returns the whole response.
    pub(crate) fn ask(&self, head: &str, body: &str) -> Vec<u8> {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let length = body.len();
        let (first, rest) = head.split_once('\n').unwrap_or((head, ""));
        let rest = rest.lines().map(|line| format!("{line}\r\n"));
        let rest: String = rest.collect();
        let request = format!(
            "{first} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\ncontent-length: {length}\r\n{rest}\r\n{body}",
            self.address
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut response = Vec::new();
        // A server closes early if a request is too large.
        _ = stream.read_to_end(&mut response);
        response
    }

    pub(crate) fn said(&self) -> Vec<u8> {
        fs::read(&self.log).unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}
