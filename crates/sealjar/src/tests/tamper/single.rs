//! Which tokens are one edit away from a genuine one? All of them, one after the other.

use super::Tally;
use crate::error::OpenError;

/// Tries every byte with every other value (every bit flip among them), every prefix and suffix,
/// every deletion, every swap of two places, and the insertions at every place.
pub(super) fn tally_single_edits(
    original: &[u8],
    insertions: &[u8],
    open: impl Fn(&[u8]) -> Result<(), OpenError>,
) -> Tally {
    let mut tally = Tally::default();
    let mut edited = original.to_vec();
    for at in 0..original.len() {
        for value in (0..=255).filter(|value| *value != original[at]) {
            edited[at] = value;
            tally.count(open(&edited));
        }
        edited[at] = original[at];
        for other in (0..at).filter(|other| original[*other] != original[at]) {
            edited.swap(at, other);
            tally.count(open(&edited));
            edited.swap(at, other);
        }
        let (before, after) = original.split_at(at);
        tally.count(open(before));
        tally.count(open(&[before, &after[1..]].concat()));
        if at > 0 {
            tally.count(open(after));
        }
    }
    for at in 0..=original.len() {
        let (before, after) = original.split_at(at);
        for value in insertions.iter().chain(before.last()) {
            tally.count(open(&[before, &[*value], after].concat()));
        }
    }
    assert_eq!(edited, original);
    tally
}

pub(super) const RAW_INSERTIONS: [u8; 6] = [0x00, 0x01, 0x02, 0x7F, 0x80, 0xFF];
pub(super) const TEXT_INSERTIONS: &[u8] = b"AZaz09-_+/=.%~; \t\r\n\"\0\x80";
