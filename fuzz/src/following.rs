//! Does a keeper take a question, or a replica a head or an answer, that nobody has made?
//!
//! The models are SPEC.md, section 7: what is genuine is in a list, and the rules are written once
//! more, plainly.

use std::fmt;
use std::sync::LazyLock;

use arbitrary::{Arbitrary, Result, Unstructured};
use hkdf::Hkdf;
use hkdf::hmac::{Hmac, KeyInit as _, Mac as _};
use sealjar::Timestamp;
use sealjar_follow::{
    AnswerError, Asked, Head, HeadError, Instance, Patience, Question, QuestionError, SignedHead,
    SpeakerKey, UncheckedQuestion, relay_answer, seal_list, seal_ring, sign_answer,
};
use sha2::Sha256;

use crate::edits::edit;
use crate::reach::Reach;

/// Bytes that should be a head of the ring `web`.
pub struct SomeHead(pub Vec<u8>);

impl<'a> Arbitrary<'a> for SomeHead {
    fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
        let mut bytes = input.choose(&HEADS[..])?.as_bytes().to_vec();
        edit(&mut bytes, input.choose(&HEADS[..])?.as_bytes(), input)?;
        Ok(Self(bytes))
    }
}

impl fmt::Debug for SomeHead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.escape_ascii())
    }
}

/// Returns whether the bytes are taken for a head, in one word.
///
/// # Panics
/// When the head is not the one that was signed.
#[must_use]
pub fn head_taken(head: &SomeHead) -> &'static str {
    match SignedHead::verify(SPEAKER.delivery_key(), "web", &head.0) {
        Ok(taken) => {
            assert_eq!(taken.as_bytes()[..], head.0);
            "taken"
        }
        Err(HeadError::NotAHead) => "not_a_head",
        Err(HeadError::Signature) => "signature",
        Err(_) => "unheard of",
    }
}

/// Returns what SPEC.md says of them.
#[must_use]
pub fn head_expected(SomeHead(bytes): &SomeHead) -> &'static str {
    let has_form = bytes.len() == 158
        && bytes.starts_with(b"sealjar-head-1")
        && (bytes[54..62] == [0; 8]) == (bytes[62..94] == [0; 32]);
    HEADS_REACH.count(has_form);
    if !has_form {
        "not_a_head"
    } else if is_genuine_head(bytes) {
        "taken"
    } else {
        "signature"
    }
}

/// Bytes that should be a question about the ring `web`.
pub struct SomeQuestion(pub Vec<u8>);

impl<'a> Arbitrary<'a> for SomeQuestion {
    fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
        let is_authentic = input.ratio(2, 3)?;
        let mut bytes = input.choose(&QUESTIONS[..])?.clone();
        if is_authentic {
            // Who has the key sends it: only the form is wrong.
            bytes.truncate(bytes.len() - 32);
        }
        edit(&mut bytes, input.choose(&QUESTIONS[..])?, input)?;
        if is_authentic {
            let mac = mac(&bytes);
            bytes.extend_from_slice(&mac);
        }
        Ok(Self(bytes))
    }
}

impl fmt::Debug for SomeQuestion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.escape_ascii())
    }
}

/// Returns what a keeper makes of a question, in one word.
///
/// # Panics
/// When what is read is not what is written.
#[must_use]
pub fn question_taken(question: &SomeQuestion) -> &'static str {
    let bytes = &question.0;
    let key = SPEAKER.delivery_key();
    let checked = UncheckedQuestion::new(bytes).and_then(|it| it.check(key, "web"));
    match checked {
        Ok(read) => {
            assert_eq!(read.to_bytes(key, "web"), *bytes);
            "taken"
        }
        Err(QuestionError::NotAQuestion) => "not_a_question",
        Err(QuestionError::OtherKey) => "other_key",
        Err(QuestionError::Forged) => "forged",
        Err(QuestionError::Held(_)) => "held",
        Err(_) => "unheard of",
    }
}

/// Returns what SPEC.md says of it.
#[must_use]
pub fn question_expected(SomeQuestion(bytes): &SomeQuestion) -> &'static str {
    let word = question_word(bytes);
    QUESTIONS_REACH.count(!matches!(word, "other_key" | "forged"));
    word
}

fn question_word(bytes: &[u8]) -> &'static str {
    if !(98..=320).contains(&bytes.len()) {
        return "not_a_question";
    }
    let (said, code) = bytes.split_at(bytes.len() - 32);
    if said[..16] != *SPEAKER.id().bytes() {
        return "other_key";
    }
    if mac(said) != code {
        return "forged";
    }
    let number = |at: usize| usize::from(said[at]) * 256 + usize::from(said[at + 1]);
    let wait = number(60);
    let name = 64..64 + number(62);
    if (wait > 25 && wait != 65_535) || name.len() > 64 || name.end + 2 > said.len() {
        return "not_a_question";
    }
    let head = name.end + 2..name.end + 2 + number(name.end);
    if head.end != said.len() || std::str::from_utf8(&said[name]).is_err() {
        return "not_a_question";
    }
    if head.is_empty() || is_genuine_head(&said[head]) {
        "taken"
    } else {
        "held"
    }
}

/// Bytes that should be an answer to a replica that holds something.
pub struct SomeAnswer {
    pub bytes: Vec<u8>,
    /// Which of [`HEADS`] it holds.
    pub held: Option<usize>,
}

impl<'a> Arbitrary<'a> for SomeAnswer {
    fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
        let held = input.arbitrary::<bool>()?;
        let held = if held {
            Some(input.choose_index(HEADS.len())?)
        } else {
            None
        };
        let mut bytes = input.choose(&SIGNED[..])?.to_vec();
        for _ in 0..input.int_in_range(0..=3)? {
            bytes.extend_from_slice(input.choose(&PARTS[..])?);
        }
        if input.arbitrary()? {
            edit(&mut bytes, input.choose(&SIGNED[..])?, input)?;
        }
        Ok(Self { bytes, held })
    }
}

impl fmt::Debug for SomeAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.held, self.bytes.escape_ascii())
    }
}

/// What a replica makes of an answer: which numbers it takes and whether it is confirmed.
#[derive(Debug, Eq, PartialEq)]
pub enum Outcome {
    Refused,
    Taken {
        is_confirmed: bool,
        ring: bool,
        list: bool,
    },
}

/// Judges an answer.
///
/// # Panics
/// When something is taken that no keeper has signed.
#[must_use]
pub fn answer_taken(answer: &SomeAnswer) -> Outcome {
    let held = answer.held.map(|at| HEADS[at].head());
    let asked = Asked {
        key: SPEAKER.delivery_key(),
        ring: "web",
        nonce: &NONCE,
        held,
        sent: NOW,
    };
    match asked.judge(&answer.bytes, NOW) {
        Ok(judged) => {
            let (mut ring, mut list) = (false, false);
            if let Some(news) = judged.news {
                let head = news.head.head();
                assert!(is_genuine_head(news.head.as_bytes()));
                if let Some(document) = &news.document {
                    assert_eq!(Head::of(0, document, None).ring, head.ring);
                }
                if let Some(list) = &news.list {
                    assert_eq!(Head::of(0, list, None).ring, head.list);
                }
                (ring, list) = (news.document.is_some(), news.list.is_some());
            }
            Outcome::Taken {
                is_confirmed: judged.confirmed.is_some(),
                ring,
                list,
            }
        }
        Err(AnswerError::Ahead { .. }) => panic!("no genuine head lies ahead"),
        Err(_) => Outcome::Refused,
    }
}

/// Returns what SPEC.md says of it.
#[must_use]
pub fn answer_expected(answer: &SomeAnswer) -> Outcome {
    let outcome = answer_outcome(answer);
    ANSWERS_REACH.count(outcome != Outcome::Refused);
    outcome
}

fn answer_outcome(SomeAnswer { bytes, held }: &SomeAnswer) -> Outcome {
    let signed = SIGNED.iter().position(|it| bytes.starts_with(it));
    // The last of them answers another question.
    let Some(signed) = signed.filter(|at| *at + 1 < SIGNED.len()) else {
        return Outcome::Refused;
    };
    let is_confirmed = signed % 2 == 0;
    let number = |at: usize| {
        let head = HEADS[at].head();
        (head.epoch, head.seq)
    };
    let offered = number(signed / 2);
    let (mut ring, mut list) = (true, offered.1 > 0);
    if let Some(held) = held.map(number) {
        if offered == held {
            // Nobody looks at what comes with it.
            return Outcome::Taken {
                is_confirmed,
                ring: false,
                list: false,
            };
        }
        if offered.0 < held.0 || offered.1 < held.1 {
            return Outcome::Refused;
        }
        (ring, list) = (offered.0 > held.0, offered.1 > held.1);
    }
    let Some((came_ring, came_list)) = parts(&bytes[226..]) else {
        return Outcome::Refused;
    };
    let has_ring = came_ring.is_some_and(|it| *it == PARTS[signed / 2][5..]);
    let has_list = came_list.is_some_and(|it| offered.1 > 0 && *it == PARTS[HEADS.len()][5..]);
    if (ring && !has_ring) || (list && !has_list) {
        return Outcome::Refused;
    }
    Outcome::Taken {
        is_confirmed,
        ring,
        list,
    }
}

/// A ring and a list, as they travel.
type Blobs<'a> = (Option<&'a [u8]>, Option<&'a [u8]>);

/// The blobs of the two kinds, `None` if something is cut off or there are two of one.
fn parts(mut bytes: &[u8]) -> Option<Blobs<'_>> {
    let (mut ring, mut list) = (None, None);
    while !bytes.is_empty() {
        let length = bytes.get(1..5)?;
        let length = u32::from_be_bytes([length[0], length[1], length[2], length[3]]) as usize;
        let blob = bytes.get(5..5_usize.checked_add(length)?)?;
        let before = match bytes[0] {
            1 => ring.replace(blob),
            2 => list.replace(blob),
            _ => None,
        };
        if before.is_some() {
            return None;
        }
        bytes = &bytes[5 + length..];
    }
    Some((ring, list))
}

fn is_genuine_head(bytes: &[u8]) -> bool {
    HEADS.iter().any(|it| it.as_bytes()[..] == *bytes)
}

/// The code of a question, computed from the key as SPEC.md says.
fn mac(said: &[u8]) -> Vec<u8> {
    // The secret in `genuine/speaker.txt`, one that everybody knows.
    let secret: [u8; 32] = std::array::from_fn(|at| (0xA5 + 37 * at).to_le_bytes()[0] ^ 1);
    let prk = Hkdf::<Sha256>::new(Some(b"sealjar/v1"), &secret);
    let mut key = [0; 32];
    prk.expand(b"key\0\x01\0\x03web\0\x08ring-ask", &mut key)
        .expect("32 bytes are one hash");
    let mac = Hmac::<Sha256>::new_from_slice(&key).expect("any length will do");
    let mac = mac.chain_update(b"ask\0").chain_update(said).finalize();
    mac.into_bytes().to_vec()
}

/// The keeper's key.
static SPEAKER: LazyLock<SpeakerKey> = LazyLock::new(|| {
    SpeakerKey::from_bytes(include_bytes!("../genuine/speaker.txt")).expect("the key is whole")
});

const NONCE: [u8; 16] = [9; 16];
const NOW: Timestamp = Timestamp::from_stored(10_000_000);

/// What the keeper has ever signed: two epochs, and a list with the second.
static HEADS: LazyLock<[SignedHead; 3]> = LazyLock::new(|| {
    let list = Some((3, &b"the list"[..]));
    [
        Head::of(7, b"document 0", None),
        Head::of(8, b"document 1", None),
        Head::of(8, b"document 1", list),
    ]
    .map(|head| SignedHead::sign(&SPEAKER, "web", head))
});

/// What comes before the parts: of each head as its keeper and as a relay have it, and an answer to
/// another question.
static SIGNED: LazyLock<Vec<[u8; 226]>> = LazyLock::new(|| {
    let mut signed = Vec::new();
    for head in HEADS.iter() {
        signed.push(sign_answer(&SPEAKER, "web", &NONCE, NOW, head));
        signed.push(relay_answer(head));
    }
    signed.push(sign_answer(&SPEAKER, "web", &[8; 16], NOW, &HEADS[2]));
    signed
});

/// The ring of each head, the list, one of a later kind, and two that a replica has made.
static PARTS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let key = SPEAKER.delivery_key();
    let ring = |epoch, document: &[u8]| seal_ring(key, "web", epoch, document);
    let second = ring(8, b"document 1");
    [
        ring(7, b"document 0"),
        second.clone(),
        second,
        seal_list(key, "web", 3, b"the list"),
        Ok(vec![9, 0, 0, 0, 1, 1]),
        ring(8, b"mine"),
        seal_list(key, "web", 3, b"mine"),
    ]
    .map(|part| part.expect("there are random bytes"))
    .into()
});

/// Questions with each form of each field.
static QUESTIONS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let key = SPEAKER.delivery_key();
    let question = |patience, name: &str, held: Option<&SignedHead>| {
        Question {
            nonce: NONCE,
            instance: Instance::from_bytes([5; 16]),
            count: 6,
            time: NOW,
            patience,
            name: name.into(),
            held: held.cloned(),
        }
        .to_bytes(key, "web")
    };
    vec![
        question(Patience::Waits(25), "web.1", Some(&HEADS[2])),
        question(Patience::Waits(0), "", None),
        question(Patience::Ends, &"ä".repeat(32), Some(&HEADS[0])),
    ]
});

static HEADS_REACH: Reach = Reach::new("had the form of a head");
static QUESTIONS_REACH: Reach = Reach::new("came past the code");
static ANSWERS_REACH: Reach = Reach::new("were taken");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_genuine_is_taken() {
        for head in HEADS.iter() {
            let head = SomeHead(head.as_bytes().to_vec());
            assert_eq!(
                (head_taken(&head), head_expected(&head)),
                ("taken", "taken")
            );
        }
        for bytes in QUESTIONS.iter() {
            let question = SomeQuestion(bytes.clone());
            let words = (question_taken(&question), question_expected(&question));
            assert_eq!(words, ("taken", "taken"));
        }
    }

    #[test]
    fn each_answer_with_each_parts_to_each_replica_is_judged_as_the_model_says() {
        let mut taken = 0;
        for signed in SIGNED.iter() {
            for (at, first) in PARTS.iter().enumerate() {
                for second in &PARTS[at..] {
                    for held in [None, Some(0), Some(1), Some(2)] {
                        let bytes = [&signed[..], first, second].concat();
                        let answer = SomeAnswer { bytes, held };
                        let outcome = answer_taken(&answer);
                        taken += usize::from(outcome != Outcome::Refused);
                        assert_eq!(outcome, answer_expected(&answer), "{answer:?}");
                    }
                }
            }
        }
        assert!(taken > 100, "{taken}");
    }

    /// The negative control: a reader that takes a head for its form.
    #[test]
    fn a_head_that_nobody_has_signed_is_noticed() {
        let mut bytes = HEADS[0].as_bytes().to_vec();
        bytes[94] ^= 1;
        let head = SomeHead(bytes);
        let by_form = if head.0.len() == 158 {
            "taken"
        } else {
            "not_a_head"
        };
        assert_ne!(by_form, head_expected(&head));
    }
}
