//! Are the tests there that SECURITY.md names as its witnesses?

use std::fs::read_to_string;
use std::path::Path;

use crate::root;

#[test]
fn each_test_that_the_security_page_names_is_there() {
    let named = named(include_str!("../../SECURITY.md"));
    assert!(named.len() > 15, "{named:?}");
    let missing: Vec<_> = missing(&named);
    assert!(missing.is_empty(), "{missing:#?}");
}

/// The negative control: what the test above would have seen.
#[test]
fn a_test_that_was_renamed_is_missing() {
    let text = "`sealjar revoke`\n\n| 7.4.1 | ours | `each_test_that_the_security_page_names_is_there` |\n\
                | 7.4.2 | ours: `Expiry::At` | `a_test_that_nobody_ever_wrote` |\n\
                | 7.4.3 | ours | `collect` |\n";
    let named = named(text);
    assert_eq!(named.len(), 3);
    assert_eq!(
        missing(&named),
        ["a_test_that_nobody_ever_wrote", "collect"]
    );
}

/// Returns the tests in the last column of the tables.
fn named(text: &str) -> Vec<&str> {
    let rows = text.lines().filter(|line| line.starts_with('|'));
    let last_cells = rows.filter_map(|row| row.rsplit('|').nth(1));
    last_cells
        .filter_map(|cell| cell.trim().strip_prefix('`')?.strip_suffix('`'))
        .collect()
}

fn missing<'a>(named: &[&'a str]) -> Vec<&'a str> {
    let mut sources = String::new();
    for directory in ["crates", "tests"] {
        collect(&root().join(directory), &mut sources);
    }
    let is_there = |name: &str| {
        let before = sources.split_once(&format!("fn {name}(")).map(|it| it.0);
        before.is_some_and(|it| it.trim_end().ends_with("test]"))
    };
    let named = named.iter().copied();
    named.filter(|name| !is_there(name)).collect()
}

fn collect(directory: &Path, sources: &mut String) {
    for entry in directory.read_dir().unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, sources);
        } else if path.extension().is_some_and(|it| it == "rs") {
            sources.push_str(&read_to_string(path).unwrap());
        }
    }
}
