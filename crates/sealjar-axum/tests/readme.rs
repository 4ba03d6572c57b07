//! Does the README show what the repository holds?

#[test]
fn the_readme_shows_the_examples_that_run() {
    let mut shown = include_str!("../../../README.md")
        .split("```rust\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next());

    let visits = include_str!("../examples/visits.rs");
    let (_headline, program) = visits.split_once("\n\n").expect("a headline");
    assert_eq!(shown.next(), Some(program));

    let follow = include_str!("../examples/follow.rs");
    let lines = shown
        .next()
        .expect("the README shows how a ring is followed");
    assert!(follow.contains(lines), "{lines}");
    assert_eq!(shown.next(), None);
}
