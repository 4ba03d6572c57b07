//! Do the links of the documents lead to files that are there?

use std::path::Path;

use crate::{documents, prose, root};

#[test]
fn each_relative_link_of_a_document_leads_to_a_file() {
    let documents = documents();
    let dead: Vec<_> = documents
        .iter()
        .flat_map(|(document, text)| dead_links(document, text))
        .collect();
    assert!(dead.is_empty(), "{dead:#?}");
}

/// The negative control: what the test above would have seen.
#[test]
fn a_link_to_nowhere_is_dead_and_those_to_files_sites_and_headings_are_not() {
    let text = "[here](#heading) [there](README.md#heading) [out](https://example.com/a)\n\
                ![a plot](no-such.svg) [up](../nowhere/at/all.md)\n\n[by name]: benches/no-such.md\n\
                ```\n[code](is-no-link)\n```\n";
    let document = root().join("DESIGN.md");
    let dead = dead_links(&document, text);
    let targets: Vec<_> = dead.iter().map(|(_, target)| target.as_str()).collect();
    assert_eq!(
        targets,
        ["no-such.svg", "../nowhere/at/all.md", "benches/no-such.md"]
    );
}

/// Returns what a document links to that is not there, with the document.
fn dead_links<'a>(document: &'a Path, text: &str) -> Vec<(&'a Path, String)> {
    let place = document.parent().unwrap();
    let leads_nowhere = |target: &&str| {
        let file = target.split('#').next().unwrap();
        let is_relative = !target.contains("://") && !target.starts_with("mailto:");
        is_relative && !place.join(file).exists()
    };
    prose(text)
        .flat_map(targets)
        .filter(leads_nowhere)
        .map(|target| (document, target.to_owned()))
        .collect()
}

/// Returns what a line links to, in the line or by a name that it defines.
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
