//! Has anything become more expensive than it was? Instructions and allocations, next to those that are
//! kept in this repository.
//!
//! Times move with the machine, instructions do not: a change of a hundredth shows in one run on a busy
//! machine. They do depend on the compiler and on what the processor can do, and valgrind's processor
//! can do less than many: it has AES and AVX2, and neither VAES nor AVX-512.

mod callgrind;
mod kept;
mod work;

use std::collections::BTreeMap;
use std::process::ExitCode;

use serde::{Deserialize, Serialize};

pub(crate) use self::work::repeat;

use self::kept::Kept;
use self::work::WORK;
use crate::report::{Cell, Report, Table};

/// What one piece of work takes.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
struct Cost {
    instructions: u32,
    allocations: u32,
    bytes: u32,
}

/// Counts everything, shows it next to what is kept, and fails when something has grown. With `--keep`
/// it keeps what it has found instead.
///
/// # Errors
/// What is needed and is not there, or the first word that is not known.
pub(crate) fn run(arguments: impl Iterator<Item = String>) -> Result<ExitCode, String> {
    let (mut keep, mut json) = (false, false);
    for argument in arguments {
        match &*argument {
            "--keep" => keep = true,
            "--json" => json = true,
            _ => {
                return Err(format!(
                    "unknown argument {argument:?} of cost: --keep or --json"
                ));
            }
        }
    }
    let found = count()?;
    if keep {
        found.write()?;
    }
    let kept = Kept::read()?;
    let mut report = Report::default();
    report.tables.push(table(&found, &kept));
    let judged = found.is_like(&kept);
    if let Err(difference) = &judged {
        report.notes.push(difference.clone());
    }
    let grown = found.grown(&kept, judged.is_ok());
    if !grown.is_empty() {
        report.notes.push(format!(
            "grown by more than 3 %: {}. If this is meant: just cost --keep",
            grown.join(", ")
        ));
    }
    report.print(json);
    Ok(if grown.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn count() -> Result<Kept, String> {
    let mut costs = BTreeMap::new();
    let mut cpu = String::new();
    for work in WORK {
        let (instructions, features) = callgrind::count(work.name)?;
        let (allocations, bytes) = work.allocations();
        cpu = features;
        costs.insert(
            work.name.to_owned(),
            Cost {
                instructions,
                allocations,
                bytes,
            },
        );
    }
    Ok(Kept {
        rustc: kept::rustc()?,
        cpu,
        costs,
    })
}

fn table(found: &Kept, kept: &Kept) -> Table {
    let mut table = Table::new(
        "what one of it takes",
        &[
            "instructions",
            "kept",
            "change",
            "allocations",
            "kept ones",
            "bytes",
        ],
    );
    let number = |count: u32| Cell::Count(f64::from(count));
    for work in WORK {
        let found = found.costs[work.name];
        let kept = kept.costs.get(work.name);
        let change = kept.map_or(Cell::None, |kept| {
            Cell::Percent(f64::from(found.instructions) / f64::from(kept.instructions) - 1.0)
        });
        table.row(
            work.name,
            [
                number(found.instructions),
                kept.map_or(Cell::None, |kept| number(kept.instructions)),
                change,
                number(found.allocations),
                kept.map_or(Cell::None, |kept| number(kept.allocations)),
                number(found.bytes),
            ],
        );
    }
    table
}
