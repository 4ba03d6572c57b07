//! How far apart are the clocks, when nobody tells?
//!
//! Swarm does not say what time it is anywhere. But each of its tasks was made on the leader, then
//! ran on a node, and then the leader heard of it. The leader's clock stamps the first and the
//! last (`CreatedAt`, `UpdatedAt`), the node's clock what is between (`Status.Timestamp`). So the
//! node's clock was ahead of the leader's by `Timestamp - UpdatedAt` at least and by
//! `Timestamp - CreatedAt` at most. Over a real engine with clocks shifted by 45 s these bounds
//! were within 3 s of the truth.
//!
//! What a node proved last is believed. Bounds that are too wide prove nothing: an image was pulled
//! in between, or the task was changed later for another reason. They are as old as the task, so
//! that a clock that went wrong since is not seen, and where another manager has become the leader,
//! it is the old one's clock that they are about.

use serde_json::Value;
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use crate::doctor::Finding;
use crate::doctor::facts::Facts;
use crate::doctor::service::ServiceView;
use crate::engine;
use sealjar_keeper::HumanDuration;

pub(crate) fn nodes(facts: &Facts) -> Vec<Finding> {
    let skew = facts.subject.skew;
    let mut told: Vec<Told> = facts.tasks.iter().filter_map(Told::by).collect();
    told.sort_by_key(|it| std::cmp::Reverse(it.at));
    let judge = |node: &Value| {
        let id = node["ID"].as_str()?;
        let name = node["Description"]["Hostname"].as_str().unwrap_or(id);
        let mut of_node = told.iter().filter(|it| it.node == id).peekable();
        let latest = *of_node.peek()?;
        let (told, verdict) = match of_node.find_map(|it| Some((it, it.verdict(skew)?))) {
            Some((_, Verdict::Fits)) => return None,
            Some((told, Verdict::Ahead)) => {
                (told, told.least.whole_seconds().to_string() + " s ahead of")
            }
            Some((told, Verdict::Behind)) => {
                (told, (-told.most).whole_seconds().to_string() + " s behind")
            }
            None => return serves(facts, id).then(|| latest.too_wide(name)),
        };
        Some(Finding::hurts(
            format!(
                "the clock of node {name} was {verdict} the leader's, or more, at {}",
                told.moment()
            ),
            BY_CLOCK,
            "keep the time of both by NTP, `timedatectl` says whether they do; the next task there \
             tells anew",
        ))
    };
    facts.nodes.iter().filter_map(judge).collect()
}

/// Tells nothing where a keeper asks the engine of its own machine, which has the same clock.
pub(crate) fn own(facts: &Facts) -> Vec<Finding> {
    let Some(engine) = time_of(&facts.info["SystemTime"]) else {
        return Vec::new();
    };
    let [before, after] =
        [facts.asked.0, facts.asked.1].map(|it| i64::try_from(it.unix()).unwrap_or(i64::MAX));
    let engine = engine.unix_timestamp();
    let apart = (before - engine).max(engine - after);
    if apart <= facts.subject.skew.as_secs().into() {
        return Vec::new();
    }
    let way = if engine > after { "ahead of" } else { "behind" };
    vec![Finding::hurts(
        format!("the engine's clock is {apart} s {way} this machine's"),
        BY_CLOCK,
        "keep the time of both by NTP; until then let no keeper run here",
    )]
}

/// What a task tells of its node's clock.
struct Told<'a> {
    node: &'a str,
    /// When the leader heard of it, by its own clock.
    at: OffsetDateTime,
    /// How far the node's clock was ahead of the leader's.
    least: Duration,
    most: Duration,
}

enum Verdict {
    Ahead,
    Behind,
    Fits,
}

impl<'a> Told<'a> {
    fn by(task: &'a Value) -> Option<Self> {
        // The leader writes the other states itself.
        let state = task["Status"]["State"].as_str()?;
        if !["complete", "failed", "running", "shutdown"].contains(&state) {
            return None;
        }
        let at = time_of(&task["UpdatedAt"])?;
        let there = time_of(&task["Status"]["Timestamp"])?;
        Some(Self {
            node: task["NodeID"].as_str()?,
            at,
            least: there - at,
            most: there - time_of(&task["CreatedAt"])?,
        })
    }

    fn verdict(&self, skew: HumanDuration) -> Option<Verdict> {
        let skew = Duration::seconds(skew.as_secs().into());
        match (self.least, self.most) {
            (least, _) if least > skew => Some(Verdict::Ahead),
            (_, most) if most < -skew => Some(Verdict::Behind),
            (least, most) if least >= -skew && most <= skew => Some(Verdict::Fits),
            _ => None,
        }
    }

    fn too_wide(&self, node: &str) -> Finding {
        Finding::note(
            format!(
                "the clock of node {node} is between {} s and {} s ahead of the leader's, no task tells \
                 it closer",
                self.least.whole_seconds(),
                self.most.whole_seconds()
            ),
            BY_CLOCK,
            "compare them by hand, with `date -u` on both",
        )
    }

    fn moment(&self) -> String {
        let at = self.at.replace_nanosecond(0).unwrap_or(self.at);
        at.format(&Rfc3339).unwrap_or_default()
    }
}

/// Whether a replica or a keeper is on a node.
fn serves(facts: &Facts, node: &str) -> bool {
    let keeps = |service: &ServiceView<'_>| service.mounts().any(|mount| facts.is_kek(&mount));
    let keepers = facts.services().filter(keeps);
    facts.examined().chain(keepers).any(|service| {
        let mut tasks = facts.tasks_of(service);
        tasks.any(|task| task["NodeID"] == node && task["Status"]["State"] == "running")
    })
}

fn time_of(value: &Value) -> Option<OffsetDateTime> {
    engine::time(value.as_str()?)
}

const BY_CLOCK: &str = "keys begin and end by each machine's clock: beyond the skew, one refuses what \
                        another has sealed";

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::doctor::tests::{healthy, skewed};

    fn said(facts: &Facts) -> Vec<String> {
        nodes(facts).into_iter().map(|it| it.what).collect()
    }

    #[test]
    fn clocks_that_were_shifted_on_a_real_engine_are_told_to_within_seconds() {
        let mut facts = skewed();
        assert_eq!(
            said(&facts),
            [
                "the clock of node birch was 44 s ahead of the leader's, or more, at 2026-11-22T17:46:26Z",
                "the clock of node cedar was 42 s behind the leader's, or more, at 2026-11-22T17:46:26Z",
            ]
        );
        facts.subject.skew = HumanDuration::from_secs(50);
        assert_eq!(said(&facts), [""; 0]);
    }

    #[test]
    fn what_a_node_proved_last_is_believed_and_what_the_leader_wrote_is_not() {
        let mut facts = skewed();
        let now = json!("2026-11-22T18:00:00Z");
        for mut later in skewed().tasks {
            for stamp in ["CreatedAt", "UpdatedAt"] {
                later[stamp] = now.clone();
            }
            later["Status"]["Timestamp"] = now.clone();
            facts.tasks.push(later);
        }
        assert_eq!(said(&facts), [""; 0], "the clocks were put right");
        let later = facts
            .tasks
            .iter_mut()
            .filter(|task| task["CreatedAt"] == now);
        later.for_each(|task| task["Status"]["State"] = "rejected".into());
        assert_eq!(said(&facts).len(), 2);
    }

    #[test]
    fn a_task_that_took_long_to_start_proves_nothing_and_that_is_said_of_nodes_that_serve() {
        let mut facts = healthy();
        for task in &mut facts.tasks {
            task["CreatedAt"] = "2026-11-22T17:00:00Z".into();
        }
        let found = nodes(&facts);
        let notes = found
            .iter()
            .filter(|it| it.weight == crate::doctor::Weight::Note);
        assert_eq!((found.len(), notes.count()), (3, 3), "{found:#?}");
        facts.services.clear();
        assert_eq!(nodes(&facts), [], "nobody depends on their clocks");
    }

    #[test]
    fn a_task_that_was_changed_later_for_another_reason_makes_no_clock_late() {
        let mut facts = healthy();
        for task in &mut facts.tasks {
            task["UpdatedAt"] = "2026-11-22T18:30:00Z".into();
        }
        let found = nodes(&facts);
        assert!(
            found
                .iter()
                .all(|it| it.weight == crate::doctor::Weight::Note),
            "{found:#?}"
        );
        // Control: to take the shortest delay for the difference calls every clock an hour late.
        let told = facts.tasks.iter().filter_map(Told::by);
        let shortest = told.map(|it| -it.least).min().unwrap();
        assert!(shortest > Duration::minutes(59), "{shortest}");
    }

    #[test]
    fn an_engine_in_another_zone_tells_the_same_time() {
        let mut facts = healthy();
        facts.info["SystemTime"] = json!("2026-11-22T18:30:31.5+01:00");
        assert_eq!(own(&facts), []);
        facts.info["SystemTime"] = json!("2026-11-22T17:30:31.5+01:00");
        assert_eq!(
            own(&facts)[0].what,
            "the engine's clock is 3600 s behind this machine's"
        );
    }
}
