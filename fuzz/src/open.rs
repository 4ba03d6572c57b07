//! Does a text open that was not sealed, or is it refused for another reason than SPEC.md gives?

use std::fmt;
use std::sync::LazyLock;

use arbitrary::{Arbitrary, Result, Unstructured};
use sealjar::{Context, OpenError, Opened, Sealer, Token};

use crate::edits::edit;
use crate::genuine::{CANARY, TOKENS};
use crate::reach::Reach;
use crate::reference;
use crate::ring::{NOW, RING};

/// A text from outside: any bytes, or a token that was damaged before or after it was encoded, or
/// bytes after the id of one of our keys. The first byte says which.
pub struct Text(pub Vec<u8>);

impl<'a> Arbitrary<'a> for Text {
    fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
        let way = input.int_in_range(0..=7)?;
        if way == 0 {
            let rest = input.len();
            return Ok(Self(input.bytes(rest)?.to_vec()));
        }
        let [token, other] = [input.choose(&TOKENS)?, input.choose(&TOKENS)?];
        if way == 1 {
            let mut text = token.text.as_bytes().to_vec();
            edit(&mut text, other.text.as_bytes(), input)?;
            return Ok(Self(text));
        }
        let mut raw = token.raw.clone();
        if way == 2 {
            edit(&mut raw, &other.raw, input)?;
        } else if way < 5 {
            let mut sealed = raw.split_off(17);
            edit(&mut sealed, &other.raw[17..], input)?;
            raw.append(&mut sealed);
        } else {
            let rest = input.bytes(input.len())?;
            raw.splice(17..raw.len().min(17 + rest.len()), rest.iter().copied());
        }
        Ok(Self(reference::encode(&raw)))
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Text({})", self.0.escape_ascii())
    }
}

/// Opens a text in both ways, which must agree, and returns `opened` or the name of the refusal.
///
/// # Panics
/// When the ways disagree, when a token is printed differently from its text, or when an error
/// repeats what is sealed.
#[must_use]
pub fn opened(text: &[u8]) -> &'static str {
    let at_once = SEALER.open_at(text, NOW);
    let in_two = Token::parse(text).and_then(|token| {
        assert_eq!(token.to_string().as_bytes(), text);
        SEALER.open_token_at(&token, NOW)
    });
    let word = word(&at_once);
    REACH.count(matches!(word, "forged" | "opened"));
    match (at_once, in_two) {
        (Ok(one), Ok(other)) => {
            assert_eq!(one.payload(), other.payload());
            assert_eq!(format!("{one:?}"), format!("{other:?}"));
            assert!(!format!("{one:?}").contains(CANARY));
        }
        (Err(one), Err(other)) => {
            assert_eq!(one, other);
            // The message of a refusal depends on its kind and on a key's id, which a forged text
            // does not have.
            assert!(one == OpenError::Forged || !format!("{one} {one:?}").contains(CANARY));
        }
        (one, other) => panic!("{one:?} at once, {other:?} in two steps"),
    }
    word
}

fn word(answer: &std::result::Result<Opened, OpenError>) -> &'static str {
    match answer {
        Ok(_) => "opened",
        Err(refusal) => refusal.kind().as_str(),
    }
}

/// Returns the context of [`TOKENS`].
#[must_use]
pub fn context() -> Context {
    Context::new("fuzz-test", "invitation")
        .cookie_name("__Host-invitation")
        .binding("tenant")
}

static SEALER: LazyLock<Sealer> =
    LazyLock::new(|| Sealer::new(RING.clone(), context()).expect("the context is short"));

static REACH: Reach = Reach::new("came as far as the tag");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_genuine_token_gets_the_word_of_its_line() {
        for token in &*TOKENS {
            assert_eq!(opened(token.text.as_bytes()), token.word);
        }
    }

    #[test]
    fn the_genuine_tokens_get_every_word_that_a_sealed_one_can() {
        let words: std::collections::BTreeSet<_> = TOKENS.iter().map(|it| it.word).collect();
        for word in [
            "bad_time",
            "expired",
            "opened",
            "outside_key_window",
            "revoked_all",
            "revoked_key",
            "spent_key",
        ] {
            assert!(words.contains(word), "{word} is missing");
        }
    }

    #[test]
    fn a_genuine_token_is_longer_than_what_is_decoded_at_once() {
        assert!(TOKENS.iter().any(|it| it.text.len() > 1_024));
    }

    /// The negative control: the fuzzer would notice an opener that accepts one forged text.
    #[test]
    fn a_text_that_opens_without_having_been_sealed_is_caught() {
        let ring = RING.load();
        let (unlisted, listed) = TOKENS.split_first().expect("there are tokens");
        let text = unlisted.text.as_bytes();
        assert_eq!(opened(text), "opened");
        assert_eq!(reference::opened(text, &ring, listed), "forged");
    }
}
