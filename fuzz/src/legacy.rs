//! Does a cookie of a former library open that it has not made, or one that it has made otherwise
//! than it reads it itself?

mod made;

use std::fmt;
use std::sync::LazyLock;

use arbitrary::{Arbitrary, Result, Unstructured};
use sealjar_session::{FetchMetadata, Jar, LegacyCookie, LegacyLayout, Origin, Session};

use self::made::{Made, NOTES, OLD, key, made};
use crate::cookies::{APP, Note, background};
use crate::edits::edit;
use crate::reach::Reach;
use crate::reference::Carried;
use crate::ring::{NOW, RING};

/// A `Cookie` header for one of [`DOORS`]: any bytes, with cookies that its library has made, whole
/// and spoilt.
pub struct Header {
    door: usize,
    bytes: Vec<u8>,
}

impl<'a> Arbitrary<'a> for Header {
    fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
        let door = input.choose_index(DOORS.len())?;
        let mut bytes = Vec::new();
        for _ in 0..input.int_in_range(1..=6)? {
            let made = input.choose(&DOORS[door].made)?;
            let another = input.choose_index(DOORS.len())?;
            let other = input.choose(&DOORS[another].made)?;
            bytes.extend_from_slice(input.choose(&NAMES)?.as_bytes());
            match input.int_in_range(0..=7)? {
                0 => {
                    let len = input.int_in_range(0..=64)?.min(input.len());
                    bytes.extend_from_slice(input.bytes(len)?);
                }
                1 => bytes.extend_from_slice(other.value.as_bytes()),
                2 => {
                    let mut value = made.value.clone().into_bytes();
                    let len = input.int_in_range(0..=32)?.min(input.len());
                    let edits = input.bytes(len)?;
                    edit(
                        &mut value,
                        other.value.as_bytes(),
                        &mut Unstructured::new(edits),
                    )?;
                    bytes.append(&mut value);
                }
                3 => bytes.extend(
                    made.value
                        .bytes()
                        .flat_map(|it| format!("%{it:02x}").into_bytes()),
                ),
                _ => bytes.extend_from_slice(made.value.as_bytes()),
            }
            bytes.extend_from_slice(b"; ");
        }
        Ok(Self { door, bytes })
    }
}

impl fmt::Debug for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Header({}, {})", self.door, self.bytes.escape_ascii())
    }
}

/// A jar with one former cookie, and values that its library has made.
pub struct Door {
    jar: Jar<Note>,
    made: Vec<Made>,
}

/// Returns what a request is, by what its library has made: a value counts if it is one of those
/// once the percent signs are decoded.
#[must_use]
pub fn expected(header: &Header) -> (&'static str, Option<&'static str>) {
    let carried = Carried::new(std::slice::from_ref(&header.bytes), OLD);
    let values = carried.distinct();
    let Some(first) = values.first() else {
        return ("absent", None);
    };
    if values.len() > 4 {
        return ("ambiguous", None);
    }
    let door = &DOORS[header.door];
    let verdict = |value: &[u8]| {
        let decoded = decoded(value);
        let made = |it: &&Made| decoded.as_deref() == Some(&*it.value);
        door.made.iter().find(made)
    };
    let opened: Vec<&Made> = values
        .iter()
        .filter_map(|value| verdict(value))
        .filter(|made| made.word == "legacy" || made.word == "expired")
        .collect();
    match &opened[..] {
        [] => (verdict(first).map_or("forged", |made| made.word), None),
        [one, others @ ..] if others.iter().all(|it| it.note == one.note) => {
            (one.word, (one.word == "legacy").then_some(one.note))
        }
        _ => ("ambiguous", None),
    }
}

/// Decodes percent signs, as a former library does. What follows one and is no number stays.
fn decoded(value: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(value).ok()?.trim();
    let (mut bytes, mut rest) = (Vec::new(), text.as_bytes());
    while let [first, after @ ..] = rest {
        let number = after
            .get(..2)
            .filter(|it| it.iter().all(u8::is_ascii_hexdigit));
        let number = number.and_then(|it| std::str::from_utf8(it).ok());
        let number = number.and_then(|it| u8::from_str_radix(it, 16).ok());
        if let (b'%', Some(number)) = (first, number) {
            bytes.push(number);
            rest = &after[2..];
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8(bytes).ok()
}

/// Opens a request, and moves its session.
///
/// # Panics
/// When a script's request sends something, when a session moves otherwise than whole, and when
/// something is opened after its date.
#[must_use]
pub fn outcome(header: &Header) -> (&'static str, Option<&'static str>) {
    outcome_of(&DOORS[header.door].jar, header)
}

fn outcome_of(jar: &Jar<Note>, header: &Header) -> (&'static str, Option<&'static str>) {
    let open = |fetch| jar.open([header.bytes.clone()], fetch);
    let session = open(background());
    let word = match session.origin() {
        Origin::Absent { .. } => "absent",
        Origin::Legacy { .. } => "legacy",
        Origin::Refused(refusal) => refusal.kind().as_str(),
        origin => panic!("unheard of: {origin:?}"),
    };
    REACH.count(word == "legacy" || word == "ambiguous");
    assert!(
        lines(&session).is_empty(),
        "a script's request moves nothing"
    );

    let note = session.get();
    let page = open(FetchMetadata::default());
    assert_eq!((page.id(), &*page.get()), (session.id(), &*note));
    let lines = lines(&page);
    if word == "legacy" {
        let moved = jar.value_of(&lines).expect("it opens");
        assert_eq!(moved.as_ref(), Some(&*note));
        assert!(lines.iter().any(|it| it.starts_with("login=;")));
    } else {
        assert_eq!(lines, [""; 0], "nothing is expired unasked");
        assert_eq!(*note, Note::default());
    }
    let closed = CLOSED.open([header.bytes.clone()], FetchMetadata::default());
    assert!(matches!(closed.origin(), Origin::Absent { .. }));
    let note = NOTES.iter().find(|it| **it == note.0);
    (word, note.copied().filter(|_| word == "legacy"))
}

fn lines(session: &Session<Note>) -> Vec<String> {
    let closing = Session::close(session, []).expect("there is a key to seal with");
    closing.set_cookies.into_iter().collect()
}

/// The former cookies of the three libraries, private and signed.
pub static DOORS: LazyLock<Vec<Door>> = LazyLock::new(|| {
    let layouts = [
        LegacyLayout::Text,
        LegacyLayout::ActixSession,
        LegacyLayout::TowerSessions,
    ];
    let mut doors = Vec::new();
    for layout in layouts {
        for is_private in [true, false] {
            let since = NOW.saturating_sub(10);
            let jar = jar().also_opens(former(layout, is_private), since);
            let jar = jar.build().expect("the jar can be built");
            doors.push(Door {
                jar,
                made: made(layout, is_private),
            });
        }
    }
    doors
});

/// A jar whose former cookie is over.
static CLOSED: LazyLock<Jar<Note>> = LazyLock::new(|| {
    let former = former(LegacyLayout::Text, true).until(NOW);
    let jar = jar().also_opens(former, NOW.saturating_sub(10));
    jar.build().expect("the jar can be built")
});

fn jar() -> sealjar_session::JarBuilder<Note> {
    Jar::builder(RING.clone(), APP)
        .cookie_name("__Host-moved")
        .clock(|| Ok(NOW))
}

fn former(layout: LegacyLayout, is_private: bool) -> LegacyCookie<Note> {
    let read = move |text: &str| {
        if layout == LegacyLayout::Text {
            return (!text.is_empty()).then(|| Note(text.into()));
        }
        let values: serde_json::Value = serde_json::from_str(text).ok()?;
        Some(Note(values.get("note")?.as_str()?.into()))
    };
    if is_private {
        LegacyCookie::private(OLD, key(layout).master(), read).layout(layout)
    } else {
        LegacyCookie::signed(OLD, key(layout).master(), read).layout(layout)
    }
}

static REACH: Reach = Reach::new("had a cookie that its library has made");

const NAMES: [&str; 6] = [
    "login=", "login=", "login=", "Login=", "%6cogin=", "login.1=",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn header(door: usize, values: &[&str]) -> Header {
        let pairs = values.iter().map(|value| format!("{OLD}={value}"));
        Header {
            door,
            bytes: pairs.collect::<Vec<_>>().join("; ").into_bytes(),
        }
    }

    #[test]
    fn what_each_library_has_made_gets_the_word_of_its_line() {
        for (at, door) in DOORS.iter().enumerate() {
            for made in &door.made {
                if made.value.contains([';', ',', '"']) {
                    continue;
                }
                let header = header(at, &[&made.value]);
                assert_eq!(outcome(&header).0, made.word, "{header:?}");
                assert_eq!(outcome(&header), expected(&header), "{header:?}");
            }
        }
    }

    /// The negative control: a jar that authenticates nothing is caught.
    #[test]
    fn a_jar_that_authenticates_nothing_is_caught() {
        let careless = LegacyCookie::authenticated_by(OLD, |text| Some(Note(text.into())));
        let jar = jar()
            .cookie_name("__Host-careless")
            .also_opens(careless, NOW.saturating_sub(10));
        let jar = jar.build().expect("the jar can be built");
        let forged = header(0, &["eve"]);
        assert_eq!(expected(&forged).0, "forged");
        assert_eq!(outcome(&forged), expected(&forged));
        assert_ne!(outcome_of(&jar, &forged), expected(&forged));
    }
}
