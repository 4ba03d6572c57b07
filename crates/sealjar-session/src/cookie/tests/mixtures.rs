//! Parts of two sessions in one header, in every mixture.

use super::super::chunk::Layout;
use super::{ALPHABET, NAME, text, texts};

/// The three parts of a token as pairs.
fn parts(token: &str) -> Vec<String> {
    let layout = Layout::fit(NAME, token.len(), 100, 12_288).unwrap();
    assert_eq!(layout.parts, 3);
    let mut pairs = Vec::new();
    layout.split(token, |suffix, value| {
        pairs.push(format!(
            "{NAME}{}={}",
            suffix.texts().concat(),
            value.concat()
        ));
    });
    pairs
}

/// Every header in which each of three places has the first token's part, the second's, both in
/// either order, or none.
fn mixtures(a: &[String], b: &[String]) -> Vec<Vec<String>> {
    let choices = |place: usize| {
        let (a, b) = (a[place].clone(), b[place].clone());
        [
            vec![],
            vec![a.clone()],
            vec![b.clone()],
            vec![a.clone(), b.clone()],
            vec![b, a],
        ]
    };
    let mut headers = Vec::new();
    for head in choices(0) {
        for first in choices(1) {
            for second in choices(2) {
                headers.push([head.clone(), first.clone(), second].concat());
            }
        }
    }
    headers
}

#[test]
fn every_mixture_of_two_sets_is_torn_or_one_of_the_two() {
    let (a, b) = (text(10, 9000), text(11, 9000));
    let headers = mixtures(&parts(&a), &parts(&b));
    assert_eq!(headers.len(), 125);
    let (mut whole, mut torn) = (0, 0);
    for header in headers {
        let header = vec![header.join("; ")];
        let found = super::Found::scan(&header, NAME);
        for value in found.candidates().unwrap() {
            match super::chunk::join(value, &header, NAME) {
                Ok(text) => {
                    assert!(*text == *a.as_bytes() || *text == *b.as_bytes());
                    whole += 1;
                }
                Err(super::Unjoined::Torn) => torn += 1,
                Err(super::Unjoined::TooLong) => panic!("none of these is too long"),
            }
        }
    }
    // A head joins when both of its parts are there: in 3 of 5 choices each, alone in 1 of 5 heads
    // and beside the other in 2 of 5.
    assert_eq!((whole, torn), (6 * 9, 6 * 16));
}

/// The negative control: if two tokens have the same mark, only the tag can tell their parts apart.
/// Two tokens of one generation do mix, and the jar's tests show that such a mixture is refused.
#[test]
fn tokens_that_share_a_generation_do_mix() {
    let a = text(12, 9000);
    let mut b = text(13, 9000);
    b.replace_range(40..44, &a[40..44]);
    let (a_parts, b_parts) = (parts(&a), parts(&b));
    let mixed = vec![format!("{}; {}; {}", a_parts[0], b_parts[1], a_parts[2])];
    let joined = texts(&mixed, NAME).unwrap();
    assert!(joined[0] != a.as_bytes() && joined[0] != b.as_bytes());
}

#[test]
fn a_generation_that_is_not_the_texts_own_is_torn() {
    let token = text(14, 9000);
    let pairs = parts(&token);
    let own = &token[40..44];
    let mut other = own.to_owned();
    let next = ALPHABET
        .iter()
        .find(|it| **it != own.as_bytes()[0])
        .unwrap();
    other.replace_range(..1, &char::from(*next).to_string());
    let moved: Vec<String> = pairs
        .iter()
        .map(|pair| pair.replacen(&format!("{own}."), &format!("{other}."), 1))
        .collect();
    assert!(moved.iter().zip(&pairs).all(|(a, b)| a != b));
    assert_eq!(texts(&[moved.join("; ")], NAME), Err(super::Unjoined::Torn));
}
