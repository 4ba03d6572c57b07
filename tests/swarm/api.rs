//! What does the engine say, asked by nobody but the test?

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;

use serde_json::Value;

use crate::engine::SOCKET;

/// Reads something, such as `/services`.
pub(crate) fn get(path: &str) -> Value {
    ask("GET", path, "")
}

/// Makes or changes something, and returns the answer.
pub(crate) fn post(path: &str, body: &Value) -> Value {
    ask("POST", path, &body.to_string())
}

/// Removes something.
pub(crate) fn delete(path: &str) {
    ask("DELETE", path, "");
}

/// Returns how many changes Swarm has written down, one more for being asked.
pub(crate) fn raft_index() -> u64 {
    let probe = post(
        "/configs/create",
        &serde_json::json!({ "Name": "probe", "Data": "AA==" }),
    );
    let path = format!("/configs/{}", probe["ID"].as_str().unwrap());
    let index = get(&path)["Version"]["Index"].as_u64().unwrap();
    delete(&path);
    index
}

fn ask(method: &str, path: &str, body: &str) -> Value {
    let mut stream = UnixStream::connect(SOCKET.trim_start_matches("unix://")).unwrap();
    // In this version of HTTP the answer ends with the connection.
    // Without a version in the path the engine takes its own, whichever that is.
    let head = format!("{method} {path} HTTP/1.0\r\nContent-Type: application/json\r\n");
    write!(stream, "{head}Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap();
    assert!(status.starts_with('2'), "{method} {path}: {answer}");
    serde_json::from_str(body).unwrap_or_default()
}
