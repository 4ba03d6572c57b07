//! The costs that were last accepted: a file of this crate, and which deviations are allowed.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use serde::{Deserialize, Serialize};

use super::Cost;
use super::work::Work;

/// Costs, and what they depend on.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Kept {
    pub(super) rustc: String,
    /// The features of valgrind's processor.
    pub(super) cpu: String,
    pub(super) costs: BTreeMap<String, Cost>,
}

impl Kept {
    /// Counts what some pieces of work allocate, and nothing else.
    pub(super) fn of<'a>(work: impl Iterator<Item = &'a Work>) -> Self {
        let costs = work.map(|work| {
            let (allocations, bytes) = work.allocations();
            let cost = Cost {
                instructions: None,
                allocations,
                bytes,
            };
            (work.name.to_owned(), cost)
        });
        Self {
            rustc: String::new(),
            cpu: String::new(),
            costs: costs.collect(),
        }
    }

    pub(super) fn read() -> Result<Self, String> {
        let text = fs::read_to_string(PATH).map_err(|error| {
            format!("benches/cost.json cannot be read ({error}): make it with `just cost --keep`")
        })?;
        serde_json::from_str(&text).map_err(|error| {
            format!("benches/cost.json is damaged ({error}): make it anew with `just cost --keep`")
        })
    }

    pub(super) fn write(&self) -> Result<(), String> {
        let text = serde_json::to_string_pretty(self).map_err(|error| error.to_string())?;
        fs::write(PATH, text + "\n")
            .map_err(|error| format!("benches/cost.json cannot be written: {error}"))
    }

    /// Checks that instructions may be compared.
    ///
    /// # Errors
    /// The difference.
    pub(super) fn is_like(&self, kept: &Self) -> Result<(), String> {
        if (&self.rustc, &self.cpu) == (&kept.rustc, &kept.cpu) {
            return Ok(());
        }
        Err(format!(
            "instructions were kept with {} on {}, and this is {} on {}: only allocations are judged",
            kept.rustc, kept.cpu, self.rustc, self.cpu
        ))
    }

    /// Names the costs that grew beyond noise.
    pub(super) fn grown(&self, kept: &Self, with_instructions: bool) -> Vec<&str> {
        let has_grown = |(name, found): &(&String, &Cost)| {
            kept.costs.get(*name).is_some_and(|kept| {
                let grown = |found: u32, kept: u32| {
                    u64::from(found) * 100 > u64::from(kept) * (100 + TOLERATED_PERCENT)
                };
                grown(found.allocations, kept.allocations)
                    || grown(found.bytes, kept.bytes)
                    || with_instructions
                        && (found.instructions.zip(kept.instructions))
                            .is_some_and(|(found, kept)| grown(found, kept))
            })
        };
        let grown = self.costs.iter().filter(has_grown);
        grown.map(|(name, _)| name.as_str()).collect()
    }
}

/// Asks the compiler that `cargo` uses for its version.
pub(super) fn rustc() -> Result<String, String> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).arg("--version").output();
    let output = output.map_err(|error| format!("rustc does not say its version: {error}"))?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/cost.json");
const TOLERATED_PERCENT: u64 = 3;

#[cfg(test)]
mod tests {
    use super::super::WORK;
    use super::*;

    fn kept(instructions: u32, allocations: u32) -> Kept {
        let cost = Cost {
            instructions: Some(instructions),
            allocations,
            bytes: 100,
        };
        Kept {
            rustc: "rustc 1".into(),
            cpu: "one".into(),
            costs: BTreeMap::from([("seal".into(), cost)]),
        }
    }

    #[test]
    fn what_grows_by_more_than_three_in_a_hundred_is_named() {
        let before = kept(1000, 10);
        assert!(kept(1030, 10).grown(&before, true).is_empty());
        assert!(kept(10, 1).grown(&before, true).is_empty());
        assert_eq!(kept(1031, 10).grown(&before, true), ["seal"]);
        assert_eq!(kept(1000, 11).grown(&before, true), ["seal"]);
    }

    #[test]
    fn instructions_of_another_compiler_or_processor_are_not_judged_and_allocations_are() {
        let before = kept(1000, 10);
        let mut other = kept(9000, 10);
        assert!(other.is_like(&before).is_ok());
        other.cpu = "two".into();
        let difference = other.is_like(&before).expect_err("another processor");
        assert!(
            difference.contains("on one, and this is rustc 1 on two"),
            "{difference}"
        );
        assert!(other.grown(&before, false).is_empty());
        assert_eq!(kept(9000, 11).grown(&before, false), ["seal"]);
    }

    #[test]
    fn nothing_allocates_more_often_than_is_kept() {
        let kept = Kept::read().expect("it is in the repository");
        // With debug assertions, jars and layers check each session once more.
        let is_judged = |work: &&Work| !cfg!(debug_assertions) || !work.name.contains("sealed");
        let mut found = Kept::of(WORK.iter().filter(is_judged));
        assert_eq!(found.grown(&kept, false), [""; 0], "just cost --keep");
        for cost in found.costs.values_mut() {
            cost.allocations += 5;
        }
        let grown = found.grown(&kept, false).len();
        assert_eq!(grown, found.costs.len(), "the negative control");
    }

    #[test]
    fn the_kept_file_has_each_piece_of_work() {
        let kept = Kept::read().expect("it is in the repository");
        let mut names: Vec<_> = WORK.iter().map(|work| work.name).collect();
        names.sort_unstable();
        assert!(kept.costs.keys().eq(&names), "just cost --keep");
    }
}
