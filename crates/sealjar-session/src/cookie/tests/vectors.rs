//! Are cookie headers read as in the second implementation's vectors?

use super::{Unjoined, texts};

#[test]
fn the_vectors_give_exactly_their_candidates() {
    let vectors: serde_json::Value =
        serde_json::from_str(include_str!("../../../vectors/session_v2.json")).unwrap();
    let headers = &vectors["cookie_headers"];
    let name = headers["name"].as_str().unwrap();
    let cases = headers["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 21);
    let mut torn_cases = 0;
    for case in cases {
        let why = case["why"].as_str().unwrap();
        let lines: Vec<Vec<u8>> = case["headers"]
            .as_array()
            .unwrap()
            .iter()
            .map(|line| unhex(line.as_str().unwrap()))
            .collect();
        let mut wanted: Vec<Vec<u8>> = case["candidates"]
            .as_array()
            .unwrap()
            .iter()
            .map(|text| text.as_str().unwrap().as_bytes().to_vec())
            .collect();
        if case.get("torn").is_some() {
            torn_cases += 1;
            assert_eq!(texts(&lines, name), Err(Unjoined::Torn), "{why}");
            continue;
        }
        let mut found = texts(&lines, name).unwrap_or_else(|_| panic!("{why}: torn"));
        found.sort();
        wanted.sort();
        assert_eq!(found, wanted, "{why}");
    }
    assert_eq!(torn_cases, 4);
}

fn unhex(text: &str) -> Vec<u8> {
    assert_eq!(text.len() % 2, 0);
    (0..text.len() / 2)
        .map(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).unwrap())
        .collect()
}
