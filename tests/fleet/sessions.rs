//! Which sessions were begun, and which of them have been revoked?

use std::collections::HashMap;

use sealjar::{KeyRing, Revocations, Timestamp};

use crate::account::APP;
use crate::browser::Held;
use crate::document::Document;
use crate::properties::{Checks, Property};

/// All sessions that may still live, by their ids.
#[derive(Debug, Default)]
pub(crate) struct Sessions(HashMap<[u8; 8], Known>);

/// What is known of a session.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    pub(crate) name: String,
    pub(crate) born: Timestamp,
    /// The epoch that revoked it, and when.
    pub(crate) revoked: Option<(u64, Timestamp)>,
}

impl Sessions {
    pub(crate) fn get(&self, id: [u8; 8]) -> Option<&Known> {
        self.0.get(&id)
    }

    /// Remembers a session that a visitor has received. It may be revoked from its birth on: the
    /// revocation has a margin of the skew.
    pub(crate) fn learn(&mut self, held: &Held, name: &str, head: Option<&Document>) {
        let lists = head.map(|head| (head.epoch(), head.ring().revocations()));
        let revoked = lists.filter(|(_, lists)| is_covered(lists, held.id, name, held.born));
        self.0.entry(held.id).or_insert_with(|| Known {
            name: name.into(),
            born: held.born,
            revoked: revoked.map(|(epoch, _)| (epoch, held.sealed_at)),
        });
    }

    /// Examines a commit: which sessions does it revoke, and does it forget the revocation of one
    /// that may still live?
    pub(crate) fn committed(&mut self, ring: &KeyRing, checks: &mut Checks, slowest: Timestamp) {
        let lists = ring.revocations();
        self.0
            .retain(|_, known| slowest < known.born.saturating_add(lists.horizon));
        for (id, known) in &mut self.0 {
            let covered = is_covered(lists, *id, &known.name, known.born);
            if let Some((epoch, _)) = known.revoked {
                checks.assert(
                    Property::ReferencedIsKept,
                    covered,
                    slowest.stored(),
                    || format!("epoch {} forgets what epoch {epoch} revoked", ring.epoch()),
                );
            } else if covered {
                known.revoked = Some((ring.epoch(), ring.issued_at()));
            }
        }
    }

    /// Every key was revoked, and with them everything that was ever sealed.
    pub(crate) fn all_are_out(&mut self) {
        self.0.clear();
    }

    /// Asserts that an order to revoke was effective.
    pub(crate) fn must_be_revoked(
        &self,
        checks: &mut Checks,
        at: u32,
        named: impl Fn(&[u8; 8], &Known) -> bool,
    ) {
        for (id, known) in self.0.iter().filter(|(id, known)| named(id, known)) {
            checks.assert(
                Property::RevokedStaysRevoked,
                known.revoked.is_some(),
                at,
                || format!("session {id:02x?} lives on after the order to revoke it"),
            );
        }
    }
}

fn is_covered(lists: &Revocations, id: [u8; 8], name: &str, born: Timestamp) -> bool {
    lists.covers_session(id)
        || lists.covers_subject(APP, name, born)
        || lists.floor.is_some_and(|floor| born < floor)
}
