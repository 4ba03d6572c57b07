//! Prints results, as aligned tables or as JSON.

use std::fmt::Write;

use serde_json::{Value, json};

/// The results of one run.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) tables: Vec<Table>,
    /// What was left out, and how to include it.
    pub(crate) notes: Vec<String>,
    pub(crate) budgets: Vec<Budget>,
}

/// Rows of numbers under one heading.
#[derive(Debug)]
pub(crate) struct Table {
    title: String,
    columns: Vec<&'static str>,
    rows: Vec<(String, Vec<Cell>)>,
}

impl Table {
    pub(crate) fn new(title: impl Into<String>, columns: &[&'static str]) -> Self {
        Self {
            title: title.into(),
            columns: columns.to_vec(),
            rows: Vec::new(),
        }
    }

    pub(crate) fn row(&mut self, name: impl Into<String>, cells: impl Into<Vec<Cell>>) {
        self.rows.push((name.into(), cells.into()));
    }
}

/// A number and how it is written.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Cell {
    Bytes(usize),
    /// Nanoseconds of CPU time a second, written as cores.
    Cores(f64),
    Count(f64),
    /// Bytes, written as millions.
    Mb(f64),
    /// Bytes a second, written as millions.
    MbPerSecond(f64),
    /// Nanoseconds.
    Ns(f64),
    None,
    /// A number without a fraction.
    Number(usize),
    /// A difference as a part of one.
    Percent(f64),
    /// A rate per second, in millions.
    PerSecond(f64),
    Ratio(f64),
    /// Nanoseconds, written as microseconds.
    Us(f64),
}

impl Cell {
    fn text(self) -> String {
        match self {
            Self::Bytes(count) => format!("{count} B"),
            Self::Cores(ns) => format!("{:.3}", ns / 1e9),
            Self::Count(count) => format!("{count:.1}"),
            Self::Mb(bytes) => format!("{:.1} MB", bytes / 1e6),
            Self::MbPerSecond(bytes) => format!("{:.3} MB/s", bytes / 1e6),
            Self::Ns(ns) => format!("{ns:.0} ns"),
            Self::None => String::new(),
            Self::Number(count) => count.to_string(),
            Self::Percent(part) => format!("{:+.1} %", part * 100.0),
            Self::PerSecond(count) => format!("{:.2} M/s", count / 1e6),
            Self::Ratio(ratio) => format!("{ratio:.2}"),
            Self::Us(ns) => format!("{:.2} us", ns / 1e3),
        }
    }

    fn json(self) -> Value {
        match self {
            Self::Bytes(count) | Self::Number(count) => json!(count),
            Self::Cores(it)
            | Self::Count(it)
            | Self::Mb(it)
            | Self::MbPerSecond(it)
            | Self::Ns(it)
            | Self::Percent(it)
            | Self::PerSecond(it)
            | Self::Ratio(it)
            | Self::Us(it) => json!(it),
            Self::None => Value::Null,
        }
    }
}

/// A line of the table in DESIGN.md and the measured value. A time never fails a run: machines
/// differ, and a busy one is slow.
#[derive(Debug)]
pub(crate) struct Budget {
    pub(crate) what: String,
    pub(crate) allowed: Cell,
    pub(crate) found: Cell,
    /// Whether the measured number must be at least the allowed one.
    pub(crate) at_least: bool,
}

impl Budget {
    pub(crate) fn at_most(what: impl Into<String>, allowed: Cell, found: Cell) -> Self {
        Self {
            what: what.into(),
            allowed,
            found,
            at_least: false,
        }
    }

    fn numbers(&self) -> (f64, f64) {
        let number = |cell: Cell| cell.json().as_f64().unwrap_or(f64::NAN);
        (number(self.allowed), number(self.found))
    }

    fn is_kept(&self) -> bool {
        let (allowed, found) = self.numbers();
        if self.at_least {
            found >= allowed
        } else {
            found <= allowed
        }
    }

    fn verdict(&self) -> String {
        let (allowed, found) = self.numbers();
        let percent = (found / allowed - 1.0).abs() * 100.0;
        match (self.is_kept(), self.at_least) {
            (true, _) => "ok".into(),
            (false, false) if allowed == 0.0 => format!("OVER by {}", self.found.text()),
            (false, false) => format!("OVER by {percent:.0} %"),
            (false, true) => format!("SHORT by {percent:.0} %"),
        }
    }
}

impl Report {
    /// Prints it as tables or as JSON.
    pub(crate) fn print(&self, json: bool) {
        if json {
            println!("{:#}", self.json());
        } else {
            print!("{}", self.text());
        }
    }

    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        for table in &self.tables {
            let head = table.columns.iter().map(|&column| column.to_owned());
            let rows = table.rows.iter().map(|(name, cells)| {
                let cells = cells.iter().map(|cell| cell.text());
                std::iter::once(name.clone()).chain(cells).collect()
            });
            let lines: Vec<Vec<String>> =
                std::iter::once(std::iter::once(table.title.clone()).chain(head).collect())
                    .chain(rows)
                    .collect();
            align(&lines, &mut text);
        }
        for note in &self.notes {
            _ = writeln!(text, "{note}\n");
        }
        let mut lines = vec![["budgets of DESIGN.md", "allowed", "found", ""].map(str::to_owned)];
        lines.extend(self.budgets.iter().map(|budget| {
            [
                budget.what.clone(),
                budget.allowed.text(),
                budget.found.text(),
                budget.verdict(),
            ]
        }));
        if lines.len() > 1 {
            align(&lines, &mut text);
        }
        text
    }

    pub(crate) fn json(&self) -> Value {
        let tables = self.tables.iter().map(|table| {
            let rows = table.rows.iter().map(|(name, cells)| {
                let cells = table.columns.iter().zip(cells);
                let mut row: serde_json::Map<_, _> = cells
                    .map(|(column, cell)| ((*column).to_owned(), cell.json()))
                    .collect();
                row.insert("name".into(), json!(name));
                Value::Object(row)
            });
            json!({ "table": table.title, "rows": rows.collect::<Vec<_>>() })
        });
        let budgets = self.budgets.iter().map(|budget| {
            json!({
                "budget": budget.what,
                "allowed": budget.allowed.json(),
                "found": budget.found.json(),
                "ok": budget.is_kept(),
            })
        });
        json!({
            "tables": tables.collect::<Vec<_>>(),
            "notes": self.notes,
            "budgets": budgets.collect::<Vec<_>>(),
        })
    }
}

/// Writes lines with the first column on the left and the others on the right.
fn align(lines: &[impl AsRef<[String]>], text: &mut String) {
    let width = |column: usize| {
        let cells = lines.iter().filter_map(|line| line.as_ref().get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    for (at, line) in lines.iter().enumerate() {
        let mut out = String::new();
        for (column, cell) in line.as_ref().iter().enumerate() {
            let width = width(column);
            if column == 0 {
                _ = write!(out, "{cell:width$}");
            } else {
                _ = write!(out, "  {cell:>width$}");
            }
        }
        text.push_str(out.trim_end());
        text.push('\n');
        if at == 0 {
            text.extend(std::iter::repeat_n('-', out.chars().count()));
            text.push('\n');
        }
    }
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_left_out_is_told_in_both_forms() {
        let mut report = Report::default();
        report.notes.push("rows were left out".into());
        assert_eq!(report.text(), "rows were left out\n\n");
        assert_eq!(report.json()["notes"][0], "rows were left out");
        assert_eq!(Report::default().text(), "", "the negative control");
    }
}
