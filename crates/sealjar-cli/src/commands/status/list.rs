//! What have applications revoked, and how full is the list of it?

use sealjar_keeper::{ListReport, Report};
use serde_json::{Value, json};

use crate::change::counted;
use crate::output::page::Page;
use crate::output::relative_time::moment;

/// Shows the list, if there is one.
pub(super) fn show(page: &mut Page, report: &Report) {
    match &report.list {
        Ok(None) => {}
        Ok(Some(list)) => page.fact("list", words(list, report)),
        Err(error) => {
            page.warning(format_args!("  list: {error}"));
            page.line(format_args!("  {}", error.hint()));
        }
    }
}

fn words(list: &ListReport, report: &Report) -> String {
    let mut text = format!(
        "number {}, {} of {}, {} of {}",
        list.seq,
        counted(list.sessions, "session"),
        list.most_sessions,
        counted(list.subjects, "subject"),
        list.most_subjects
    );
    if let Some(until) = list.next_over {
        let until = moment(until, report.now);
        text += &format!("; the next record is over after {until}");
    }
    text
}

/// Says the same to machines: null if there is no list.
pub(super) fn json(report: &Report) -> Value {
    match &report.list {
        Ok(None) => Value::Null,
        Ok(Some(list)) => json!({
            "seq": list.seq,
            "sessions": list.sessions,
            "most_sessions": list.most_sessions,
            "subjects": list.subjects,
            "most_subjects": list.most_subjects,
            "next_over": list.next_over.map(|at| at.to_string()),
        }),
        Err(error) => json!({ "error": error.to_string() }),
    }
}
