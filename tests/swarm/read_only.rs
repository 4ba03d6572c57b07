//! A proxy before the engine that lets GET pass and refuses all else.

use std::fs;
use std::io::{Read, Write, copy};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::thread;

use crate::engine::{HOME, SOCKET};

pub(crate) struct ReadOnly {
    /// What `DOCKER_HOST` names.
    pub(crate) host: String,
    socket: String,
}

impl ReadOnly {
    /// Starts one, which ends with the process.
    pub(crate) fn before_the_engine() -> Self {
        let socket = format!("{HOME}/read-only.sock");
        let listener = UnixListener::bind(&socket).unwrap();
        thread::spawn(move || {
            for stream in listener.incoming() {
                thread::spawn(|| pass_on(stream.unwrap()));
            }
        });
        Self {
            host: format!("unix://{socket}"),
            socket,
        }
    }
}

impl Drop for ReadOnly {
    fn drop(&mut self) {
        _ = fs::remove_file(&self.socket);
    }
}

/// Each question has a connection of its own.
fn pass_on(mut client: UnixStream) {
    let mut method = [0; 4];
    if client.read_exact(&mut method).is_err() {
        return;
    }
    if &method != b"GET " {
        let words = "POST is not allowed here";
        let length = words.len();
        let head = "HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length:";
        _ = write!(client, "{head} {length}\r\n\r\n{words}");
        // What is left of the question is read, so that the answer arrives.
        _ = client.shutdown(Shutdown::Write);
        _ = copy(&mut client, &mut std::io::sink());
        return;
    }
    let mut engine = UnixStream::connect(SOCKET.trim_start_matches("unix://")).unwrap();
    _ = engine.write_all(&method);
    let (mut question, mut to) = (client.try_clone().unwrap(), engine.try_clone().unwrap());
    thread::spawn(move || {
        _ = copy(&mut question, &mut to);
        _ = to.shutdown(Shutdown::Write);
    });
    _ = copy(&mut engine, &mut client);
    _ = client.shutdown(Shutdown::Both);
}
