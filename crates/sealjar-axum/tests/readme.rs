//! Does the README show what the repository holds?

#[test]
fn the_readme_shows_the_example_that_runs() {
    let readme = include_str!("../../../README.md");
    let example = include_str!("../examples/visits.rs");
    let shown = readme
        .split("```rust\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next())
        .expect("the README has a block of Rust");
    let runs = example
        .split_once("\n\n")
        .expect("the example has a headline")
        .1;
    assert_eq!(shown, runs);
}
