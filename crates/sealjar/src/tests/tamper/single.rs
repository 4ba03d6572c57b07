//! All tokens that are one edit away from a genuine one, one after the other.

use super::Tally;
use crate::error::OpenError;
use crate::token::PREFIX;

/// Tries every byte with every other value (every bit flip among them), every prefix and suffix,
/// every deletion, every swap of two places, and insertions at every place. In a debug build it
/// skips most places of a long token: it is a hundred times as slow, and everybody runs it.
pub(super) fn tally_single_edits(
    original: &[u8],
    insertions: &[u8],
    open: impl Fn(&[u8]) -> Result<(), OpenError>,
) -> Tally {
    let mut tally = Tally::default();
    let mut edited = original.to_vec();
    let is_tried = |at: &usize| !cfg!(debug_assertions) || is_telling(*at, original.len());
    for at in (0..original.len()).filter(is_tried) {
        for value in (0..=255).filter(|value| *value != original[at]) {
            edited[at] = value;
            tally.count(open(&edited));
        }
        edited[at] = original[at];
        let others = (0..at).filter(is_tried);
        for other in others.filter(|other| original[*other] != original[at]) {
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
    for at in (0..=original.len()).filter(is_tried) {
        let (before, after) = original.split_at(at);
        for value in insertions.iter().chain(before.last()) {
            tally.count(open(&[before, &[*value], after].concat()));
        }
    }
    assert_eq!(edited, original);
    tally
}

/// Whether a place is near an end or near the start of the second piece, in characters or in bytes,
/// or is in the sample of the remaining places.
fn is_telling(at: usize, length: usize) -> bool {
    let edges = [0, PREFIX / 4 * 3, PREFIX, length];
    length < PREFIX / 2 || edges.iter().any(|edge| at.abs_diff(*edge) <= 3) || at.is_multiple_of(17)
}

pub(super) const RAW_INSERTIONS: [u8; 6] = [0x00, 0x01, 0x02, 0x7F, 0x80, 0xFF];
pub(super) const TEXT_INSERTIONS: &[u8] = b"AZaz09-_+/=.%~; \t\r\n\"\0\x80";
