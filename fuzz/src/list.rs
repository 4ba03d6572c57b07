//! Is a list of revocations read in one way, and does a delta lead to exactly the newer one?

use std::fmt;

use arbitrary::{Arbitrary, Result, Unstructured};
use sealjar::keeper::{ListDraft, ListRecord, Room};
use sealjar::{ListDelta, RevocationList, Timestamp};

use crate::edits::edit;
use crate::reach::Reach;
use crate::reference::Listed;
use crate::ring::changed;

/// Commits one after the other, and bytes: any, or those of one of the lists or deltas after edits.
pub struct History {
    pub commits: Vec<Listed>,
    pub bytes: Vec<u8>,
}

impl<'a> Arbitrary<'a> for History {
    fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
        if input.ratio(1, 6)? {
            return Ok(Self {
                commits: Vec::new(),
                bytes: input.bytes(input.len())?.to_vec(),
            });
        }
        let mut commits = Vec::new();
        let mut seq = 0;
        for _ in 0..input.int_in_range(1..=4)? {
            seq += input.int_in_range(1..=3)?;
            commits.push(commit(seq, input)?);
        }
        let last = commits.last().cloned().unwrap_or_default();
        let since = input.arbitrary::<bool>()?.then_some(seq - 1);
        let mut bytes = last.write(since);
        edit(&mut bytes, &commits[0].write(since), input)?;
        Ok(Self { commits, bytes })
    }
}

/// Few ids and times, so that they meet often.
fn commit(seq: u64, input: &mut Unstructured<'_>) -> Result<Listed> {
    let mut commit = Listed {
        seq,
        forgotten_before: input.int_in_range(0..=20)?,
        ..Listed::default()
    };
    for _ in 0..input.int_in_range(0..=4)? {
        let id = [input.int_in_range(0..=7)?; 8];
        commit.sessions.insert(id, input.int_in_range(0..=40)?);
    }
    for _ in 0..input.int_in_range(0..=4)? {
        let times = (input.int_in_range(0..=40)?, input.int_in_range(0..=40)?);
        commit
            .subjects
            .insert([input.int_in_range(0..=7)?; 8], times);
    }
    Ok(commit)
}

impl fmt::Debug for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#?}\n{}", self.commits, self.bytes.escape_ascii())
    }
}

/// Reads the bytes, and makes the lists of all commits with their deltas.
///
/// # Panics
/// When the bytes are read otherwise than SPEC.md says, or a list or delta has other bytes.
pub fn judge(history: &History) {
    let bytes = &history.bytes;
    let expected = Listed::read(bytes);
    REACH.count(expected.is_some());
    let list = RevocationList::from_bytes(bytes).ok();
    let delta = ListDelta::from_bytes(bytes).ok();
    let (is_list, is_delta) = match &expected {
        None => (false, false),
        Some((since, _)) => (since.is_none(), since.is_some()),
    };
    assert_eq!((list.is_some(), delta.is_some()), (is_list, is_delta));
    let written = list.map(|it| it.to_bytes());
    let written = written.or_else(|| delta.map(|it| it.to_bytes()));
    assert!(written.is_none_or(|written| written == *bytes));

    let mut list = RevocationList::empty(&changed(|_| ()));
    let mut listed = listed_in(&list);
    let mut lists = vec![(list.clone(), listed.clone())];
    for commit in &history.commits {
        list = committed(&list, commit);
        listed.add(commit);
        assert_eq!(list.to_bytes(), listed.write(None));
        lists.push((list.clone(), listed.clone()));
    }
    for (at, (newer, listed)) in lists.iter().enumerate() {
        for (older, before) in &lists[..at] {
            let delta = ListDelta::between(older, newer).expect("commits can be followed");
            let mut reached = before.clone();
            let (since, added) = Listed::read(&delta.to_bytes()).expect("it is written right");
            assert_eq!(since, Some(before.seq));
            reached.add(&added);
            assert_eq!(reached, *listed);
            assert_eq!(older.updated(&delta).as_ref(), Ok(newer));
        }
    }
}

fn committed(list: &RevocationList, commit: &Listed) -> RevocationList {
    let time = Timestamp::from_stored;
    let sessions = commit.sessions.iter();
    let sessions = sessions.map(|(id, until)| ListRecord::Session {
        id: *id,
        until: time(*until),
    });
    let subjects = commit.subjects.iter();
    let subjects = subjects.map(|(hash, times)| ListRecord::Subject {
        hash: *hash,
        born_before: time(times.0),
        until: time(times.1),
    });
    let records: Vec<_> = sessions.chain(subjects).collect();
    let mut draft = ListDraft::new(list, commit.seq, time(commit.forgotten_before));
    let added = draft.add(&records, Room::Applications);
    added.expect("so few records find room");
    draft.build()
}

fn listed_in(list: &RevocationList) -> Listed {
    let (_, listed) = Listed::read(&list.to_bytes()).expect("an empty list is one");
    listed
}

static REACH: Reach = Reach::new("were read as a list or a delta");

#[cfg(test)]
mod tests {
    use super::*;

    /// The control: a delta that leads to the newer list does not if what is over stays.
    #[test]
    fn a_reader_of_deltas_that_forgets_nothing_is_caught() {
        let first = Listed {
            seq: 1,
            sessions: [([1; 8], 5), ([2; 8], 50)].into(),
            ..Listed::default()
        };
        let second = Listed {
            seq: 2,
            forgotten_before: 6,
            sessions: [([3; 8], 50)].into(),
            ..Listed::default()
        };
        judge(&History {
            commits: vec![first.clone(), second.clone()],
            bytes: Vec::new(),
        });
        let older = committed(&RevocationList::empty(&changed(|_| ())), &first);
        let newer = committed(&older, &second);
        let delta = ListDelta::between(&older, &newer).expect("it is newer");
        let (_, added) = Listed::read(&delta.to_bytes()).expect("it is written right");
        let mut all = listed_in(&older);
        all.sessions.extend(&added.sessions);
        assert_ne!(all.sessions, listed_in(&newer).sessions);
        assert_eq!(all.sessions.len(), 3);
    }

    #[test]
    fn a_second_spelling_is_refused_by_both() {
        let first = Listed {
            seq: 1,
            sessions: [([1; 8], 5), ([2; 8], 50)].into(),
            ..Listed::default()
        };
        let bytes = first.write(None);
        let mut swapped = bytes.clone();
        swapped[38..62].rotate_left(12);
        for bytes in [swapped, [&bytes[..], b"\0"].concat()] {
            assert_eq!(Listed::read(&bytes), None);
            judge(&History {
                commits: Vec::new(),
                bytes,
            });
        }
    }
}
