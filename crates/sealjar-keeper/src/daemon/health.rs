//! What is there to see of a running keeper?

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Mutex, MutexGuard, PoisonError};

use sealjar::{KeyRing, Phase, Timestamp};

use crate::error::KeeperError;
use crate::followed::{Followed, Outcome};
use crate::keeper::Turn;
use crate::plan::{Wait, WaitReason};

/// What the last turns came to.
#[derive(Debug, Default)]
pub(super) struct Health {
    noted: Mutex<Noted>,
    pub(super) followed: Option<Followed>,
}

#[derive(Debug, Default)]
struct Noted {
    turns: u64,
    commits: u64,
    failures: BTreeMap<&'static str, u64>,
    last_turn: Option<Timestamp>,
    /// How often something else was found where replicas look, and when last.
    mended: u64,
    last_mended: Option<Timestamp>,
    /// The last failure, if the last turn was one.
    failing: Option<Failing>,
    ring: Option<(KeyRing, Wait)>,
}

#[derive(Debug)]
struct Failing {
    since: Option<Timestamp>,
    message: String,
}

impl Health {
    pub(super) fn of(followed: Option<Followed>) -> Self {
        Self {
            followed,
            ..Self::default()
        }
    }

    /// Notes a turn and when it ended.
    pub(super) fn note(&self, outcome: Result<Turn, KeeperError>, now: Option<Timestamp>) {
        let mut noted = self.noted();
        noted.turns += 1;
        noted.last_turn = now.or(noted.last_turn);
        match outcome {
            Ok(turn) => {
                noted.commits += u64::from(!turn.steps.is_empty());
                noted.failing = None;
                if turn.mended {
                    noted.mended += 1;
                    noted.last_mended = now.or(noted.last_mended);
                }
                noted.ring = Some((turn.ring, turn.wait));
            }
            Err(error) => {
                *noted.failures.entry(error.kind()).or_default() += 1;
                if !error.is_lost_race() {
                    let since = noted.failing.take().map_or(now, |before| before.since);
                    noted.failing = Some(Failing {
                        since,
                        message: format!("{error}{HINT}{}", error.hint()),
                    });
                }
            }
        }
    }

    /// Answers whether turns are taken, well or not. To start such a keeper anew would mend
    /// nothing.
    pub(super) fn alive(&self, now: Timestamp) -> Result<String, String> {
        match self.noted().last_turn {
            Some(last_turn) if now.seconds_since(last_turn) > LONGEST_SILENCE => Err(format!(
                "no turn has ended since {last_turn}: the store hangs\n"
            )),
            _ => Ok("alive\n".into()),
        }
    }

    /// Answers whether all is well, and in words.
    pub(super) fn answer(&self, now: Timestamp) -> Result<String, String> {
        self.alive(now)?;
        let noted = self.noted();
        match (&noted.failing, &noted.ring) {
            (Some(failing), _) => Err(match failing.since {
                Some(since) => format!("failing since {since}: {}\n", failing.message),
                None => format!("failing: {}\n", failing.message),
            }),
            (None, None) => Err("no turn has ended yet\n".into()),
            (None, Some((ring, wait))) => {
                let epoch = ring.epoch();
                let next = match (wait.until, &wait.reason) {
                    (Some(until), _) => format!("next action at {until}"),
                    (None, WaitReason::Publication(what)) => what.clone(),
                    (None, _) => "waiting for replicas".into(),
                };
                let mended = noted.last_mended.map(|at| {
                    format!(
                        "; what replicas look at was not as published, and was put right at {at}"
                    )
                });
                Ok(format!(
                    "ok, epoch {epoch}, {next}{}\n",
                    mended.unwrap_or_default()
                ))
            }
        }
    }

    /// Writes what Prometheus reads, in its text format 0.0.4.
    pub(super) fn metrics(&self, now: Timestamp) -> String {
        let noted = self.noted();
        let mut text = Exposition::default();
        text.counter("sealjar_keeper_turns_total", "Turns taken.", noted.turns);
        text.counter(
            "sealjar_keeper_commits_total",
            "Epochs this keeper has made.",
            noted.commits,
        );
        text.counter(
            "sealjar_keeper_mended_total",
            "How often what replicas look at was not as published, and was put right.",
            noted.mended,
        );
        text.head(
            "sealjar_keeper_failures_total",
            "counter",
            "Turns that failed, by kind.",
        );
        for kind in KeeperError::KINDS {
            let count = noted.failures.get(kind).copied().unwrap_or(0);
            text.line(
                "sealjar_keeper_failures_total",
                &format!("kind=\"{kind}\""),
                count,
            );
        }
        text.gauge(
            "sealjar_keeper_failing",
            "Whether the last turn failed.",
            noted.failing.is_some().into(),
        );
        if let Some(last_turn) = noted.last_turn {
            text.gauge(
                "sealjar_keeper_last_turn_timestamp_seconds",
                "When the last turn ended.",
                last_turn.unix(),
            );
        }
        if let Some((ring, wait)) = &noted.ring {
            if let Some(until) = wait.until {
                text.gauge(
                    "sealjar_keeper_next_action_timestamp_seconds",
                    "When there is something to do next.",
                    until.unix(),
                );
            }
            text.ring(ring, now);
        }
        if let Some(followed) = &self.followed {
            text.followed(followed, now);
        }
        text.0
    }

    fn noted(&self) -> MutexGuard<'_, Noted> {
        self.noted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Default)]
struct Exposition(String);

impl Exposition {
    fn ring(&mut self, ring: &KeyRing, now: Timestamp) {
        self.gauge("sealjar_ring_epoch", "The epoch of the ring.", ring.epoch());
        self.gauge(
            "sealjar_ring_issued_timestamp_seconds",
            "When the epoch was made.",
            ring.issued_at().unix(),
        );
        self.head("sealjar_ring_keys", "gauge", "Keys in the ring, by phase.");
        for phase in PHASES {
            let keys = ring.keys().iter();
            let count = keys.filter(|key| ring.phase(key.id(), now) == Some(phase));
            let label = format!("phase=\"{}\"", phase.as_str());
            self.line("sealjar_ring_keys", &label, count.count() as u64);
        }
        let sealing = ring.sealing_key(now).and_then(|key| key.seals_from);
        if let Some(since) = sealing {
            self.gauge(
                "sealjar_ring_sealing_key_age_seconds",
                "How long the key that seals has done so.",
                now.seconds_since(since).into(),
            );
        }
        let overdue = ring.rotation_expected_by().is_some_and(|by| by < now);
        self.gauge(
            "sealjar_ring_rotation_overdue",
            "Whether the ring should have been rotated.",
            overdue.into(),
        );
        self.head(
            "sealjar_ring_revocations",
            "gauge",
            "Revocations listed, by kind.",
        );
        for (kind, count) in [
            ("subject", ring.revocations().subject_entries()),
            ("session", ring.revocations().session_entries()),
        ] {
            let label = format!("kind=\"{kind}\"");
            self.line("sealjar_ring_revocations", &label, count as u64);
        }
    }

    fn followed(&mut self, followed: &Followed, now: Timestamp) {
        let known = followed.known(now);
        let lost = known.holders.iter().filter(|it| it.is_lost).count();
        self.head(
            "sealjar_keeper_replicas",
            "gauge",
            "Replicas that follow the ring, by state.",
        );
        for (state, count) in [("counted", known.holders.len() - lost), ("lost", lost)] {
            let label = format!("state=\"{state}\"");
            self.line("sealjar_keeper_replicas", &label, count as u64);
        }
        self.gauge(
            "sealjar_keeper_listens_seconds",
            "How much longer this keeper listens before it decides what replicas hold.",
            known.listens_for.as_secs(),
        );
        if let Some(list) = followed.list() {
            self.gauge(
                "sealjar_list_seq",
                "The number of the list of revocations.",
                list.seq,
            );
            self.head(
                "sealjar_list_records",
                "gauge",
                "Records on the list of revocations, by kind.",
            );
            for (kind, count) in [("subject", list.subjects), ("session", list.sessions)] {
                let label = format!("kind=\"{kind}\"");
                self.line("sealjar_list_records", &label, count as u64);
            }
        }
        self.head(
            "sealjar_keeper_questions_total",
            "counter",
            "Questions of replicas, by what became of them.",
        );
        for outcome in Outcome::ALL {
            let label = format!("outcome=\"{}\"", outcome.as_str());
            let count = followed.counted(outcome);
            self.line("sealjar_keeper_questions_total", &label, count);
        }
    }

    fn counter(&mut self, name: &str, help: &str, value: u64) {
        self.head(name, "counter", help);
        self.line(name, "", value);
    }

    fn gauge(&mut self, name: &str, help: &str, value: u64) {
        self.head(name, "gauge", help);
        self.line(name, "", value);
    }

    fn head(&mut self, name: &str, kind: &str, help: &str) {
        // Writing to a string does not fail.
        _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn line(&mut self, name: &str, label: &str, value: u64) {
        _ = if label.is_empty() {
            writeln!(self.0, "{name} {value}")
        } else {
            writeln!(self.0, "{name}{{{label}}} {value}")
        };
    }
}

/// More seconds than the longest pause between two turns, the wait for the lock and a slow disk.
const LONGEST_SILENCE: u32 = 300;

const PHASES: [Phase; 6] = [
    Phase::Revoked,
    Phase::Standby,
    Phase::Staged,
    Phase::Sealing,
    Phase::Opening,
    Phase::Spent,
];

/// What separates an error from its hint, on the health port.
pub const HINT: &str = "; hint: ";
