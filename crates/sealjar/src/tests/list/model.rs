//! A list of revocations as SPEC.md has it, in the plainest code.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;

use super::super::at;
use crate::aead;
use crate::list::{ListDraft, ListRecord, RevocationList, Room};

/// What one commit brings.
#[derive(Clone, Debug)]
pub(super) struct Commit {
    pub(super) forgotten_before: u32,
    /// Each an id and its `until`.
    pub(super) sessions: Vec<([u8; 8], u32)>,
    /// Each a hash, `born_before` and `until`.
    pub(super) subjects: Vec<([u8; 8], u32, u32)>,
}

/// Few ids and times, so that they meet often.
pub(super) fn commits() -> impl Strategy<Value = Vec<Commit>> {
    let id = || (0_u8..12).prop_map(|byte| [byte.wrapping_mul(23); 8]);
    let commit = (
        0_u32..60,
        vec((id(), 0_u32..80), 0..5),
        vec((id(), 0_u32..50, 0_u32..80), 0..5),
    );
    let commit = commit.prop_map(|(forgotten_before, sessions, subjects)| Commit {
        forgotten_before,
        sessions,
        subjects,
    });
    vec(commit, 1..8)
}

/// Commits with the code of the crate.
pub(super) fn apply(list: &RevocationList, commit: &Commit) -> RevocationList {
    let sessions = commit.sessions.iter();
    let sessions = sessions.map(|(id, until)| ListRecord::Session {
        id: *id,
        until: at(*until),
    });
    let subjects = commit.subjects.iter();
    let subjects = subjects.map(|(hash, born_before, until)| ListRecord::Subject {
        hash: *hash,
        born_before: at(*born_before),
        until: at(*until),
    });
    let mut draft = ListDraft::new(list, list.seq() + 1, at(commit.forgotten_before));
    // In two steps, which must come to the same as one.
    let (sessions, subjects): (Vec<_>, Vec<_>) = (sessions.collect(), subjects.collect());
    draft.add(&subjects, Room::Applications).unwrap();
    draft.add(&sessions, Room::Operators).unwrap();
    draft.build()
}

#[derive(Clone, Debug, Default)]
pub(super) struct Model {
    pub(super) seq: u64,
    pub(super) forgotten_before: u32,
    pub(super) sessions: BTreeMap<[u8; 8], u32>,
    pub(super) subjects: BTreeMap<[u8; 8], (u32, u32)>,
}

impl Model {
    pub(super) fn apply(&mut self, commit: &Commit) {
        self.seq += 1;
        self.forgotten_before = self.forgotten_before.max(commit.forgotten_before);
        let now = self.forgotten_before;
        self.sessions.retain(|_, until| *until >= now);
        self.subjects.retain(|_, times| times.1 >= now);
        for (id, until) in &commit.sessions {
            if *until >= now {
                let listed = self.sessions.entry(*id).or_insert(0);
                *listed = (*listed).max(*until);
            }
        }
        for (hash, born_before, until) in &commit.subjects {
            if *until >= now {
                let listed = self.subjects.entry(*hash).or_insert((0, 0));
                *listed = (listed.0.max(*born_before), listed.1.max(*until));
            }
        }
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = b"sealjar-list-1".to_vec();
        bytes.extend(self.seq.to_be_bytes());
        bytes.extend(self.forgotten_before.to_be_bytes());
        bytes.extend(aead::pepper_id(&PEPPER));
        bytes.extend(u32::try_from(self.sessions.len()).unwrap().to_be_bytes());
        for (id, until) in &self.sessions {
            bytes.extend([&id[..], &until.to_be_bytes()].concat());
        }
        bytes.extend(u32::try_from(self.subjects.len()).unwrap().to_be_bytes());
        for (hash, (born_before, until)) in &self.subjects {
            bytes.extend([&hash[..], &born_before.to_be_bytes(), &until.to_be_bytes()].concat());
        }
        bytes
    }
}

pub(super) const PEPPER: [u8; 32] = [9; 32];
