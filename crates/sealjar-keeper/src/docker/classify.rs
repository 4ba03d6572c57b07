//! What has happened, when an engine does not answer with success? Pure.
//!
//! Its status alone does not say. A lost race, a lost leader whose write was committed and a time-out
//! whose write was not are all 500.

use hyper::StatusCode;
use serde_json::Value;

use crate::docker::error::EngineError;
use crate::docker::wire::Asked;

/// Names what an answer other than success means.
pub(super) fn refusal(asked: &Asked, writes: bool, status: StatusCode, body: &[u8]) -> EngineError {
    let message = message(body);
    match status.as_u16() {
        404 => EngineError::NotFound {
            what: asked.what().into(),
        },
        400 if message.contains("is in use by the following service") => EngineError::InUse {
            name: asked.what().into(),
            message,
        },
        500 if message.ends_with("update out of sequence") => EngineError::LostRace,
        503 if NO_SWARM.iter().any(|words| message.starts_with(words)) => {
            EngineError::NoSwarm { message }
        }
        501 | 505 => refused(asked, status, message),
        500.. => asked.unanswered(writes, format!("{message} ({})", status.as_u16())),
        _ => refused(asked, status, message),
    }
}

fn refused(asked: &Asked, status: StatusCode, message: String) -> EngineError {
    EngineError::Api {
        asked: asked.to_string(),
        status: status.as_u16(),
        message,
    }
}

/// Takes the words out of an answer, on one line. The engine writes them as JSON; what stands before it,
/// and the engine itself when it knows no version, do not.
fn message(body: &[u8]) -> String {
    let json: Option<Value> = serde_json::from_slice(body).ok();
    let said = json.as_ref().and_then(|json| json["message"].as_str());
    let text = String::from_utf8_lossy(body);
    let words = said.unwrap_or(&text).split_whitespace();
    let line = words.collect::<Vec<_>>().join(" ");
    // gRPC's own words say less than the status does.
    let line = match line.strip_prefix("rpc error: code = ") {
        Some(rest) => rest.split_once(" desc = ").map_or(rest, |(_, rest)| rest),
        None => &line,
    };
    match line.char_indices().nth(LONGEST_MESSAGE) {
        Some((end, _)) => format!("{}...", &line[..end]),
        None => line.into(),
    }
}

/// What a node says that is no manager, or cannot be one now. None of it has reached a leader.
const NO_SWARM: [&str; 3] = [
    "This node is not a swarm manager",
    "Swarm is encrypted and needs to be unlocked",
    "Swarm certificates have expired",
];
/// In characters.
const LONGEST_MESSAGE: usize = 400;
