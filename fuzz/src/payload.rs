//! Does a session survive being read, written and sealed again, for any authentic bytes?

use std::sync::{Arc, LazyLock};

use arbitrary::{Arbitrary, Result, Unstructured};
use sealjar::__hazmat as hazmat;
use sealjar_session::{FetchMetadata, Origin, Session, UpdateError};

use crate::authentic::{Authentic, LATER, answer};
use crate::everything::Everything;
use crate::reach::Reach;
use crate::ring::NOW;

/// The bytes under an authentic seal: any bytes, any bytes in a valid frame, or a value with what a
/// newer build may have appended, in its own layout or in a slightly different one.
#[derive(Debug)]
pub struct Payload(pub Vec<u8>);

impl<'a> Arbitrary<'a> for Payload {
    fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
        let way = input.int_in_range(0..=3)?;
        if way == 0 {
            return Ok(Self(input.bytes(input.len())?.to_vec()));
        }
        let (id, revision): ([u8; 8], u32) = input.arbitrary()?;
        let (mut layout, mut body) = (Vec::new(), Vec::new());
        if way > 1 {
            let value = Everything::arbitrary(input)?;
            layout = value.layout();
            body = postcard::to_stdvec(&value).expect("every shape is encoded");
        }
        if way > 2 {
            let at = input.choose_index(layout.len())?;
            layout[at] ^= input.arbitrary::<u8>()?;
        }
        layout.extend_from_slice(&input.arbitrary::<[u8; 24]>()?[..input.int_in_range(0..=24)?]);
        body.extend_from_slice(input.bytes(input.len())?);
        Ok(Self(framed((0, id, revision, &layout), &body)))
    }
}

type Frame<'a> = (u16, [u8; 8], u32, &'a [u8]);

fn framed(frame: Frame<'_>, body: &[u8]) -> Vec<u8> {
    let frame = postcard::to_stdvec(&frame).expect("a frame is encoded");
    [&frame[..], body].concat()
}

/// Seals a payload and handles it as requests do.
///
/// # Panics
/// When a valid value is refused or an invalid one is read, by SPEC.md, or when a session comes
/// back changed.
pub fn assert_survives(payload: &Payload) {
    let Some(header) = AUTHENTIC.seal(&payload.0) else {
        return REACH.count(false);
    };
    let session = AUTHENTIC
        .jar(NOW)
        .open([header.clone()], FetchMetadata::default());
    let is_open = matches!(session.origin(), Origin::Opened { .. });
    REACH.count(is_open);
    if let Some(expected) = is_session(&payload.0) {
        assert_eq!(is_open, expected, "{:?}", session.origin());
    }
    if is_open {
        assert_written_and_read(&session.get());
        assert_changed(&session, &header);
        assert_sealed_again(&header);
    }
}

/// Returns whether a payload is a session by SPEC.md, as far as postcard can show: it cannot for a
/// value whose fields are not all there.
fn is_session(payload: &[u8]) -> Option<bool> {
    let Ok(((schema, _, _, layout), body)) = postcard::take_from_bytes::<Frame<'_>>(payload) else {
        return Some(false);
    };
    let fields = layout.len();
    if schema != 0 || fields < Everything::FIELDS_AT_FIRST {
        return Some(false);
    }
    if fields < Everything::FIELDS {
        return None;
    }
    let Ok((value, tail)) = postcard::take_from_bytes::<Everything>(body) else {
        return Some(false);
    };
    let may_have_a_tail = fields > Everything::FIELDS;
    let is_its_own = layout[..Everything::FIELDS] == value.layout();
    Some(is_its_own && (may_have_a_tail || tail.is_empty()))
}

fn assert_written_and_read(value: &Arc<Everything>) {
    // It may be too large for this jar once every number is written in its shortest form.
    if let Ok(cookie) = AUTHENTIC.jar(NOW).cookie_for(value) {
        assert_eq!(
            AUTHENTIC
                .jar(NOW)
                .open([cookie], FetchMetadata::default())
                .get(),
            *value
        );
    }
}

/// Changes one field, and finds the others, the frame and what a newer build appended as they were.
fn assert_changed(session: &Session<Everything>, header: &str) {
    let before = AUTHENTIC.contents(header, NOW);
    let encoded = postcard::to_stdvec(&*session.get()).expect("it was decoded");
    match session.update(|value| value.flag = !value.flag) {
        Ok(()) => {}
        Err(UpdateError::TooLarge { .. }) => return,
        Err(error) => panic!("{error}"),
    }
    let value = session.get();
    let header = answer(session).expect("what was promised is sent");
    let again = AUTHENTIC
        .jar(NOW)
        .open([header.clone()], FetchMetadata::default());
    assert_eq!(again.get(), value);
    assert_eq!(again.id(), session.id());
    assert_eq!(again.revision(), session.revision().saturating_add(1));
    let after = AUTHENTIC.contents(&header, NOW);
    assert_eq!(after.born(), before.born());
    // The same holds for the names that a newer build appended.
    let fields = before.layout().len().max(Everything::FIELDS);
    assert_eq!(after.layout().len(), fields);
    let unknown = before
        .layout()
        .get(Everything::FIELDS..)
        .unwrap_or_default();
    assert!(after.layout().ends_with(unknown));
    // If a build wrote less, or longer numbers than necessary, no tail can be found here.
    if let Some(tail) = before.plaintext_body().strip_prefix(&encoded[..]) {
        assert!(after.plaintext_body().ends_with(tail));
        assert_eq!(after.plaintext_body().len(), before.plaintext_body().len());
    }
}

/// Only reads the session when it is due to be sealed again, and compares every byte.
fn assert_sealed_again(header: &str) {
    let session = AUTHENTIC
        .jar(LATER)
        .open([header.to_owned()], FetchMetadata::default());
    let value = session.get();
    // A session in a longer cookie than this jar sends stays as it is.
    if let Some(again) = answer(&session) {
        let (before, after) = (
            AUTHENTIC.contents(header, LATER),
            AUTHENTIC.contents(&again, LATER),
        );
        assert_eq!(after.layout(), before.layout());
        assert_eq!(after.plaintext_body(), before.plaintext_body());
        assert_eq!(after.session_id(), before.session_id());
        assert_eq!(after.revision(), before.revision());
        assert_eq!(after.born(), before.born());
        assert_eq!(after.sealed_at(), LATER);
        assert_eq!(
            AUTHENTIC
                .jar(LATER)
                .open([again], FetchMetadata::default())
                .get(),
            value
        );
    }
}

/// Seals under the jar's own key and purpose.
static AUTHENTIC: LazyLock<Authentic<Everything>> =
    LazyLock::new(|| Authentic::new("fuzz-payload", hazmat::SESSION));

static REACH: Reach = Reach::new("opened as sessions");

#[cfg(test)]
mod tests {
    use super::*;

    /// A session of the default value, with this many fields of a newer build, and their bytes.
    fn session(fields: usize, tail: &[u8]) -> Vec<u8> {
        let value = Everything::default();
        let layout = [value.layout(), vec![7; fields]].concat();
        let body = postcard::to_stdvec(&value).expect("every shape is encoded");
        framed((0, *b"an\0  id!", 7, &layout), &[&body[..], tail].concat())
    }

    #[test]
    fn a_value_with_what_a_newer_build_appended_survives() {
        for (fields, tail) in [(0, &b""[..]), (1, b"appended"), (3, b"")] {
            let payload = session(fields, tail);
            assert_eq!(is_session(&payload), Some(true));
            assert_survives(&Payload(payload));
        }
    }

    /// The control of the reference: a payload that it rejects is also refused by the crate, for
    /// each byte of the layout and for bytes that belong to no field.
    #[test]
    fn a_value_in_another_layout_is_refused() {
        let good = session(0, b"");
        let first = good.len()
            - postcard::to_stdvec(&Everything::default()).unwrap().len()
            - Everything::FIELDS;
        for at in first..first + Everything::FIELDS {
            let mut payload = good.clone();
            payload[at] ^= 1;
            assert_eq!(is_session(&payload), Some(false), "{at}");
            assert_survives(&Payload(payload));
        }
        let payload = session(0, b"appended");
        assert_eq!(is_session(&payload), Some(false));
        assert_survives(&Payload(payload));
    }

    /// The negative control: the same assertion for a session whose tail was lost.
    #[test]
    #[should_panic(expected = "ends_with(tail)")]
    fn a_write_that_drops_the_tail_is_caught() {
        let seal = |tail: &[u8]| AUTHENTIC.seal(&session(1, tail)).expect("it fits");
        let session = AUTHENTIC
            .jar(NOW)
            .open([seal(b"")], FetchMetadata::default());
        assert_changed(&session, &seal(b"appended"));
    }
}
