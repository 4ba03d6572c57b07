//! What has happened, when an engine does not answer with success? Pure.
//!
//! Its status alone does not say. A lost race, a lost leader whose write was committed and a
//! time-out whose write was not are all 500.

use hyper::StatusCode;
use serde_json::Value;

use crate::engine::error::EngineError;
use crate::engine::operation::Operation;

/// Names what an answer other than success means.
pub(super) fn refusal(operation: &Operation, status: StatusCode, body: &[u8]) -> EngineError {
    let status = status.as_u16();
    let message = message(body);
    match status {
        404 => EngineError::NotFound {
            what: operation.what().into(),
        },
        400 if message.contains("is in use by the following service") => EngineError::InUse {
            name: operation.what().into(),
            message,
        },
        500 if message.ends_with("update out of sequence") => EngineError::LostRace,
        503 if NO_SWARM.iter().any(|words| message.starts_with(words)) => {
            EngineError::NoSwarm { message }
        }
        501 | ..500 => EngineError::Api {
            operation: operation.to_string(),
            status,
            message,
        },
        _ => operation.unanswered(format!("{message} ({status})")),
    }
}

/// Takes the words out of an answer, on one line. The engine writes them as JSON. A proxy
/// before it does not, nor does the engine itself when it knows no version.
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// What a write came to in truth.
    #[derive(Clone, Copy, Debug, PartialEq)]
    enum Truth {
        Done,
        Undone,
    }

    /// Whether an error may be said of a write that came to `truth`.
    fn may_be_said(error: &EngineError, truth: Truth) -> bool {
        match error {
            // The caller reads again and compares.
            EngineError::LostRace | EngineError::Unknown { .. } => true,
            _ => truth == Truth::Undone,
        }
    }

    fn name(error: &EngineError) -> &'static str {
        match error {
            EngineError::Api { .. } => "Api",
            EngineError::InUse { .. } => "InUse",
            EngineError::LostRace => "LostRace",
            EngineError::NameTaken { .. } => "NameTaken",
            EngineError::NoSwarm { .. } => "NoSwarm",
            EngineError::NotFound { .. } => "NotFound",
            EngineError::Unknown { .. } => "Unknown",
            _ => "another",
        }
    }

    fn said(operation: &Operation, status: u16, message: &str) -> EngineError {
        let body = json!({ "message": message }).to_string();
        let status = StatusCode::from_u16(status).unwrap();
        refusal(operation, status, body.as_bytes())
    }

    /// What Docker 20.10 was heard to say to a write, and what it had done.
    const HEARD: [(u16, &str, &str, Truth); 17] = [
        (
            400,
            "rpc error: code = InvalidArgument desc = only updates to Labels are allowed",
            "Api",
            Truth::Undone,
        ),
        (
            400,
            "rpc error: code = InvalidArgument desc = secret not found: gone",
            "Api",
            Truth::Undone,
        ),
        (
            400,
            "rpc error: code = InvalidArgument desc = secret 't.sec' is in use by the following service: s1",
            "InUse",
            Truth::Undone,
        ),
        (
            400,
            "rpc error: code = InvalidArgument desc = config 't.head' is in use by the following services: s1, s2",
            "InUse",
            Truth::Undone,
        ),
        (400, "invalid config version", "Api", Truth::Undone),
        (404, "secret nope not found", "NotFound", Truth::Undone),
        (
            409,
            "rpc error: code = AlreadyExists desc = config t.head already exists",
            "Api",
            Truth::Undone,
        ),
        (
            500,
            "rpc error: code = Unknown desc = update out of sequence",
            "LostRace",
            Truth::Undone,
        ),
        // Forwarded twice: the second came too late for the first.
        (
            500,
            "rpc error: code = Unknown desc = update out of sequence",
            "LostRace",
            Truth::Done,
        ),
        (
            500,
            "rpc error: code = Unknown desc = raft: failed to process the request: node lost leader status",
            "Unknown",
            Truth::Done,
        ),
        (
            500,
            "rpc error: code = DeadlineExceeded desc = context deadline exceeded",
            "Unknown",
            Truth::Undone,
        ),
        (
            500,
            "rpc error: code = Unknown desc = The swarm does not have a leader. It's possible that too few managers are online. Make sure more than half of the managers are online.",
            "Unknown",
            Truth::Undone,
        ),
        (
            503,
            "rpc error: code = Unavailable desc = transport is closing",
            "Unknown",
            Truth::Done,
        ),
        (
            503,
            "This node is not a swarm manager. Use \"docker swarm init\" or \"docker swarm join\" to connect this node to swarm and try again.",
            "NoSwarm",
            Truth::Undone,
        ),
        (
            503,
            "This node is not a swarm manager. Worker nodes can't be used to view or modify cluster state. Please run this command on a manager node or promote the current node to a manager.",
            "NoSwarm",
            Truth::Undone,
        ),
        (
            503,
            "Swarm is encrypted and needs to be unlocked before it can be used. Please use \"docker swarm unlock\" to unlock it.",
            "NoSwarm",
            Truth::Undone,
        ),
        (403, "authorization denied by plugin", "Api", Truth::Undone),
    ];

    #[test]
    fn what_an_engine_says_of_a_write_is_told_apart_by_what_has_happened() {
        for (status, message, class, truth) in HEARD {
            let error = said(&Operation::write("update", "service web"), status, message);
            assert_eq!(name(&error), class, "{message}: {error:?}");
            assert!(may_be_said(&error, truth), "{message}: {error:?}");
            assert!(!error.to_string().contains("rpc error"), "{error}");
            assert!(!error.hint().is_empty());
        }
    }

    #[test]
    fn by_its_status_alone_a_write_that_was_done_would_count_as_undone() {
        let failed = |status| match status {
            500.. => EngineError::Unavailable {
                operation: String::new(),
                reason: String::new(),
            },
            _ => said(&Operation::write("update", "service web"), status, ""),
        };
        let mut heard = HEARD.into_iter();
        assert!(heard.any(|(status, .., truth)| !may_be_said(&failed(status), truth)));
    }

    #[test]
    fn a_read_that_failed_has_done_nothing() {
        for (status, message, ..) in HEARD {
            let error = said(&Operation::read("service web"), status, message);
            assert!(!matches!(error, EngineError::Unknown { .. }), "{error:?}");
        }
    }

    #[test]
    fn a_node_that_is_no_manager_is_told_from_the_one_that_is_none_now() {
        let hint = |message: &str| said(&Operation::read("the swarm"), 503, message).hint();
        let worker = HEARD[14].1;
        let locked = HEARD[15].1;
        assert!(hint(HEARD[13].1).contains("docker swarm init"));
        assert!(hint(worker).contains("node.role == manager"));
        assert!(hint(locked).contains("docker swarm unlock"));
        let starting = "This node is not a swarm manager. Manager is being prepared or has trouble \
                        connecting to the cluster.";
        assert!(hint(starting).contains("more than half of the managers"));
        let expired =
            "Swarm certificates have expired. To replace them, leave the swarm and join again.";
        assert!(hint(expired).contains("join again"));
    }

    #[test]
    fn an_answer_in_other_words_than_json_is_quoted_on_one_line_and_not_at_length() {
        let page =
            "<html><body><h1>403 Forbidden</h1>\nRequest  forbidden\tby rules.\n</body></html>";
        let operation = Operation::read("the swarm");
        let error = refusal(&operation, StatusCode::FORBIDDEN, page.as_bytes());
        assert!(
            error.to_string().contains("Request forbidden by rules."),
            "{error}"
        );
        assert!(error.hint().contains("proxy"));
        let long = [b"\xff\x00\n".as_slice(), &[b'x'; 5000]].concat();
        let error = refusal(&operation, StatusCode::BAD_GATEWAY, &long);
        let text = error.to_string();
        assert!(text.chars().count() < LONGEST_MESSAGE + 50, "{text}");
        assert!(!text.contains('\n'));
    }
}
