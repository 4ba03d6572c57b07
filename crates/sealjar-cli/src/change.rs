//! What does an epoch change, said before it is made or after?

use sealjar::{KeyId, KeyRing, RingKey, Timestamp};
use sealjar_keeper::Step;
use sealjar_keeper::plan::Change;
use serde_json::{Map, Value, json};

use crate::output::exit::{Answer, CommandError, Exit};
use crate::output::page::Page;
use crate::output::relative_time::moment;

/// Says what was changed, and when replicas go by it.
pub(crate) fn made(change: &Change, arrival: &str) -> Answer {
    let mut answer = describe(&change.ring, &change.steps, true);
    answer.page.note(format_args!("  {arrival}"));
    answer
}

/// Says what a dry run would have changed, and who would have been logged out.
pub(crate) fn dry_run(change: &Change) -> Answer {
    let mut answer = describe(&change.ring, &change.steps, false);
    answer.page.note("  dry run: nothing was changed");
    if let Some(who) = logged_out_by(change) {
        let page = &mut answer.page;
        page.warning(format_args!("  it would log out {who}"));
    }
    answer
}

/// Says what would be changed, and who would be logged out, and asks for `--yes`.
pub(crate) fn unconfirmed(change: &Change, hint: impl Into<String>) -> CommandError {
    let message = match logged_out_by(change) {
        Some(who) => format!("this logs out {who}"),
        None => "this logs nobody out, and cannot be undone".into(),
    };
    CommandError::new(Exit::Refused, "needs_yes", message)
        .hint(hint)
        .after(describe(&change.ring, &change.steps, false))
}

/// Says who is logged out by a change, if anyone.
pub(crate) fn logged_out_by(change: &Change) -> Option<String> {
    let now = change.ring.issued_at();
    let floor = change.steps.iter().find_map(|step| match step {
        Step::FloorRaised { born_before } => Some(*born_before),
        _ => None,
    });
    let sealed = |step: &Step| match step {
        Step::Revoked { key, sealed_since } => {
            let mut keys = change.ring.keys().iter();
            let key = keys.find(|it| it.id() == *key)?;
            sealed_since.filter(|_| lives(key, &change.ring))
        }
        _ => None,
    };
    let sealed: Vec<Timestamp> = change.steps.iter().filter_map(sealed).collect();
    let left_out = change.steps.iter();
    let left_out = left_out.filter(|it| matches!(it, Step::LeftOut { .. }));
    let mut steps = change.steps.iter();
    if steps.any(|step| matches!(step, Step::Replaced { .. })) {
        return Some("everyone".into());
    }
    match (floor, sealed.iter().min()) {
        (Some(floor), _) if floor >= now => Some("everyone".into()),
        (Some(floor), _) => Some(format!(
            "everyone whose session was born before {}",
            moment(floor, now)
        )),
        (None, Some(since)) => Some(format!(
            "everyone whose session was sealed under {}, since {}",
            counted(sealed.len(), "key"),
            moment(*since, now)
        )),
        (None, None) => match left_out.count() {
            0 => None,
            keys => Some(format!(
                "everyone whose session was sealed under {} that stays out",
                counted(keys, "key")
            )),
        },
    }
}

/// Says what an epoch changes, or would.
pub(crate) fn describe(ring: &KeyRing, steps: &[Step], changed: bool) -> Answer {
    let mut page = Page::default();
    let (name, epoch) = (ring.name(), ring.epoch());
    if changed {
        page.heading(format_args!("ring {name} is at epoch {epoch}"))
    } else {
        page.heading(format_args!("ring {name} would go to epoch {epoch}"))
    }
    // Keys that are drawn to see what would happen are not those that will be.
    let undrawn: Vec<KeyId> = if changed {
        Vec::new()
    } else {
        drawn(ring).collect()
    };
    for step in steps {
        page.item(step.with_key_names(&|key| undrawn.contains(&key).then_some("(new)")));
    }
    let steps: Vec<Value> = steps.iter().map(|step| to_json(step, &undrawn)).collect();
    let json = json!({ "ring": name, "epoch": epoch, "changed": changed, "steps": steps });
    Answer::new(page, object(json))
}

/// Says that a ring is as it was.
pub(crate) fn unchanged(ring: &KeyRing) -> Answer {
    let mut answer = describe(ring, &[], true);
    answer.json.insert("changed".into(), false.into());
    answer
}

/// Writes `1 key`, `2 keys`.
pub(crate) fn counted(count: usize, thing: &str) -> String {
    match count {
        1 => format!("1 {thing}"),
        _ => format!("{count} {thing}s"),
    }
}

/// Takes the members of what `json!` made of braces.
pub(crate) fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

fn to_json(step: &Step, undrawn: &[KeyId]) -> Value {
    let mut value = json!(step);
    if step.key().is_some_and(|key| undrawn.contains(&key)) {
        value["key"] = Value::Null;
    }
    value
}

/// The keys that the ring's epoch began with.
fn drawn(ring: &KeyRing) -> impl Iterator<Item = KeyId> {
    let keys = ring.keys().iter();
    keys.filter(|key| key.staged_epoch == ring.epoch())
        .map(RingKey::id)
}

/// Whether a session may be alive, on the slowest clock, that a revoked key sealed before its end.
fn lives(key: &RingKey, ring: &KeyRing) -> bool {
    key.seals_until.is_none_or(|until| {
        let expired = until.saturating_add(key.lifetime);
        ring.issued_at() <= expired.saturating_add(ring.timing().skew)
    })
}
