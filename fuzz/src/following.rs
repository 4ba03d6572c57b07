//! Does a keeper take a question, or a replica a head or an answer, that nobody has made?
//!
//! The models are SPEC.md, section 7: what is genuine is in a list, and the rules are written once
//! more, plainly.

use std::fmt;
use std::sync::LazyLock;

use arbitrary::{Arbitrary, Result, Unstructured};
use hkdf::Hkdf;
use hkdf::hmac::{Hmac, KeyInit as _, Mac as _};
use sealjar::keeper::{ListDraft, ListRecord, Room};
use sealjar::{Key, KeyRing, ListDelta, Revocation, RevocationList, Suite, Timestamp};
use sealjar_follow::{
    AnswerError, Asked, Head, HeadError, Instance, Patience, Question, QuestionError, RequestError,
    RevokeRequest, SignedHead, SpeakerKey, UncheckedQuestion, UncheckedRevokeRequest, relay_answer,
    seal_delta, seal_list, seal_ring, sign_answer,
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

/// Bytes that should be a request to revoke in the ring `web`.
pub struct SomeRequest(pub Vec<u8>);

impl<'a> Arbitrary<'a> for SomeRequest {
    fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
        let is_authentic = input.ratio(2, 3)?;
        let mut bytes = input.choose(&REQUESTS[..])?.clone();
        if is_authentic {
            bytes.truncate(bytes.len() - 32);
        }
        edit(&mut bytes, input.choose(&REQUESTS[..])?, input)?;
        if is_authentic {
            let code = code(b"revoke\0", &bytes);
            bytes.extend_from_slice(&code);
        }
        Ok(Self(bytes))
    }
}

impl fmt::Debug for SomeRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.escape_ascii())
    }
}

/// Returns what a keeper makes of a request to revoke, in one word.
///
/// # Panics
/// When what is read is not what is written.
#[must_use]
pub fn request_taken(request: &SomeRequest) -> &'static str {
    let bytes = &request.0;
    let key = SPEAKER.delivery_key();
    match UncheckedRevokeRequest::new(bytes).and_then(|it| it.check(key, "web")) {
        Ok(read) => {
            assert_eq!(read.to_bytes(key, "web"), *bytes);
            "taken"
        }
        Err(RequestError::NotARequest) => "not_a_request",
        Err(RequestError::OtherKey) => "other_key",
        Err(RequestError::Forged) => "forged",
        Err(_) => "unheard of",
    }
}

/// Returns what SPEC.md says of it.
#[must_use]
pub fn request_expected(SomeRequest(bytes): &SomeRequest) -> &'static str {
    let word = request_word(bytes);
    REQUESTS_REACH.count(!matches!(word, "other_key" | "forged"));
    word
}

fn request_word(bytes: &[u8]) -> &'static str {
    if !(99..=99 + 255 * 13).contains(&bytes.len()) {
        return "not_a_request";
    }
    let (said, right) = bytes.split_at(bytes.len() - 32);
    if said[..16] != *SPEAKER.id().bytes() {
        return "other_key";
    }
    if code(b"revoke\0", said) != right {
        return "forged";
    }
    let count = usize::from(said[52]) * 256 + usize::from(said[53]);
    let records = &said[54..];
    let is_record = |it: &[u8]| matches!(it[0], 1 | 2) || (it[0] == 3 && it[9..] == [0; 4]);
    if records.len() == 13 * count && records.chunks(13).all(is_record) {
        "taken"
    } else {
        "not_a_request"
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
        list: answer.held.and_then(|at| LISTS[at].as_ref()),
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
                    assert_eq!(Head::of(0, &list.to_bytes(), None).ring, head.list);
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
    let Some([came_ring, came_list, came_delta]) = parts(&bytes[226..]) else {
        return Outcome::Refused;
    };
    let is_part = |came: Option<&[u8]>, at: usize| came.is_some_and(|it| *it == PARTS[at][5..]);
    let has_ring = is_part(came_ring, signed / 2);
    // The first list has no delta; the second has one that leads to it from the first.
    let has_list = match signed / 2 {
        2 => is_part(came_list, FIRST_LIST),
        3 if came_list.is_some() => is_part(came_list, SECOND_LIST),
        3 => *held == Some(2) && is_part(came_delta, DELTA),
        _ => false,
    };
    if (ring && !has_ring) || (list && !has_list) {
        return Outcome::Refused;
    }
    Outcome::Taken {
        is_confirmed,
        ring,
        list,
    }
}

/// The blobs of a ring, a list and a delta, `None` if something is cut off or there are two of one.
fn parts(mut bytes: &[u8]) -> Option<[Option<&[u8]>; 3]> {
    let mut blobs = [None; 3];
    while !bytes.is_empty() {
        let length = bytes.get(1..5)?;
        let length = u32::from_be_bytes([length[0], length[1], length[2], length[3]]) as usize;
        let blob = bytes.get(5..5_usize.checked_add(length)?)?;
        let place = usize::from(bytes[0]).wrapping_sub(1);
        if let Some(place) = blobs.get_mut(place)
            && place.replace(blob).is_some()
        {
            return None;
        }
        bytes = &bytes[5 + length..];
    }
    Some(blobs)
}

fn is_genuine_head(bytes: &[u8]) -> bool {
    HEADS.iter().any(|it| it.as_bytes()[..] == *bytes)
}

/// The code of a question, computed from the key as SPEC.md says.
fn mac(said: &[u8]) -> Vec<u8> {
    code(b"ask\0", said)
}

fn code(label: &[u8], said: &[u8]) -> Vec<u8> {
    // The secret in `genuine/speaker.txt`, one that everybody knows.
    let secret: [u8; 32] = std::array::from_fn(|at| (0xA5 + 37 * at).to_le_bytes()[0] ^ 1);
    let prk = Hkdf::<Sha256>::new(Some(b"sealjar/v1"), &secret);
    let mut key = [0; 32];
    prk.expand(b"key\0\x01\0\x03web\0\x08ring-ask", &mut key)
        .expect("32 bytes are one hash");
    let mac = Hmac::<Sha256>::new_from_slice(&key).expect("any length will do");
    let mac = mac.chain_update(label).chain_update(said).finalize();
    mac.into_bytes().to_vec()
}

/// The keeper's key.
static SPEAKER: LazyLock<SpeakerKey> = LazyLock::new(|| {
    SpeakerKey::from_bytes(include_bytes!("../genuine/speaker.txt")).expect("the key is whole")
});

const NONCE: [u8; 16] = [9; 16];
const NOW: Timestamp = Timestamp::from_stored(10_000_000);

/// What the keeper has ever signed: two epochs, and two lists with the second.
static HEADS: LazyLock<[SignedHead; 4]> = LazyLock::new(|| {
    let head = |at: usize, epoch, document: &[u8]| {
        let list = LISTS[at].as_ref().map(|it| (it.seq(), it.to_bytes()));
        let list = list.as_ref().map(|(seq, bytes)| (*seq, &bytes[..]));
        SignedHead::sign(&SPEAKER, "web", Head::of(epoch, document, list))
    };
    [
        head(0, 7, b"document 0"),
        head(1, 8, b"document 1"),
        head(2, 8, b"document 1"),
        head(3, 8, b"document 1"),
    ]
});

/// The list of each head.
static LISTS: LazyLock<[Option<RevocationList>; 4]> = LazyLock::new(|| {
    let key = Key::generate(Suite::Xaes256Gcm).expect("there are random bytes");
    let empty = RevocationList::empty(&KeyRing::from(key));
    let first = with_session(&empty, 3, [3; 8]);
    let second = with_session(&first, 4, [4; 8]);
    [None, None, Some(first), Some(second)]
});

fn with_session(list: &RevocationList, seq: u64, id: [u8; 8]) -> RevocationList {
    let mut draft = ListDraft::new(list, seq, NOW);
    let until = NOW.saturating_add(100);
    let record = ListRecord::Session { id, until };
    draft
        .add(&[record], Room::Operators)
        .expect("it has two records");
    draft.build()
}

/// What comes before the parts: of each head as its keeper and as a relay have it, and an answer to
/// another question.
static SIGNED: LazyLock<Vec<[u8; 226]>> = LazyLock::new(|| {
    let mut signed = Vec::new();
    for head in HEADS.iter() {
        signed.push(sign_answer(&SPEAKER, "web", &NONCE, NOW, head));
        signed.push(relay_answer(head));
    }
    signed.push(sign_answer(&SPEAKER, "web", &[8; 16], NOW, &HEADS[3]));
    signed
});

/// The ring of each head, the lists, what leads from the first to the second, one of a later kind,
/// and three that a replica has made.
static PARTS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let key = SPEAKER.delivery_key();
    let ring = |epoch, document: &[u8]| seal_ring(key, "web", epoch, document);
    let second_ring = ring(8, b"document 1");
    let [.., Some(first), Some(second)] = &*LISTS else {
        unreachable!("two heads have lists");
    };
    let delta = |newer| ListDelta::between(first, newer).expect("it is newer");
    let mine = with_session(first, 4, [5; 8]);
    [
        ring(7, b"document 0"),
        second_ring.clone(),
        second_ring.clone(),
        second_ring,
        seal_list(key, "web", 3, &first.to_bytes()),
        seal_list(key, "web", 4, &second.to_bytes()),
        seal_delta(key, "web", &delta(second)),
        Ok(vec![9, 0, 0, 0, 1, 1]),
        ring(8, b"mine"),
        seal_list(key, "web", 4, &mine.to_bytes()),
        seal_delta(key, "web", &delta(&mine)),
    ]
    .map(|part| part.expect("there are random bytes"))
    .into()
});
const FIRST_LIST: usize = 4;
const SECOND_LIST: usize = 5;
const DELTA: usize = 6;

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
        question(Patience::Waits(25), "web.1", Some(&HEADS[3])),
        question(Patience::Waits(0), "", None),
        question(Patience::Ends, &"ä".repeat(32), Some(&HEADS[0])),
    ]
});

/// Requests with each kind of record.
static REQUESTS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let session = |born| Revocation::Session { id: [1; 8], born };
    let person = Revocation::Subject {
        hash: [2; 8],
        born_before: NOW,
    };
    let request = |revocations| {
        RevokeRequest {
            nonce: NONCE,
            instance: Instance::from_bytes([5; 16]),
            time: NOW,
            revocations,
        }
        .to_bytes(SPEAKER.delivery_key(), "web")
    };
    vec![
        request(vec![session(Some(NOW))]),
        request(vec![person, session(None), session(Some(NOW))]),
        request(vec![person; 256]),
    ]
});

static HEADS_REACH: Reach = Reach::new("had the form of a head");
static QUESTIONS_REACH: Reach = Reach::new("came past the code");
static REQUESTS_REACH: Reach = Reach::new("came past the code");
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
        for bytes in REQUESTS.iter() {
            let request = SomeRequest(bytes.clone());
            let words = (request_taken(&request), request_expected(&request));
            assert_eq!(words, ("taken", "taken"));
        }
    }

    #[test]
    fn each_answer_with_each_parts_to_each_replica_is_judged_as_the_model_says() {
        let mut taken = 0;
        // Of the relay's answers one is enough, and of the three heads' one ring.
        let signed = [0, 2, 4, 6, 7, 8].map(|at| &SIGNED[at]);
        let parts = [&PARTS[..2], &PARTS[FIRST_LIST..]].concat();
        for signed in signed {
            for (at, first) in parts.iter().enumerate() {
                for second in &parts[at..] {
                    for held in [None, Some(0), Some(1), Some(2), Some(3)] {
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
