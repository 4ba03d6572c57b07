//! What has come of a keeper's turn, or of an order?

use sealjar::KeyRing;
use sealjar_keeper::plan::WaitReason;
use sealjar_keeper::store::StoreError;
use sealjar_keeper::{KeeperError, Refused, Turn};

use crate::document::Document;
use crate::fleet::Fleet;
use crate::orders::{Done, Order, Work};
use crate::properties::Property;

impl Fleet {
    pub(super) fn hear_of_a_keeper(
        &mut self,
        at: usize,
        work: Option<Work>,
        done: &Done,
        now: u32,
    ) {
        let seat = &mut self.seats[at];
        let refused = match done {
            Done::Turned(Ok(turn)) => {
                let until = turn.wait.until.map_or(u32::MAX, |until| {
                    let ahead = u32::try_from(seat.clock.ahead().max(0)).unwrap();
                    until.stored().saturating_sub(ahead)
                });
                let soon = self.dice.within(3..=15);
                seat.wakes = until.clamp(now + 1, now + soon);
                // A keeper does not report about an epoch that it only found.
                if !turn.steps.is_empty() {
                    self.watch.announced(&turn.steps, turn.ring.epoch(), now);
                }
                if work.is_some_and(|work| !work.disturbed) {
                    self.a_turn_ends_well(turn, now);
                }
                None
            }
            Done::Changed(Ok(change)) => {
                seat.wakes = now + 1;
                self.watch
                    .announced(&change.steps, change.ring.epoch(), now);
                if let Some(work) = work {
                    self.an_order_is_effective(&work.order, &change.ring, now);
                }
                None
            }
            Done::Turned(Err(error)) => {
                seat.wakes = now + self.dice.within(1..=5);
                Some(error).filter(|error| !is_passing(error))
            }
            Done::Changed(Err(error)) => {
                seat.wakes = now + 1;
                Some(error).filter(|error| !is_passing(error) && !is_no(error))
            }
        };
        self.watch
            .checks
            .assert(Property::ResumesAfterAKill, refused.is_none(), now, || {
                format!("a keeper gave up: {refused:?}")
            });
    }

    /// After an undisturbed turn the head is published and recorded, and the ring can keep going.
    fn a_turn_ends_well(&mut self, turn: &Turn, now: u32) {
        let state = self.store.state();
        if state
            .head()
            .is_none_or(|head| head.epoch() != turn.ring.epoch())
        {
            return;
        }
        let place = state.place();
        let is_head = |document: &Option<Document>| {
            let mut both = document.iter().zip(state.head());
            both.any(|(document, head)| document.is(head))
        };
        let noted = state.acknowledged || state.publications().has(turn.ring.epoch());
        let is_out = is_head(&place.standing) && noted;
        let goes_on = matches!(turn.wait.reason, WaitReason::Publication(_));
        let well = is_head(&place.coming) && (is_out || goes_on);
        let whole = is_whole(&turn.ring);
        self.watch
            .checks
            .assert(Property::ResumesAfterAKill, well && whole, now, || {
                format!(
                    "a turn ended with {place:?}, noted: {noted}, and the ring {:?}",
                    turn.ring
                )
            });
    }

    fn an_order_is_effective(&mut self, order: &Order, ring: &KeyRing, now: u32) {
        let checks = &mut self.watch.checks;
        let sessions = &self.visitors.sessions;
        let by = ring.issued_at();
        match order {
            Order::RevokeSession(id) => sessions.must_be_revoked(checks, now, |it, _| it == id),
            Order::RevokeSubject(name) => sessions.must_be_revoked(checks, now, |_, known| {
                known.name == *name && known.born <= by
            }),
            Order::RaiseFloor => sessions.must_be_revoked(checks, now, |_, known| known.born <= by),
            Order::RevokeKeys(keys) => {
                for key in keys {
                    let is_revoked = self.watch.ledger.of(*key).revoked_in.is_some();
                    checks.assert(Property::RevokedStaysRevoked, is_revoked, now, || {
                        format!("key {key} is in use after the order to revoke it")
                    });
                }
            }
            _ => {}
        }
    }
}

/// A ring that can keep going has a key to seal with for long enough, and a standby.
fn is_whole(ring: &KeyRing) -> bool {
    let mut keys = ring.keys().iter().filter(|key| !key.is_revoked());
    let (mut seals, mut stands_by) = (false, false);
    keys.by_ref().for_each(|key| {
        seals |= key.seals_from.is_some() && key.seals_until.is_none();
        stands_by |= key.seals_from.is_none();
    });
    seals && stands_by
}

/// An error that the next turn repairs.
fn is_passing(error: &KeeperError) -> bool {
    match error {
        KeeperError::Unfinished { cause, .. } => is_passing(cause),
        _ => matches!(
            error,
            KeeperError::Store(
                StoreError::Io { .. } | StoreError::LostRace | StoreError::RollOut { .. }
            )
        ),
    }
}

/// An order that could not be followed, with a reason for the person.
const fn is_no(error: &KeeperError) -> bool {
    matches!(
        error,
        KeeperError::Refused(
            Refused::Adopting(_)
                | Refused::AlreadyRevoked(_)
                | Refused::FloorStands { .. }
                | Refused::NotHeld(_)
                | Refused::NoStandby
                | Refused::PolicyInForce
                | Refused::UnknownKey(_)
        )
    )
}
