//! Are the documents right about their links, their width, and the code that they show?

#![expect(clippy::unwrap_used, reason = "in a test a panic is the assertion")]

mod blocks;
mod links;
mod named_tests;
mod width;

use std::fs::{create_dir_all, read_to_string, write};
use std::path::{Path, PathBuf};

use ignore::WalkBuilder;

/// Returns the documents of the repository with their texts.
fn documents() -> Vec<(PathBuf, String)> {
    let found = files(&[".md"]);
    assert!(found.len() > 8, "{found:?}");
    found
}

/// Returns the files of the repository whose names end in one of these, with their texts.
fn files(ends: &[&str]) -> Vec<(PathBuf, String)> {
    files_below(root(), ends)
}

/// Leaves out files that `.gitignore` names: a build made them, and some recipes leave them behind.
fn files_below(directory: &Path, ends: &[&str]) -> Vec<(PathBuf, String)> {
    WalkBuilder::new(directory)
        .require_git(false)
        .git_global(false)
        .parents(false)
        .build()
        .map(|entry| entry.unwrap().into_path())
        .filter(|path| {
            path.is_file() && ends.iter().any(|end| path.to_str().unwrap().ends_with(end))
        })
        .map(|path| (path.clone(), read_to_string(path).unwrap()))
        .collect()
}

#[test]
fn what_a_recipe_has_built_is_no_file_of_the_repository() {
    let directory = tempfile::tempdir().unwrap();
    let package = directory.path().join("package");
    create_dir_all(package.join("dist")).unwrap();
    for (file, text) in [
        (".gitignore", "/dist\n"),
        ("a.ts", "ours"),
        ("dist/a.ts", "built"),
    ] {
        write(package.join(file), text).unwrap();
    }
    let found = files_below(directory.path(), &[".ts"]);
    assert_eq!(found, [(package.join("a.ts"), "ours".to_owned())]);
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
