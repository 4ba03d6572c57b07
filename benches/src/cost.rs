//! Has anything become more expensive? Compares instructions and allocations with those in this
//! repository.
//!
//! Times depend on the machine, instructions do not: a change of a hundredth shows in one run on a
//! busy machine. Instructions do depend on the compiler and on the processor's features. Valgrind's
//! processor has fewer than many: AES and AVX2, but neither VAES nor AVX-512.

mod callgrind;
mod kept;
mod work;

use std::process::ExitCode;

use serde::{Deserialize, Serialize};

pub(crate) use self::work::repeat;

use self::kept::Kept;
use self::work::WORK;
use crate::report::{Cell, Report, Table};

/// The cost of one piece of work.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
struct Cost {
    /// Absent if only allocations are counted.
    instructions: Option<u32>,
    allocations: u32,
    bytes: u32,
}

/// Counts everything, shows it next to the stored costs, and fails if something has grown. `--keep`
/// stores the new costs instead. `--allocations` counts no instructions and needs no valgrind.
///
/// # Errors
/// A missing tool, or the first unknown word.
pub(crate) fn run(arguments: impl Iterator<Item = String>) -> Result<ExitCode, String> {
    let (mut keep, mut json, mut allocations_alone) = (false, false, false);
    for argument in arguments {
        match &*argument {
            "--keep" => keep = true,
            "--json" => json = true,
            "--allocations" => allocations_alone = true,
            _ => {
                return Err(format!(
                    "unknown argument {argument:?} of cost: --keep, --allocations or --json"
                ));
            }
        }
    }
    if keep && allocations_alone {
        return Err("--keep keeps instructions too: leave out --allocations".into());
    }
    let found = if allocations_alone {
        Kept::of(WORK.iter())
    } else {
        count()?
    };
    if keep {
        found.write()?;
    }
    let kept = Kept::read()?;
    let mut report = Report::default();
    report.tables.push(table(&found, &kept));
    let judged = found.is_like(&kept);
    if let Err(difference) = &judged
        && !allocations_alone
    {
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
    let mut found = Kept::of(WORK.iter());
    found.rustc = kept::rustc()?;
    for (name, cost) in &mut found.costs {
        let (instructions, features) = callgrind::count(name)?;
        cost.instructions = Some(instructions);
        found.cpu = features;
    }
    Ok(found)
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
        let before = kept.and_then(|kept| kept.instructions);
        let change = found
            .instructions
            .zip(before)
            .map(|(found, before)| f64::from(found) / f64::from(before) - 1.0);
        table.row(
            work.name,
            [
                found.instructions.map_or(Cell::None, number),
                before.map_or(Cell::None, number),
                change.map_or(Cell::None, Cell::Percent),
                number(found.allocations),
                kept.map_or(Cell::None, |kept| number(kept.allocations)),
                number(found.bytes),
            ],
        );
    }
    table
}
