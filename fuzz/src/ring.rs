//! The ring of the targets: one document, whose secrets are public.

use std::sync::LazyLock;

use sealjar::keeper::RingDraft;
use sealjar::{KeyRing, LiveRing, RingKey, Timestamp};

/// The instant at which the targets run, so that a crash can be repeated.
pub const NOW: Timestamp = Timestamp::from_stored(60_000_000);

/// The ring document: [`KEYS`] in this order, and a floor.
pub const DOCUMENT: &str = include_str!("../genuine/ring.json");

/// The phase of each key of the document at [`NOW`] in [`RING`], in SPEC.md's words.
pub const KEYS: [&str; 5] = ["sealing", "opening", "standby", "spent", "revoked"];

/// The ring of the targets: the document with its last key revoked.
pub static RING: LazyLock<LiveRing> =
    LazyLock::new(|| LiveRing::new(changed(|draft| draft.keys[KEYS.len() - 1].revoke())));

/// Returns the document's ring after a change.
///
/// # Panics
/// When the change makes an invalid ring.
#[must_use]
pub fn changed(change: impl FnOnce(&mut RingDraft)) -> KeyRing {
    let mut draft = KeyRing::from_json(DOCUMENT.as_bytes())
        .expect("the document is read")
        .draft();
    change(&mut draft);
    draft.build().expect("the change makes a ring")
}

/// Returns a ring in which one key seals at any time, whatever the document says of it.
#[must_use]
pub fn sealing_with(key: &str) -> LiveRing {
    LiveRing::new(changed(|draft| {
        let at = KEYS.iter().position(|name| *name == key);
        let mut only: RingKey = draft.keys[at.expect("the key has a name")].clone();
        only.seals_from = Some(Timestamp::MIN);
        only.seals_until = None;
        only.opens_until = None;
        draft.keys = vec![only];
    }))
}
