//! Is prose wrapped at 100 columns, in documents and in comments, and is no table cell a paragraph?
//!
//! Rows of tables, links that cannot be broken and blocks of code may be wider.

use std::path::Path;

use crate::{documents, files, prose, root};

/// In characters.
const COLUMNS: usize = 100;
const CELL: usize = 120;

#[test]
fn no_line_of_prose_is_wider_than_100_columns_and_no_cell_than_120() {
    let documents = documents();
    let wide: Vec<_> = documents
        .iter()
        .flat_map(|(document, text)| wide_lines(document, text))
        .collect();
    assert!(wide.is_empty(), "{wide:#?}");
}

/// The negative control: what the test above would have seen, and what it lets pass.
#[test]
fn a_wide_line_is_noticed_unless_it_is_a_table_code_or_one_long_word() {
    let long = "word ".repeat(21);
    let address = format!("https://example.com/{}", "a".repeat(100));
    let text = format!(
        "{long}\n| {long} | {long} |\n```text\n{long}\n```\n{address}\n[name]: {address}\n\
         * [text]({address}),\n* {long}\n| {long} {long} |\n"
    );
    let lines: Vec<_> = wide_lines(root(), &text)
        .into_iter()
        .map(|(_, line)| line.trim())
        .collect();
    let list = format!("* {long}");
    let row = format!("| {long} {long} |");
    assert_eq!(lines, [long.trim(), list.trim(), row.as_str()]);
}

#[test]
fn no_comment_is_wider_than_100_columns() {
    let sources = files(&[
        ".rs",
        ".toml",
        ".py",
        ".ts",
        ".js",
        ".yml",
        ".yaml",
        ".cfg",
        ".conf",
        ".service",
        ".timer",
        ".sh",
        "Dockerfile",
    ]);
    assert!(sources.len() > 400, "{}", sources.len());
    let wide: Vec<_> = sources
        .iter()
        .flat_map(|(path, text)| wide_comments(text).map(move |line| (path, line)))
        .collect();
    assert!(wide.is_empty(), "{wide:#?}");
}

/// The negative control.
#[test]
fn a_wide_comment_is_noticed_unless_it_is_code_or_one_long_word() {
    let long = "word ".repeat(21);
    let address = format!("https://example.com/{}", "a".repeat(100));
    let text = format!(
        "let s = \"{long}\";\n/// {long}\n    // {address}\n# {long}\n\
         /** {long}*/\n/* {long}*/\n/** {address} */\n"
    );
    let lines: Vec<_> = wide_comments(&text).collect();
    let wide = ["/// ", "# ", "/** ", "/* "].map(|marker| format!("{marker}{long}"));
    let closed = |line: &String| line.starts_with("/*").then(|| format!("{line}*/"));
    assert_eq!(lines, wide.map(|line| closed(&line).unwrap_or(line)));
}

fn wide_comments(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| {
        let words = line.trim_start();
        let marker = ["///", "//!", "//", "# ", "* ", "/**", "/*"]
            .into_iter()
            .find(|it| words.starts_with(it));
        let words = marker.map(|it| words[it.len()..].trim_end_matches("*/").trim());
        line.chars().count() > COLUMNS && words.is_some_and(|words| words.contains(' '))
    })
}

/// Returns the lines that are too wide, with the document.
fn wide_lines<'a>(document: &'a Path, text: &'a str) -> Vec<(&'a Path, &'a str)> {
    prose(text)
        .filter(|line| is_wide(line))
        .map(|line| (document, line))
        .collect()
}

fn is_wide(line: &str) -> bool {
    if line.starts_with('|') {
        // A `|` inside a cell is written `\|`.
        let cells = line.replace("\\|", "/");
        return cells
            .split('|')
            .any(|cell| cell.trim().chars().count() > CELL);
    }
    let is_definition = line.starts_with('[') && line.contains("]: ");
    let words = line.trim_start().trim_start_matches(['*', '-', ' ']);
    line.chars().count() > COLUMNS && !is_definition && words.contains(' ')
}
