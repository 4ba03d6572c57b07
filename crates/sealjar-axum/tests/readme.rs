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

    let actix = include_str!("../../sealjar-actix/examples/visits.rs");
    let main = shown.next().expect("the README shows actix-web too");
    assert!(actix.ends_with(main), "{main}");
    // One session type and one handler, between the first attribute and the second.
    let shared = |program: &'static str| program.split("#[").nth(1);
    assert!(shared(visits).is_some_and(|text| text.contains("async fn index")));
    assert_eq!(shared(visits), shared(actix));

    let follow = include_str!("../examples/follow.rs");
    let lines = shown
        .next()
        .expect("the README shows how a ring is followed");
    assert!(follow.contains(lines), "{lines}");
    assert_eq!(shown.next(), None);
}
