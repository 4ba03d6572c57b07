//! Does `sealjar` have the dependencies that DESIGN.md lists, and few enough for an audit?

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

/// The negative control: what the two tests above would have noticed.
#[test]
fn a_dependency_more_is_counted_and_has_no_line() {
    let manifest = manifest().replace("[dependencies]", "[dependencies]\nrand = \"0.10\"");
    let more = direct_dependencies(&manifest);
    assert!(!justified(&read("DESIGN.md")).is_superset(&more));
    assert!(built_by_default(&more) > 10);
}

/// With the feature, a program that holds a test ring would open what anyone seals.
#[test]
fn keys_that_everybody_knows_are_for_tests_alone() {
    let manifests = manifests();
    assert!(manifests.len() > 10, "the workspace has many members");
    for (path, text) in manifests {
        assert_eq!(lets_known_keys_in(&text), Vec::<String>::new(), "{path}");
    }
}

/// The negative control: the check notices each way.
#[test]
fn a_manifest_that_lets_known_keys_into_a_program_is_seen() {
    for (manifest, way) in [
        (
            "[dependencies.sealjar]\nfeatures = ['__test-keys']",
            "dependencies",
        ),
        ("[features]\nmore = ['sealjar/__test-keys']", "features"),
        (
            "[workspace.dependencies.sealjar]\nfeatures = ['__test-keys']",
            "workspace",
        ),
        (
            "[target.'cfg(unix)'.dependencies.sealjar]\nfeatures = ['__test-keys']",
            "target",
        ),
        (
            "[build-dependencies.sealjar]\nfeatures = ['__test-keys']",
            "build-dependencies",
        ),
    ] {
        assert_eq!(lets_known_keys_in(manifest), [way]);
    }
    let for_tests = "[dev-dependencies.sealjar]\nfeatures = ['__test-keys']";
    assert!(lets_known_keys_in(for_tests).is_empty());
}

/// The tables of a manifest, except those for tests, that name the feature with which rings may
/// hold public keys. `sealjar` itself declares it.
fn lets_known_keys_in(manifest: &str) -> Vec<String> {
    let manifest: Table = manifest.parse().unwrap();
    let names_it = |(table, value): (&String, &Value)| {
        let declared = table == "features" && value.get(TEST_KEYS).is_some();
        let named = format!("{value:?}").matches(TEST_KEYS).count();
        (table != "dev-dependencies" && named > usize::from(declared)).then(|| table.clone())
    };
    manifest.iter().filter_map(names_it).collect()
}

/// The manifests of the workspace and its members. Fuzz targets are tests, in a workspace of their
/// own.
fn manifests() -> Vec<(String, String)> {
    let root = read("Cargo.toml");
    let workspace: Table = root.parse().unwrap();
    let members = workspace["workspace"]["members"].as_array().unwrap().iter();
    let paths = members.map(|member| format!("{}/Cargo.toml", member.as_str().unwrap()));
    let members = paths.map(|path| (path.clone(), read(&path)));
    members.chain([("Cargo.toml".to_owned(), root)]).collect()
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
    // Dependencies of one target that only its tests need are left out.
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
    // The first two rows are the header and the line under it.
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
const TEST_KEYS: &str = "__test-keys";
