//! Attack or accident: the bytes of a list are changed, cut or made up.

use super::{record, ring_of_the_model, subject};
use crate::list::{ListDelta, ListDraft, ListError, RecordKind, RevocationList, Room};
use crate::tests::at;

#[test]
fn every_edit_is_refused_or_read_as_another_list_that_has_these_very_bytes() {
    let (list, delta) = list_and_delta();
    let mut read = 0;
    for_each_edit(&list.to_bytes(), |bytes| {
        if let Ok(other) = RevocationList::from_bytes(bytes) {
            assert_ne!(other, list);
            assert_eq!(other.to_bytes(), bytes);
            read += 1;
        }
    });
    for_each_edit(&delta.to_bytes(), |bytes| {
        if let Ok(other) = ListDelta::from_bytes(bytes) {
            assert_ne!(other, delta);
            assert_eq!(other.to_bytes(), bytes);
            read += 1;
        }
    });
    assert!(
        read > 1000,
        "{read}: another number or time is another list"
    );
}

/// The control: a reader that does not look at the order, or takes bytes behind the last record,
/// gives two readings of one list, or two lists of one content.
#[test]
fn the_same_edits_show_a_reader_that_takes_a_second_spelling() {
    let (list, _) = list_and_delta();
    let bytes = list.to_bytes();
    let lenient = |bytes: &[u8]| {
        // Sorts, and drops what is behind.
        let mut fixed = bytes.to_vec();
        let n = usize::from(fixed[37]);
        fixed
            .get_mut(38..38 + 12 * n)?
            .as_chunks_mut::<12>()
            .0
            .sort();
        let m_at = 38 + 12 * n;
        let m = usize::from(*fixed.get(m_at + 3)?);
        fixed.truncate(m_at + 4 + 16 * m);
        RevocationList::from_bytes(&fixed).ok()
    };
    let mut swapped = bytes.clone();
    swapped[38..62].rotate_left(12);
    for second in [[&bytes[..], b"\0"].concat(), swapped] {
        assert_eq!(lenient(&second), Some(list.clone()));
        assert!(RevocationList::from_bytes(&second).is_err());
    }
}

#[test]
fn each_broken_form_has_its_own_error() {
    let (list, delta) = list_and_delta();
    let bytes = list.to_bytes();
    let refused = |edit: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = bytes.clone();
        edit(&mut bytes);
        RevocationList::from_bytes(&bytes).unwrap_err()
    };
    let (sessions, subjects) = (RecordKind::Sessions, RecordKind::Subjects);
    assert_eq!(refused(&|it| it[0] ^= 1), ListError::NotAList);
    assert_eq!(refused(&|it| it.clear()), ListError::NotAList);
    let length = |expected, found| ListError::Length { expected, found };
    let whole = bytes.len();
    assert_eq!(refused(&|it| it.push(0)), length(whole, whole + 1));
    assert_eq!(
        refused(&|it| it.truncate(whole - 1)),
        length(whole, whole - 1)
    );
    assert_eq!(refused(&|it| it.truncate(20)), length(22, 20));
    let ahead = ListError::Ahead {
        seq: u64::MAX,
        latest: 4_295_053_695,
    };
    assert_eq!(refused(&|it| it[14..22].fill(0xFF)), ahead);
    let too_many = |kind, limit| ListError::TooMany {
        kind,
        found: usize::try_from(u32::MAX).unwrap(),
        limit,
    };
    let m_at = 38 + 12 * 3;
    assert_eq!(
        refused(&|it| it[34..38].fill(0xFF)),
        too_many(sessions, 131_072)
    );
    assert_eq!(
        refused(&|it| it[m_at..m_at + 4].fill(0xFF)),
        too_many(subjects, 32_768)
    );
    let unsorted = |kind, at| ListError::Unsorted { kind, at };
    assert_eq!(
        refused(&|it| it.copy_within(38..46, 62)),
        unsorted(sessions, 2)
    );
    let first = m_at + 4;
    assert_eq!(
        refused(&|it| it.copy_within(first..first + 8, first + 16)),
        unsorted(subjects, 1)
    );
    let forgotten = |kind, at| ListError::Forgotten { kind, at };
    assert_eq!(refused(&|it| it[58..62].fill(0)), forgotten(sessions, 1));
    assert_eq!(
        refused(&|it| it[first + 12..first + 16].fill(0)),
        forgotten(subjects, 0)
    );

    // A list is no delta and a delta no list, though they have the same fields.
    let written = delta.to_bytes();
    assert_eq!(
        RevocationList::from_bytes(&written),
        Err(ListError::NotAList)
    );
    assert_eq!(ListDelta::from_bytes(&bytes), Err(ListError::NotAList));
    assert_eq!(ListDelta::from_bytes(&written[..20]), Err(length(23, 20)));
}

/// A count is no reason to reserve memory: a list that names records it does not have is refused
/// before anything is allocated for them.
#[test]
fn a_count_without_records_is_refused_by_its_length() {
    let mut bytes = RevocationList::empty(&ring_of_the_model()).to_bytes();
    bytes[34..38].copy_from_slice(&131_072_u32.to_be_bytes());
    let expected = 38 + 131_072 * 12;
    let refused = ListError::Length {
        expected,
        found: 42,
    };
    assert_eq!(RevocationList::from_bytes(&bytes), Err(refused));
}

/// Every other value of each byte, every length, and a byte more at each place.
fn for_each_edit(bytes: &[u8], mut judge: impl FnMut(&[u8])) {
    let mut edited = bytes.to_vec();
    for place in 0..bytes.len() {
        for change in 1..=255 {
            edited[place] ^= change;
            judge(&edited);
            edited[place] ^= change;
        }
        judge(&bytes[..place]);
        let (before, after) = bytes.split_at(place);
        for more in [0, 1, 0xFF] {
            judge(&[before, &[more], after].concat());
        }
        judge(&[bytes, &bytes[place..]].concat());
    }
}

/// Three sessions and two subjects, none of them over at 10, and what leads there.
fn list_and_delta() -> (RevocationList, ListDelta) {
    let empty = RevocationList::empty(&ring_of_the_model());
    let mut draft = ListDraft::new(&empty, 300, at(10));
    let sessions = [1, 2, 3].map(|number| record(RecordKind::Sessions, number, 500));
    draft.add(&sessions, Room::Applications).unwrap();
    let subjects = [subject(8, 70, 600), subject(9, 7, 10)];
    draft.add(&subjects, Room::Applications).unwrap();
    let list = draft.build();
    let delta = ListDelta::between(&empty, &list).unwrap();
    (list, delta)
}
