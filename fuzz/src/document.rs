//! Is a ring document read correctly, and does each key do what its dates say?

use std::fmt;

use arbitrary::{Arbitrary, Result, Unstructured};
use sealjar::keeper::{NextKey, RingDraft};
use sealjar::{KeyRing, LiveRing, RingError, RingKey, Suite, Timestamp};

use crate::edits::edit;
use crate::reach::Reach;
use crate::reference;
use crate::ring::{DOCUMENT, NOW, changed};

/// A text: any bytes, or a ring document after edits, which is the committed one or one with other
/// keys, dates and revocations.
pub struct Document(pub Vec<u8>);

impl<'a> Arbitrary<'a> for Document {
    fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
        let mut text = match input.int_in_range(0..=2)? {
            0 => return Ok(Self(input.bytes(input.len())?.to_vec())),
            1 => DOCUMENT.as_bytes().to_vec(),
            _ => {
                let mut draft = changed(|_| ()).draft();
                change(&mut draft, input)?;
                // Some of these are invalid, and are refused before they are written.
                let ring = draft.build().unwrap_or_else(|_| changed(|_| ()));
                ring.to_json().as_bytes().to_vec()
            }
        };
        edit(&mut text, DOCUMENT.as_bytes(), input)?;
        Ok(Self(text))
    }
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.escape_ascii())
    }
}

/// Changes the contents of a ring.
fn change(draft: &mut RingDraft, input: &mut Unstructured<'_>) -> Result<()> {
    draft.keys.truncate(input.int_in_range(1..=5)?);
    for key in &mut draft.keys {
        key.seals_from = time(input)?;
        key.seals_until = time(input)?;
        key.opens_until = time(input)?;
        if input.ratio(1, 6)? {
            key.revoke();
        }
    }
    draft.epoch = input.int_in_range(0..=KeyRing::MAX_EPOCH)?;
    draft.timing.skew = input.arbitrary()?;
    if input.ratio(1, 2)? {
        draft.keep_id();
    }
    if input.ratio(1, 2)? {
        draft.next_key = Some(NextKey {
            lifetime: input.arbitrary()?,
            early: input.arbitrary()?,
            suite: *input.choose(&[Suite::Xaes256Gcm, Suite::XChaCha20Poly1305])?,
        });
    }
    for _ in 0..input.int_in_range(0..=2)? {
        let app: &str = input.choose(&["fuzz-test", "", "\u{1F511}\""])?;
        draft.apps.insert(app.into());
    }
    draft.revocations.floor = time(input)?;
    draft.revocations.horizon = input.arbitrary()?;
    for _ in 0..input.int_in_range(0..=3)? {
        let at = time(input)?.unwrap_or(NOW);
        draft.revocations.revoke_session(input.arbitrary()?, at);
        let subject: &str = input.choose(&["ada", "", "\u{1F511}\""])?;
        let revoked = draft.revocations.revoke_subject("fuzz-test", subject, at);
        revoked.expect("the names are short");
    }
    Ok(())
}

/// Draws one of a few times, so that some are equal.
fn time(input: &mut Unstructured<'_>) -> Result<Option<Timestamp>> {
    let hours: u32 = input.int_in_range(0..=15)?;
    Ok(hours
        .checked_sub(3)
        .map(|hours| NOW.saturating_add(3_600 * hours)))
}

/// Reads a document, writes it and reads that; checks what each key does.
///
/// # Panics
/// When the ring changes on the way, when a key does not do what SPEC.md says, or when an error
/// repeats a secret.
pub fn assert_read(document: &Document) {
    let answer = KeyRing::from_json(&document.0);
    REACH.count(answer.is_ok());
    match answer {
        Ok(ring) => {
            let text = ring.to_json();
            let again = KeyRing::from_json(text.as_bytes()).expect("what was written is read");
            assert_eq!(*again.to_json(), *text);
            assert_phases(&ring, reference::phase);
            assert!(ring.epoch() <= KeyRing::MAX_EPOCH, "{}", ring.epoch());
            // The same epoch is accepted only with the same content, and none that lies ahead.
            let taken = LiveRing::new(ring).replace_at(again, Some(NOW));
            let lies_ahead =
                matches!(taken, Err(RingError::Ahead { epoch, latest }) if epoch > latest);
            assert!(taken.is_ok() || lies_ahead, "{taken:?}");
        }
        Err(error) => {
            let said = format!("{error} {error:?}");
            let text = String::from_utf8_lossy(&document.0);
            for secret in text.split("sealjar-key-1_").skip(1) {
                let begins: String = secret.chars().take(12).collect();
                assert!(!may_be_secret(&begins) || !said.contains(&begins), "{said}");
            }
        }
    }
}

/// Returns whether a secret may begin like this. Names of members are lower case, and errors show
/// them.
fn may_be_secret(begins: &str) -> bool {
    let is_spelling = |it: u8| it.is_ascii_alphanumeric() || it == b'-' || it == b'_';
    let is_in_a_name = |it: u8| it.is_ascii_lowercase() || it == b'_';
    begins.len() == 12 && begins.bytes().all(is_spelling) && !begins.bytes().all(is_in_a_name)
}

/// Checks every key at every instant at which its phase may change. `expected` is the reference,
/// except in the negative control.
fn assert_phases(ring: &KeyRing, expected: fn(&KeyRing, &RingKey, Timestamp) -> &'static str) {
    let times = |key: &RingKey| [key.seals_from, key.seals_until, key.opens_until];
    let times = ring.keys().iter().flat_map(times).flatten();
    let times = times.flat_map(|at| [at.saturating_sub(1), at, at.saturating_add(1)]);
    for now in times.chain([Timestamp::MIN, NOW, Timestamp::MAX]) {
        for key in ring.keys() {
            let phase = ring.phase(key.id(), now).map(|phase| phase.to_string());
            assert_eq!(
                phase.as_deref(),
                Some(expected(ring, key, now)),
                "the phase of {key:?} at {now}"
            );
        }
    }
}

static REACH: Reach = Reach::new("were read as rings");

#[cfg(test)]
mod tests {
    use super::*;

    /// Found by this target: the beginning of a key contained the name in the error.
    #[test]
    fn the_name_of_a_member_is_no_secret() {
        let text = br#"{ "staged_at": "", "staged_at": "sealjar-key-1_ "staged_at""#;
        assert_read(&Document(text.to_vec()));
        let name = &text[text.len() - 12..];
        assert!(!may_be_secret(&String::from_utf8_lossy(name)));
        assert!(!may_be_secret("rotation_exp"));
        assert!(may_be_secret("dGVzdC1vbmx5"));
    }

    #[test]
    fn the_committed_document_is_read() {
        assert_read(&Document(DOCUMENT.as_bytes().to_vec()));
    }

    /// The document with keys that seal and open without end.
    fn endless() -> KeyRing {
        changed(|draft| {
            for key in &mut draft.keys {
                key.seals_until = None;
                key.opens_until = None;
            }
        })
    }

    #[test]
    fn a_ring_whose_keys_have_no_end_is_in_the_phases_of_the_page() {
        assert_phases(&endless(), reference::phase);
    }

    /// The negative control: a reference in which the first possible key seals, not the last one.
    #[test]
    #[should_panic(expected = "the phase of RingKey")]
    fn a_ring_that_seals_with_another_key_than_the_page_says_is_caught() {
        assert_phases(&endless(), |ring, key, now| {
            let may_seal = |key: &&RingKey| {
                let phase = reference::phase(ring, key, now);
                ["opening", "sealing"].contains(&phase)
            };
            let earliest = ring.keys().iter().filter(may_seal);
            let earliest = earliest.min_by_key(|key| key.seals_from);
            match reference::phase(ring, key, now) {
                _ if earliest.is_some_and(|it| it.id() == key.id()) => "sealing",
                "sealing" => "opening",
                phase => phase,
            }
        });
    }
}
