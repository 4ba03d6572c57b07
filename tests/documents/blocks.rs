//! Is each Rust block of a document compiled, and does the README show the example that can be run?

use crate::{documents, files_below, root};

#[test]
fn the_readme_shows_the_example_that_runs() {
    let [shown] = blocks(include_str!("../../README.md")).try_into().unwrap();
    let visits = include_str!("../../crates/sealjar-axum/examples/visits.rs");
    let (_headline, program) = visits.split_once("\n\n").unwrap();
    assert_eq!(shown.code, program);

    let moving = include_str!("../../docs/changing-libraries.md");
    let program = include_str!("../../crates/sealjar-axum/examples/from_a_store.rs");
    let shown = |text: &'static str| {
        let from = text.find("/// Takes the session from the store").unwrap();
        let end = "pair.strip_prefix(\"id=\")";
        &text[from..from + text[from..].find(end).unwrap()]
    };
    assert_eq!(shown(moving), shown(program));

    let operating = blocks(include_str!("../../docs/operating.md"));
    let follow = include_str!("../../crates/sealjar-axum/examples/follow.rs");
    let (_headline, program) = follow.split_once("\n\n").unwrap();
    assert_eq!(operating[0].code, program);
}

/// Its code needs the frameworks, which are not built here, so each block comes from an example.
#[test]
fn each_block_of_the_frameworks_page_is_in_an_example() {
    let page = include_str!("../../docs/frameworks.md");
    assert!(page.matches("```rs\n").count() > 5);
    assert_eq!(in_no_example(page), Vec::<&str>::new());
}

/// The negative control.
#[test]
fn a_block_that_is_in_no_example_is_noticed() {
    let page = "```rs\n#![no_such_example]\n```\n```sh\ncargo\n```\n";
    assert_eq!(in_no_example(page), ["#![no_such_example]\n"]);
}

/// Returns the blocks that no example for a framework has, from its first line to its last.
fn in_no_example(page: &str) -> Vec<&str> {
    let examples = files_below(&root().join("examples/frameworks"), &[".rs"]);
    let blocks = page.split("```").skip(1).step_by(2);
    let code = blocks.filter_map(|block| block.strip_prefix("rs\n"));
    code.filter(|code| !examples.iter().any(|(_, text)| text.contains(*code)))
        .collect()
}

#[test]
fn the_readme_is_read_to_its_end() {
    assert!(include_str!("../../README.md").lines().count() <= 120);
}

/// The README links to actix-web's example instead of showing it.
#[test]
fn both_frameworks_have_one_session_type_and_one_handler() {
    let visits = include_str!("../../crates/sealjar-axum/examples/visits.rs");
    let actix = include_str!("../../crates/sealjar-actix/examples/visits_actix.rs");
    // Between the first attribute and the second.
    let shared = |program: &'static str| program.split("#[").nth(1);
    assert!(shared(visits).is_some_and(|text| text.contains("async fn index")));
    assert_eq!(shared(visits), shared(actix));
}

#[test]
fn every_document_with_rust_blocks_is_compiled_and_nothing_of_them_is_left_out() {
    let compiled = include_str!("lib.rs");
    for (path, text) in documents() {
        let name = path.strip_prefix(root()).unwrap().to_str().unwrap();
        let blocks = blocks(&text);
        let is_compiled = compiled.contains(&format!("include_str!(\"../../{name}\")"));
        assert!(
            blocks.is_empty() || is_compiled,
            "tests/documents/lib.rs does not name {name}"
        );
        for block in blocks {
            assert!(
                !block.is_left_out(),
                "nobody compiles, in {name}: {block:?}"
            );
        }
    }
}

/// The negative control: the blocks that the tests above check.
#[test]
fn blocks_of_rust_are_found_with_their_words_and_without_other_code() {
    let text =
        "```rust\none\n```\n```toml\nno\n```\n  ```rust,ignore\n  two\n  ```\n```\nno\n```\n";
    let found: Vec<_> = blocks(text)
        .into_iter()
        .map(|block| (block.words, block.code))
        .collect();
    assert_eq!(found, [("", "one\n"), ("ignore", "  two\n")]);

    let test = "```rust\n#[test]\nfn two() {}\n```\n";
    let left_out = |text| blocks(text).iter().filter(|it| it.is_left_out()).count();
    assert_eq!((left_out(text), left_out(test)), (1, 1));
}

#[derive(Debug)]
struct Block<'a> {
    /// The words after `rust` in the fence, such as `no_run`.
    words: &'a str,
    code: &'a str,
}

impl Block<'_> {
    /// Whether a doctest skips the block or a part of it: a test function does not run in a
    /// program.
    fn is_left_out(&self) -> bool {
        self.words.contains("ignore") || self.code.contains("test]\n")
    }
}

fn blocks(text: &str) -> Vec<Block<'_>> {
    let fenced = text.split("```").skip(1).step_by(2);
    fenced
        .filter_map(|block| block.strip_prefix("rust"))
        .filter_map(|block| block.split_once('\n'))
        .map(|(words, code)| Block {
            words: words.trim_start_matches(','),
            // The indentation of a closing fence in a list.
            code: code.trim_end_matches(' '),
        })
        .collect()
}
