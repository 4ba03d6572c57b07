//! Does a session that other languages share survive being read, written and sealed again, for any
//! authentic text?

use std::sync::LazyLock;

use arbitrary::{Arbitrary, Result, Unstructured};
use sealjar::__hazmat as hazmat;
use sealjar_session::{FetchMetadata, Format, Origin, Session, SessionData, UpdateError};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::authentic::{Authentic, LATER, answer};
use crate::reach::Reach;
use crate::reference::members;
use crate::ring::NOW;

/// A body in a valid frame: any bytes, or an object that the fuzzer may damage.
#[derive(Debug)]
pub struct Body(pub Vec<u8>);

impl<'a> Arbitrary<'a> for Body {
    fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
        if input.ratio(1, 8)? {
            return Ok(Self(input.bytes(input.len())?.to_vec()));
        }
        let mut text = String::new();
        object(input, &mut text, 0)?;
        let mut text = text.into_bytes();
        if input.ratio(1, 4)? {
            let at = input.choose_index(text.len())?;
            text[at] = input.arbitrary()?;
        }
        if input.ratio(1, 16)? {
            text.extend_from_slice(input.bytes(input.len())?);
        }
        Ok(Self(text))
    }
}

fn object(input: &mut Unstructured<'_>, text: &mut String, depth: usize) -> Result<()> {
    list(input, text, depth, ['{', '}'], |input, text, depth| {
        text.push_str(input.choose(&NAMES)?);
        text.push(':');
        value(input, text, depth)
    })
}

fn value(input: &mut Unstructured<'_>, text: &mut String, depth: usize) -> Result<()> {
    match input.int_in_range(0..=5)? {
        0 if depth < DEEP => object(input, text, depth + 1),
        1 if depth < DEEP => list(input, text, depth + 1, ['[', ']'], value),
        // As deep as it goes, to reach the limit.
        2 if depth == 0 => {
            let deep = input.int_in_range(28..=34)?;
            text.push_str(&"[".repeat(deep));
            text.push_str(&"]".repeat(deep));
            Ok(())
        }
        _ => {
            text.push_str(input.choose(&PLAIN)?);
            Ok(())
        }
    }
}

fn list(
    input: &mut Unstructured<'_>,
    text: &mut String,
    depth: usize,
    [begin, end]: [char; 2],
    part: impl Fn(&mut Unstructured<'_>, &mut String, usize) -> Result<()>,
) -> Result<()> {
    text.push(begin);
    for at in 0..input.int_in_range(0..=3)? {
        if at > 0 {
            text.push_str(input.choose(&[",", ", ", " ,\n"])?);
        }
        part(input, text, depth)?;
    }
    text.push(end);
    Ok(())
}

const DEEP: usize = 5;
const NAMES: [&str; 9] = [
    r#""known""#,
    r#""kn\u006fwn""#,
    r#""other""#,
    r#""a""#,
    r#""\u0061""#,
    r#""b""#,
    r#""""#,
    r#""\ud83d\ude00""#,
    r#""__proto__""#,
];
const PLAIN: [&str; 20] = [
    "0",
    "-0",
    "-0.0",
    "1",
    "1.50",
    "1e2",
    "1e-400",
    "9007199254740991",
    "9007199254740992",
    "-9007199254740991.5",
    "0.1000000000000000055",
    "01",
    "true",
    "null",
    r#""text""#,
    r#""\ud800""#,
    r#""\u00e9\n""#,
    r#""{[""#,
    "{ }",
    "[ ]",
];

/// A build that knows two members, with any values.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Two {
    #[serde(default)]
    known: Value,
    #[serde(default)]
    other: Value,
}

impl SessionData for Two {
    const FORMAT: Format = Format::Json;

    fn subject(&self) -> Option<std::borrow::Cow<'_, str>> {
        None
    }
}

/// Seals a body and handles it as requests do.
///
/// # Panics
/// When a valid body is refused or an invalid one is read, by SPEC.md, or when a session comes back
/// changed.
pub fn assert_survives(body: &Body) {
    let Some(header) = sealed(&body.0) else {
        return REACH.count(false);
    };
    let session = AUTHENTIC
        .jar(NOW)
        .open([header.clone()], FetchMetadata::default());
    let is_open = matches!(session.origin(), Origin::Opened { .. });
    REACH.count(is_open);
    let members = members(&body.0);
    assert_eq!(is_open, members.is_some(), "{:?}", session.origin());
    if let Some(members) = members {
        let known = |name: &str| ["known", "other"].contains(&name);
        let unknown = members.into_iter().filter(|it| !known(&it.name));
        let kept: Vec<String> = unknown.map(|it| it.text).collect();
        assert_changed(&session, &kept.join(","));
        assert_sealed_again(&header, &body.0);
    }
}

/// Changes one member, and checks the other one and the unknown members behind them.
fn assert_changed(session: &Session<Two>, kept: &str) {
    let other = session.get().other.clone();
    match session.update(|value| value.known = Value::from("changed")) {
        Ok(()) => {}
        Err(UpdateError::TooLarge { .. }) => return,
        Err(error) => panic!("{error}"),
    }
    let Some(header) = answer(session) else {
        // The value was the same already.
        return;
    };
    let again = AUTHENTIC
        .jar(NOW)
        .open([header.clone()], FetchMetadata::default());
    assert_eq!(again.get().other, other);
    assert_eq!(again.get().known, "changed");
    assert_eq!(again.id(), session.id());
    assert_eq!(again.revision(), session.revision().saturating_add(1));
    let after = AUTHENTIC.contents(&header, NOW);
    assert_eq!(after.format(), Format::Json);
    let after = after.plaintext_body().to_vec();
    let own = serde_json::to_string(&*again.get()).expect("it was written");
    let own = own.strip_suffix('}').expect("an object");
    let comma = if kept.is_empty() { "" } else { "," };
    let expected = format!("{own}{comma}{kept}}}");
    assert_eq!(String::from_utf8_lossy(&after), expected);
}

/// Only reads the session when it is due to be sealed again, and compares every byte.
fn assert_sealed_again(header: &str, body: &[u8]) {
    let session = AUTHENTIC
        .jar(LATER)
        .open([header.to_owned()], FetchMetadata::default());
    _ = session.get();
    if let Some(again) = answer(&session) {
        let after = AUTHENTIC.contents(&again, LATER);
        assert_eq!(after.plaintext_body(), body);
        assert_eq!(after.sealed_at(), LATER);
    }
}

fn sealed(body: &[u8]) -> Option<String> {
    // Schema, id, revision and no layout.
    let payload = [&b"\0an\xFF  id!\x07\0"[..], body].concat();
    AUTHENTIC.seal(&payload)
}

/// Seals under the jar's own key and purpose.
static AUTHENTIC: LazyLock<Authentic<Two>> =
    LazyLock::new(|| Authentic::new("fuzz-json", hazmat::SESSION_JSON));

static REACH: Reach = Reach::new("opened as sessions");

#[cfg(test)]
mod tests {
    use super::*;

    fn survives(text: &str) {
        assert_survives(&Body(text.into()));
    }

    #[test]
    fn bodies_of_every_kind_survive_or_are_refused() {
        for text in [
            "{}",
            r#"{"known":1,"x":[1 , 2.50],"other":null}"#,
            r#"{"a":1,"\u0061":2}"#,
            r#"{"x":9007199254740992}"#,
            "",
            "{} ",
            "[]",
        ] {
            survives(text);
        }
    }

    /// The negative control: serde_json alone accepts more objects than SPEC.md does.
    #[test]
    fn a_parser_alone_takes_what_the_reference_refuses() {
        for text in [
            r#"{"a":1,"a":2}"#,
            r#"{"a":9007199254740993}"#,
            "{} ",
            &format!("{{\"a\":{}{}}}", "[".repeat(32), "]".repeat(32)),
        ] {
            assert!(serde_json::from_str::<Value>(text).is_ok(), "{text}");
            assert_eq!(members(text.as_bytes()), None, "{text}");
        }
    }

    /// The negative control: the same assertion for a session that has lost a member.
    #[test]
    #[should_panic(expected = "left == right")]
    fn a_write_that_drops_a_member_is_caught() {
        let header = sealed(br#"{"known":1}"#).expect("it fits");
        let session = AUTHENTIC.jar(NOW).open([header], FetchMetadata::default());
        assert_changed(&session, r#""theme":"dark""#);
    }
}
