//! Does `sealjar` depend on what DESIGN.md says, and on no more than an auditor can look through?

#![expect(clippy::unwrap_used, reason = "in a test a panic is the assertion")]

use std::collections::BTreeSet;
use std::path::Path;

use toml::{Table, Value};

#[test]
fn sealjar_has_at_most_ten_direct_dependencies() {
    assert!(built_by_default(&direct_dependencies(&manifest())) <= 10);
}

#[test]
fn each_direct_dependency_has_its_line_in_the_design() {
    assert_eq!(
        direct_dependencies(&manifest()),
        justified(&read("DESIGN.md"))
    );
}

/// The negative control: what the two tests above would have seen.
#[test]
fn a_dependency_more_is_counted_and_has_no_line() {
    let manifest = manifest().replace("[dependencies]", "[dependencies]\nrand = \"0.10\"");
    let more = direct_dependencies(&manifest);
    assert!(!justified(&read("DESIGN.md")).is_superset(&more));
    assert!(built_by_default(&more) > 10);
}

fn built_by_default(dependencies: &BTreeSet<String>) -> usize {
    let is_optional = |name: &&String| name.ends_with(OPTIONAL);
    dependencies
        .iter()
        .filter(|name| !is_optional(name))
        .count()
}

/// The crates under `[dependencies]`, those behind a feature marked as optional.
fn direct_dependencies(manifest: &str) -> BTreeSet<String> {
    let manifest: Table = manifest.parse().unwrap();
    // What only the tests of one target need is nobody else's.
    let targets = manifest.get("target").and_then(Value::as_table);
    let of_a_target = targets.into_iter().flat_map(Table::values);
    let tables = of_a_target
        .filter_map(Value::as_table)
        .chain([&manifest])
        .flat_map(Table::keys)
        .filter(|key| key.ends_with("dependencies") && *key != "dev-dependencies");
    assert_eq!(tables.collect::<Vec<_>>(), ["dependencies"]);
    let dependencies = manifest["dependencies"].as_table().unwrap();
    let name_of = |(name, how): (&String, &Value)| {
        let optional = how.get("optional").and_then(Value::as_bool);
        let mark = optional.filter(|it| *it).map_or("", |_| OPTIONAL);
        format!("{name}{mark}")
    };
    dependencies.iter().map(name_of).collect()
}

/// The crates in the first column of the design's table of dependencies.
fn justified(design: &str) -> BTreeSet<String> {
    let (_, section) = design.split_once("\n## Dependencies\n").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    let rows = section.lines().filter(|line| line.starts_with('|'));
    // The first two are the header and the line under it.
    let cells = rows
        .skip(2)
        .map(|row| row.split('|').nth(1).unwrap().trim());
    cells
        .flat_map(|names| names.split(", "))
        .map(str::to_owned)
        .collect()
}

fn manifest() -> String {
    read("crates/sealjar/Cargo.toml")
}

fn read(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    std::fs::read_to_string(root.join(path)).unwrap()
}

const OPTIONAL: &str = " (optional)";
