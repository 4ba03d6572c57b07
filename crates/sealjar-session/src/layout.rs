//! Has the layout of a session type changed since its release? For an application's own tests.

use crate::codec;
use crate::data::{Format, SessionData};

/// Panics unless a session type has the released layout. Use it in a test beside the type.
///
/// Without such a test you notice a renamed field in production, where every open session is
/// refused as `old_schema`. In the test, keep the layout of the build that your visitors' sessions
/// come from, and values that show the whole type: among them each `Option` is `Some` once, each
/// list and map is once not empty, and each variant with contents occurs once. Begin with an empty
/// text: the panic message says what to put there.
///
/// The layout has one line for each fact that must not change. Spaces around a line do not matter.
///
/// # Panics
/// When the layout has changed. The message says what to do:
///
/// * It has grown at the end, which old and new builds can both read: keep the new layout once it
///   is released.
/// * Its last fields were removed, which is also read, as if a newer build had appended them: the
///   message explains what that means for released builds.
/// * It has changed otherwise: undo the change, or raise [`SCHEMA`](SessionData::SCHEMA).
/// * `SCHEMA` has changed: keep the new layout.
///
/// It also panics when a value does not survive being encoded, and for types that are written as
/// [JSON](Format::Json), which need no such test.
///
/// # Examples
/// ```
/// use sealjar_session::{SessionData, assert_layout};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Clone, Default, Deserialize, Serialize)]
/// struct Visitor {
///     name: Option<String>,
///     role: Role,
///     basket: Vec<u32>,
/// }
///
/// #[derive(Clone, Default, Deserialize, Serialize)]
/// enum Role {
///     #[default]
///     Guest,
///     Member { since: u32 },
/// }
///
/// impl SessionData for Visitor {}
///
/// let ada = Visitor {
///     name: Some("ada".into()),
///     role: Role::Member { since: 2026 },
///     basket: vec![7],
/// };
/// assert_layout(
///     &[Visitor::default(), ada],
///     "schema 0
///      session: struct Visitor
///      0 name: option
///      0 name?: text
///      1 role: enum Role
///      1 role = 0 Guest
///      1 role = 1 Member
///      1 role/Guest: nothing
///      1 role/Member: { since }
///      1 role/Member.since: unsigned
///      2 basket: list
///      2 basket[]: unsigned",
/// );
/// ```
#[track_caller]
pub fn assert_layout<T: SessionData>(values: &[T], released: &str) {
    if let Err(said) = compare::<T>(values, released) {
        panic!("{said}");
    }
}

fn compare<T: SessionData>(values: &[T], released: &str) -> Result<(), String> {
    let of = std::any::type_name::<T>();
    if T::FORMAT == Format::Json {
        return Err(format!(
            "the session type {of} is written as JSON, where names carry the layout: there is none to keep"
        ));
    }
    let lines = codec::sketch(values)
        .map_err(|reason| format!("the session type {of} does not survive: {reason}"))?;
    let schema = format!("schema {}", T::SCHEMA);
    let now: Vec<&str> = [&*schema]
        .into_iter()
        .chain(lines.iter().map(String::as_str))
        .collect();
    let released: Vec<&str> = released
        .lines()
        .map(str::trim)
        .filter(|it| !it.is_empty())
        .collect();

    let gone = released
        .iter()
        .filter(|line| !now.contains(line) && !is_unseen(line));
    let gone: Vec<&str> = gone.copied().collect();
    let new = now
        .iter()
        .filter(|line| !released.contains(line) && !is_unseen(line));
    let new: Vec<&str> = new.copied().collect();
    let (advice, shown) = if released.is_empty() {
        (
            "has no released layout yet. Keep this one as soon as it is released:",
            now,
        )
    } else if !released.contains(&&*schema) {
        (
            "has another SCHEMA than the released layout. Keep this one as soon as it is released:",
            now,
        )
    } else if gone.is_empty() && new.is_empty() {
        return Ok(());
    } else if gone.is_empty() {
        let advice = "has grown, and builds with and without what is new read each other's sessions. \
                      Keep this layout as soon as it is released:";
        (advice, now)
    } else {
        let advice = if new.is_empty() && gone.iter().all(|line| is_beyond(line, &now)) {
            "has lost its last fields. This build reads sessions of released builds, and keeps these \
             fields as those of a newer build. A released build reads sessions of this one only where \
             the fields have #[serde(default)]. Keep this layout as soon as it is released. If other \
             fields take their place later, sessions that still have the old ones are refused as \
             old_schema: raise SCHEMA with that change."
        } else {
            "has another layout than the released one: sessions of released builds would be \
             refused as old_schema. Undo the change, or raise SCHEMA, and read the old number with \
             `migrate` if nobody is to be logged out. If the values given here only show less than \
             before, give more of them."
        };
        let gone = gone.iter().map(|it| format!("gone: {it}"));
        let told = gone.chain(new.iter().map(|it| format!("new: {it}")));
        return Err(said(of, advice, &told.collect::<Vec<_>>().join("\n")));
    };
    Err(said(of, advice, &shown.join("\n")))
}

fn said(of: &str, advice: &str, lines: &str) -> String {
    format!("the session type {of} {advice}\n\n{lines}\n")
}

/// Whether a line is about a field of the outermost struct that comes after all present fields.
fn is_beyond(line: &str, now: &[&str]) -> bool {
    let place = |line: &str| line.split_once(' ')?.0.parse::<usize>().ok();
    let last = now.iter().filter_map(|line| place(line)).max();
    place(line).is_some_and(|place| last.is_none_or(|last| place > last))
}

/// Whether a line only says that no value shows something.
fn is_unseen(line: &str) -> bool {
    line.ends_with(codec::UNSEEN)
}

#[cfg(test)]
mod tests;
