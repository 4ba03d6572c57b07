//! Do the documents hold what they promise? Their links, their width, and the code that they show.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the assertion")]

mod blocks;
mod links;
mod named_tests;
mod width;

use std::fs::read_to_string;
use std::path::{Path, PathBuf};

/// Returns the documents of the repository with their texts.
fn documents() -> Vec<(PathBuf, String)> {
    let found = files(&[".md"]);
    assert!(found.len() > 8, "{found:?}");
    found
}

/// Returns the files whose names end like one of these, with their texts.
fn files(ends: &[&str]) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    collect(root(), ends, &mut found);
    found
        .into_iter()
        .map(|path| (path.clone(), read_to_string(path).unwrap()))
        .collect()
}

fn collect(directory: &Path, ends: &[&str], found: &mut Vec<PathBuf>) {
    for entry in directory.read_dir().unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        // What is built, and what is not of the repository.
        if name.starts_with('.') || name == "target" || name == "node_modules" {
            continue;
        }
        if entry.file_type().unwrap().is_dir() {
            collect(&entry.path(), ends, found);
        } else if ends.iter().any(|end| name.ends_with(end)) {
            found.push(entry.path());
        }
    }
}

/// Returns the lines outside of code blocks.
fn prose(text: &str) -> impl Iterator<Item = &str> {
    let mut is_code = false;
    text.lines().filter(move |line| {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        !is_code && !is_fence
    })
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}
