//! Does a session survive being read, written and sealed again, whatever authentic bytes it is made of?

use std::sync::{Arc, LazyLock};

use arbitrary::{Arbitrary, Result, Unstructured};
use sealjar::{__hazmat as hazmat, Context, Sealer, Timestamp};
use sealjar_session::{
    Contents, DEFAULT_COOKIE_NAME, FetchMetadata, Jar, Origin, Session, SessionData, UpdateError,
    inspect,
};

use crate::everything::Everything;
use crate::reach::Reach;
use crate::ring::{NOW, RING};

/// What stands under an authentic seal: any bytes, any bytes under a good frame, or a value with what a
/// newer build may have appended.
#[derive(Debug)]
pub struct Payload(pub Vec<u8>);

impl<'a> Arbitrary<'a> for Payload {
    fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
        let way = input.int_in_range(0..=2)?;
        let mut payload = Vec::new();
        if way > 0 {
            let frame: (u16, [u8; 8], u32) = (0, input.arbitrary()?, input.arbitrary()?);
            payload = postcard::to_stdvec(&frame).expect("numbers are encoded");
        }
        if way > 1 {
            let value = Everything::arbitrary(input)?;
            payload.extend(postcard::to_stdvec(&value).expect("every shape is encoded"));
        }
        payload.extend_from_slice(input.bytes(input.len())?);
        Ok(Self(payload))
    }
}

/// Seals a payload and does to it what requests do.
///
/// # Panics
/// When a value is not read that postcard reads, and when a session comes back otherwise than it was left.
pub fn assert_survives(payload: &Payload) {
    let expires_at = LATER.saturating_add(60);
    let Ok((token, _)) = hazmat::seal_born(&SEALER, &payload.0, NOW, expires_at, NOW) else {
        return REACH.count(false);
    };
    let header = format!("{DEFAULT_COOKIE_NAME}={token}");
    let session = jar(NOW).open([header.clone()], FetchMetadata::default());
    let is_open = matches!(session.origin(), Origin::Opened { .. });
    REACH.count(is_open);
    assert!(is_open || !is_session(&payload.0), "{:?}", session.origin());
    if is_open {
        assert_written_and_read(&session.get());
        assert_changed(&session, &header);
        assert_sealed_again(&header);
    }
}

/// Returns whether postcard itself reads a frame of this schema and a value.
fn is_session(payload: &[u8]) -> bool {
    type Frame = (u16, [u8; 8], u32, Everything);
    postcard::take_from_bytes::<Frame>(payload).is_ok_and(|((schema, ..), _)| schema == 0)
}

fn assert_written_and_read(value: &Arc<Everything>) {
    // It may be too large for this jar once every number is written in its shortest form.
    if let Ok(cookie) = jar(NOW).cookie_for(value) {
        assert_eq!(
            jar(NOW).open([cookie], FetchMetadata::default()).get(),
            *value
        );
    }
}

/// Changes one field, and finds the others, the frame and what a newer build appended as they were.
fn assert_changed(session: &Session<Everything>, header: &str) {
    let before = contents(header, NOW);
    let encoded = postcard::to_stdvec(&*session.get()).expect("it was decoded");
    match session.update(|value| value.flag = !value.flag) {
        Ok(()) => {}
        Err(UpdateError::TooLarge { .. }) => return,
        Err(error) => panic!("{error}"),
    }
    let value = session.get();
    let header = answer(&jar(NOW), session).expect("what was promised is sent");
    let again = jar(NOW).open([header.clone()], FetchMetadata::default());
    assert_eq!(again.get(), value);
    assert_eq!(again.id(), session.id());
    assert_eq!(again.revision(), session.revision().saturating_add(1));
    let after = contents(&header, NOW);
    assert_eq!(after.born(), before.born());
    // A build that wrote less, or numbers longer than they need be, has no tail that can be found here.
    if let Some(tail) = before.plaintext_body().strip_prefix(&encoded[..]) {
        assert!(after.plaintext_body().ends_with(tail));
        assert_eq!(after.plaintext_body().len(), before.plaintext_body().len());
    }
}

/// Only reads the session once it is due to be sealed again, and finds every byte of it.
fn assert_sealed_again(header: &str) {
    let session = jar(LATER).open([header.to_owned()], FetchMetadata::default());
    let value = session.get();
    // One that came in a longer cookie than this jar sends goes on as it is.
    if let Some(again) = answer(&jar(LATER), &session) {
        let (before, after) = (contents(header, LATER), contents(&again, LATER));
        assert_eq!(after.plaintext_body(), before.plaintext_body());
        assert_eq!(after.session_id(), before.session_id());
        assert_eq!(after.revision(), before.revision());
        assert_eq!(after.born(), before.born());
        assert_eq!(after.sealed_at(), LATER);
        assert_eq!(
            jar(LATER).open([again], FetchMetadata::default()).get(),
            value
        );
    }
}

/// Closes a session, and returns the header of a browser that took the answer, if it set anything.
fn answer<T: SessionData>(jar: &Jar<T>, session: &Session<T>) -> Option<String> {
    let closing = jar.close(session, []).ok()?;
    let lines = closing.set_cookies.into_iter();
    let pairs: Vec<String> = lines
        .filter_map(|line| {
            assert!(line.len() <= 4096, "a browser drops this line in silence");
            Some(line.split_once(';')?.0.to_owned())
        })
        .collect();
    (!pairs.is_empty()).then(|| pairs.join("; "))
}

/// Returns what is under the seal, as an operator sees it.
fn contents(header: &str, now: Timestamp) -> Contents {
    let name = DEFAULT_COOKIE_NAME;
    let inspection = inspect(RING.clone(), Some(APP), name, header.as_bytes(), now);
    let mut candidates = inspection.expect("the names are short").candidates;
    let contents = candidates.pop().and_then(|candidate| candidate.contents);
    contents.expect("a session that opens has contents")
}

fn jar(now: Timestamp) -> Jar<Everything> {
    let [jar, later] = &*JARS;
    if now == NOW { jar } else { later }.clone()
}

/// When a session that was sealed at [`NOW`] is to be sealed again.
const LATER: Timestamp = NOW.saturating_add(2 * 86_400);
const APP: &str = "fuzz-test";

static JARS: LazyLock<[Jar<Everything>; 2]> = LazyLock::new(|| {
    [NOW, LATER].map(|now| {
        let jar = Jar::builder(RING.clone(), APP).clock(move || Ok(now));
        jar.max_size(12_288).build().expect("the jar can be built")
    })
});

/// Seals under the jar's own key and purpose.
static SEALER: LazyLock<Sealer> = LazyLock::new(|| {
    let context = Context::new(APP, "session").cookie_name(DEFAULT_COOKIE_NAME);
    hazmat::library_sealer(RING.clone(), context).expect("the context is short")
});

static REACH: Reach = Reach::new("opened as sessions");

#[cfg(test)]
mod tests {
    use super::*;

    fn frame() -> Vec<u8> {
        postcard::to_stdvec(&(0_u16, *b"an\0  id!", 7_u32)).expect("numbers are encoded")
    }

    #[test]
    fn a_value_with_what_a_newer_build_appended_survives() {
        let value = postcard::to_stdvec(&Everything::default()).expect("every shape is encoded");
        let payload = [&frame()[..], &value, b"appended"].concat();
        assert!(is_session(&payload));
        assert_survives(&Payload(payload));
    }

    /// The negative control: the same assertion, for a session whose tail was lost on the way.
    #[test]
    #[should_panic(expected = "ends_with(tail)")]
    fn a_write_that_drops_the_tail_is_caught() {
        let seal = |tail: &[u8]| {
            let value =
                postcard::to_stdvec(&Everything::default()).expect("every shape is encoded");
            let payload = [&frame()[..], &value, tail].concat();
            let expires_at = NOW.saturating_add(60);
            let sealed = hazmat::seal_born(&SEALER, &payload, NOW, expires_at, NOW);
            format!("{DEFAULT_COOKIE_NAME}={}", sealed.expect("it fits").0)
        };
        let session = jar(NOW).open([seal(b"")], FetchMetadata::default());
        assert_changed(&session, &seal(b"appended"));
    }
}
