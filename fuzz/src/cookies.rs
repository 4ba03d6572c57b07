//! Is the session found among anything else in the `Cookie` headers, and nothing else mistaken for
//! it?

use std::collections::BTreeSet;
use std::fmt;
use std::sync::LazyLock;

use arbitrary::{Arbitrary, Result, Unstructured};
use sealjar_session::{
    DEFAULT_COOKIE_NAME, FetchMetadata, Jar, Origin, Session, SessionData, inspect,
};

use crate::genuine::{SESSIONS, SealedSession};
use crate::reach::Reach;
use crate::reference::{Carried, chosen, opened, opened_ids};
use crate::ring::{NOW, RING};

/// The `Cookie` headers of a request: any bytes with cookies of the jar among them, whole, in
/// parts, and with parts missing.
#[derive(Clone, PartialEq)]
pub struct Headers(pub Vec<Vec<u8>>);

impl<'a> Arbitrary<'a> for Headers {
    fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
        let mut headers = vec![Vec::new()];
        while !input.is_empty() {
            if input.ratio(1, 12)? {
                headers.push(Vec::new());
            } else if let Some(header) = headers.last_mut() {
                piece(header, input)?;
            }
        }
        Ok(Self(headers))
    }
}

impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headers = self
            .0
            .iter()
            .map(|header| header.escape_ascii().to_string());
        f.debug_list().entries(headers).finish()
    }
}

/// Appends one piece of a header.
fn piece(header: &mut Vec<u8>, input: &mut Unstructured<'_>) -> Result<()> {
    let session = input.choose(&SESSIONS)?;
    match input.int_in_range(0..=7)? {
        0 => {
            let len = input.int_in_range(0..=64)?.min(input.len());
            header.extend_from_slice(input.bytes(len)?);
        }
        1 => header.extend_from_slice(input.choose(&BEGINNINGS)?.as_bytes()),
        2 => header.extend_from_slice(input.choose(&SEPARATORS)?.as_bytes()),
        3 => header.extend_from_slice(session.token.text.as_bytes()),
        4 => {
            let id = if input.arbitrary()? {
                session.id.to_uppercase()
            } else {
                session.id.into()
            };
            header.extend_from_slice(format!("{NAME}.out={id}; ").as_bytes());
        }
        5 => header.extend(vec![b'A'; 64 * input.int_in_range(0..=255)?]),
        way => {
            // In parts of any size; all of them, or a single one.
            let mut rest = session.token.text;
            let (count, generation) = (input.int_in_range(2..=9)?, &rest[40..44]);
            let only = if way == 6 {
                None
            } else {
                Some(input.int_in_range(0..=8)?)
            };
            for at in 0..count {
                let len = if at + 1 == count {
                    rest.len()
                } else {
                    input.choose_index(rest.len() + 1)?
                };
                let (part, later) = rest.split_at(len);
                rest = later;
                if only.is_none_or(|only| only == at) {
                    let head = if at == 0 {
                        format!("={count}~")
                    } else {
                        format!(".{at}=")
                    };
                    header
                        .extend_from_slice(format!("{NAME}{head}{generation}.{part}; ").as_bytes());
                }
            }
        }
    }
    Ok(())
}

/// The result of a request.
#[derive(Debug, Eq, PartialEq)]
pub struct Outcome {
    /// `absent`, `opened`, or the word of the refusal.
    pub word: &'static str,
    /// Id, revision and time of the session that opened.
    pub session: Option<(String, u32, u32)>,
    /// The names that a purge expires, and the ids that it marks as logged out.
    pub purged: BTreeSet<String>,
}

/// Returns what SPEC.md says of a request.
#[must_use]
pub fn expected(headers: &Headers) -> Outcome {
    let carried = Carried::new(&headers.0, NAME);
    let answers = answers(&carried);
    let (word, session) = chosen(&answers, |session| {
        (session.id, session.revision, session.sealed_at)
    });
    let session = session.map(|it| (it.id.to_owned(), it.revision, it.sealed_at));
    // A cookie that the browser does not have need not be expired.
    let came = !carried.distinct().is_empty() || !carried.parts().is_empty();
    let expired = carried
        .parts()
        .into_iter()
        .map(|part| format!("{NAME}{part}"));
    let marked = carried.mark_of(&opened_ids(&answers, |it| it.id));
    let marked = marked.map(|ids| format!("{NAME}.out={}", ids.join(".")));
    Outcome {
        word,
        session,
        purged: expired
            .chain([NAME.into()])
            .chain(marked)
            .filter(|_| came)
            .collect(),
    }
}

/// Returns for each candidate the session, or why it is refused.
fn answers(carried: &Carried) -> Vec<std::result::Result<&'static SealedSession, &'static str>> {
    let ring = RING.load();
    let tokens: Vec<_> = SESSIONS
        .iter()
        .map(|session| session.token.clone())
        .collect();
    let logged_out = carried.logged_out();
    let values = carried.distinct().into_iter();
    let answers = values.map(|value| {
        let text = carried.joined(value)?;
        match opened(&text, &ring, &tokens) {
            "opened" => {
                let mut sessions = SESSIONS.iter();
                let session = sessions.find(|it| it.token.text.as_bytes() == text);
                let session = session.expect("only what was sealed opens");
                let is_out = logged_out.iter().any(|id| *id == session.id);
                if is_out {
                    Err("logged_out")
                } else {
                    Ok(session)
                }
            }
            word => Err(word),
        }
    });
    answers.collect()
}

/// Opens a request, reads its session, and opens it once more to purge it.
///
/// # Panics
/// When a session that was only read sends something, or `inspect` disagrees.
#[must_use]
pub fn outcome(headers: &Headers) -> Outcome {
    let session = JAR.open(headers.0.clone(), background());
    let (word, opened) = match session.origin() {
        Origin::Absent { .. } => ("absent", None),
        Origin::Opened { sealed_at, .. } => {
            let id = session.id().expect("an opened session has an id");
            (
                "opened",
                Some((id.to_string(), session.revision(), sealed_at.stored())),
            )
        }
        Origin::Refused(refusal) => (refusal.kind().as_str(), None),
        origin => panic!("unheard of: {origin:?}"),
    };
    assert!(
        lines(&session).is_empty(),
        "a session that was only read sends a cookie"
    );
    assert_inspected(headers, word);
    REACH.count(!UNSHAPED.contains(&word));

    let session = JAR.open(headers.0.clone(), background());
    session.purge();
    let lines = lines(&session).into_iter().map(|line| {
        let (pair, attributes) = line.split_once(';').expect("a line has attributes");
        let (name, value) = pair.split_once('=').expect("a line has a value");
        let expires = attributes.contains("Max-Age=0");
        assert_eq!(value.is_empty(), expires, "{line}");
        if expires { name.into() } else { pair.into() }
    });
    Outcome {
        word,
        session: opened,
        purged: lines.collect(),
    }
}

/// The metadata of a script's request.
pub(crate) fn background() -> FetchMetadata {
    FetchMetadata::read("GET", |name| {
        (name == "sec-fetch-mode").then_some(&b"cors"[..])
    })
}

fn lines(session: &Session<Note>) -> Vec<String> {
    let closing = Session::close(session, []).expect("there is a key to seal with");
    closing.set_cookies.into_iter().collect()
}

/// Compares with `inspect`, which takes one header and knows no session type.
fn assert_inspected(headers: &Headers, word: &str) {
    let header = headers.0.join(&b';');
    if !header.contains(&b'=') {
        return;
    }
    let inspection =
        inspect(RING.clone(), Some(APP), NAME, b"", &header, NOW).expect("short names");
    let found = Carried::new(&headers.0, NAME).distinct().len().min(5);
    assert_eq!(inspection.candidates.len(), found);
    let of_type = ["undecodable", "old_schema", "newer_schema", "too_old"];
    let unseen = |answer: &std::result::Result<_, _>| answer.is_err_and(|it| of_type.contains(&it));
    if !answers(&Carried::new(&headers.0, NAME)).iter().any(unseen) {
        let seen = match inspection.refusal {
            Some(refusal) => refusal.kind().as_str(),
            None if inspection.chosen.is_some() => "opened",
            None => "absent",
        };
        assert_eq!(seen, word);
    }
}

/// The session type of this target.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Note(pub String);

impl SessionData for Note {
    const SCHEMA: u16 = 1;
}

static JAR: LazyLock<Jar<Note>> = LazyLock::new(|| {
    let jar = Jar::builder(RING.clone(), APP).clock(|| Ok(NOW));
    jar.build().expect("the jar can be built")
});

static REACH: Reach = Reach::new("had a cookie of the name that is shaped like a token");

/// The application of [`SESSIONS`].
pub const APP: &str = "fuzz-test";
const NAME: &str = DEFAULT_COOKIE_NAME;
/// The results for requests in which nothing reached stage 3 of SPEC.md, section 1, or may not
/// have.
const UNSHAPED: [&str; 4] = ["absent", "ambiguous", "malformed", "torn_chunks"];
const SEPARATORS: [&str; 8] = ["; ", ";", "=", " ", "\t;", ".", "~", ",\""];
const BEGINNINGS: [&str; 10] = [
    "__Host-Http-session=",
    "; __Host-Http-session=",
    "__Host-Http-session =",
    "__host-session=",
    "__Host-Http-session.1=",
    "__Host-Http-session.8=",
    "__Host-Http-session.9=",
    "__Host-Http-session.out=",
    "%5f%5fHost-Http-session=",
    "__Host-Http-session=2~",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn header(text: &str) -> Headers {
        Headers(vec![format!("{NAME}={text}").into_bytes()])
    }

    #[test]
    fn every_genuine_session_gets_the_word_of_its_line() {
        for session in &*SESSIONS {
            let headers = header(session.token.text);
            assert_eq!(outcome(&headers).word, session.token.word);
            assert_eq!(outcome(&headers), expected(&headers));
        }
    }

    /// The negative control: the same check with a reader that takes the first of several cookies.
    #[test]
    fn a_reader_that_takes_the_first_cookie_is_caught() {
        let opened: Vec<_> = SESSIONS
            .iter()
            .filter(|it| it.token.word == "opened")
            .collect();
        let both = [opened[0], opened[2]].map(|it| format!("{NAME}={}", it.token.text));
        let both = Headers(vec![both.join("; ").into_bytes()]);
        assert_eq!(outcome(&both), expected(&both));
        assert_ne!(outcome(&header(opened[0].token.text)), expected(&both));
    }
}
