//! Do the links of the documents lead to existing files and headings?

use std::fs::read_to_string;
use std::path::Path;

use crate::{documents, prose, root};

#[test]
fn each_relative_link_of_a_document_leads_to_a_file_and_its_heading() {
    let documents = documents();
    let dead: Vec<_> = documents
        .iter()
        .flat_map(|(document, text)| dead_links(document, text))
        .collect();
    assert!(dead.is_empty(), "{dead:#?}");
}

/// The negative control: what the test above would have noticed.
#[test]
fn a_link_to_nowhere_is_dead_and_those_to_files_sites_and_headings_are_not() {
    let text = "## A heading, with `code`\n[here](#a-heading-with-code) [there](README.md#use-it)\n\
                [out](https://example.com/a) [no heading](#a-heading) [none there](README.md#use)\n\
                ![a plot](no-such.svg) [up](../nowhere/at/all.md)\n\n[by name]: benches/no-such.md\n\
                ```\n[code](is-no-link)\n# no heading\n```\n[comment](#no-heading)\n";
    let document = root().join("DESIGN.md");
    let dead = dead_links(&document, text);
    let targets: Vec<_> = dead.iter().map(|(_, target)| target.as_str()).collect();
    assert_eq!(
        targets,
        [
            "#a-heading",
            "README.md#use",
            "no-such.svg",
            "../nowhere/at/all.md",
            "benches/no-such.md",
            "#no-heading"
        ]
    );
}

/// Returns the targets of a document's links that do not exist, with the document.
fn dead_links<'a>(document: &'a Path, text: &str) -> Vec<(&'a Path, String)> {
    let place = document.parent().unwrap();
    let leads_nowhere = |target: &&str| {
        let (file, heading) = target.split_once('#').unwrap_or((target, ""));
        let is_relative = !target.contains("://") && !target.starts_with("mailto:");
        let is_there = match (file, heading) {
            (_, "") => place.join(file).exists(),
            ("", heading) => has_heading(text, heading),
            (file, heading) => {
                read_to_string(place.join(file)).is_ok_and(|text| has_heading(&text, heading))
            }
        };
        is_relative && !is_there
    };
    prose(text)
        .flat_map(targets)
        .filter(leads_nowhere)
        .map(|target| (document, target.to_owned()))
        .collect()
}

/// Whether GitHub gives a heading this anchor: lower case, without punctuation, blanks as dashes.
fn has_heading(text: &str, anchor: &str) -> bool {
    let mut headings = prose(text).filter(|line| line.starts_with('#'));
    headings.any(|line| {
        let title = line.trim_start_matches('#').trim().to_lowercase();
        let kept = title.replace(' ', "-");
        let kept = kept
            .chars()
            .filter(|c| c.is_alphanumeric() || "-_".contains(*c));
        kept.eq(anchor.chars())
    })
}

/// Returns the targets of a line's links and link definitions.
fn targets(line: &str) -> Vec<&str> {
    let inline = line.split("](").skip(1);
    let inline = inline.filter_map(|rest| rest.split([')', ' ']).next());
    let by_name = line
        .strip_prefix('[')
        .and_then(|line| line.split_once("]: "));
    inline
        .chain(by_name.map(|(_, target)| target.trim()))
        .collect()
}
