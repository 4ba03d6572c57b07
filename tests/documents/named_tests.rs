//! Do the tests exist that SECURITY.md names as evidence?

use crate::files;

#[test]
fn each_test_that_the_security_page_names_is_there() {
    let named = named(include_str!("../../SECURITY.md"));
    assert!(named.len() > 15, "{named:?}");
    let missing: Vec<_> = missing(&named);
    assert!(missing.is_empty(), "{missing:#?}");
}

/// The negative control: what the test above would have noticed.
#[test]
fn a_test_that_was_renamed_is_missing() {
    let text = "`sealjar revoke`\n\n| 7.4.1 | ours | `each_test_that_the_security_page_names_is_there` |\n\
                | 7.4.2 | ours: `Expiry::At`, `a_test_that_nobody_ever_wrote` | |\n\
                | 7.4.3 | `allow_insecure_http` | `and_this_is_not_a_test` |\n";
    let named = named(text);
    assert_eq!(named.len(), 3);
    let absent = ["a_test_that_nobody_ever_wrote", "and_this_is_not_a_test"];
    assert_eq!(missing(&named), absent);
}

/// Returns the names of tests in a row of a table: at least five words joined by underscores.
fn named(text: &str) -> Vec<&str> {
    let rows = text.lines().filter(|line| line.starts_with('|'));
    let spans = rows.flat_map(|row| row.split('`').skip(1).step_by(2));
    spans.filter(|span| span.matches('_').count() > 3).collect()
}

#[expect(
    dead_code,
    reason = "a function that is no test, for the control above"
)]
fn and_this_is_not_a_test() {}

fn missing<'a>(named: &[&'a str]) -> Vec<&'a str> {
    let sources: String = files(&[".rs"]).into_iter().map(|(_, text)| text).collect();
    let is_there = |name: &str| {
        let before = sources.split_once(&format!("fn {name}(")).map(|it| it.0);
        before.is_some_and(|it| it.trim_end().ends_with("test]"))
    };
    let named = named.iter().copied();
    named.filter(|name| !is_there(name)).collect()
}
