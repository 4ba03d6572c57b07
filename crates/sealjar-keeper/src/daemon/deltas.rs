//! What leads a replica from an earlier list of revocations to the present one?
//!
//! A list is up to 2 MB, and one logout changes 12 bytes of it. So this remembers what has changed
//! in the last 256 lists, and merges it over the last 1, 2, 4 and so on of them: a delta may begin
//! earlier than the list that a replica holds. Each is merged and sealed once, however many ask.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;
use sealjar::{KeyId, ListDelta, RevocationList};
use sealjar_follow::{SpeakerKey, seal_delta};

/// What has changed in the last lists.
#[derive(Debug, Default)]
pub(super) struct Deltas(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    list: Option<Arc<RevocationList>>,
    /// From each list to the next, the last one leads to the present.
    steps: VecDeque<ListDelta>,
    /// Parts that lead to the present list.
    sealed: Vec<Sealed>,
}

#[derive(Debug)]
struct Sealed {
    key: KeyId,
    /// How many steps it covers.
    steps: usize,
    part: Bytes,
}

impl Deltas {
    /// Returns a part that leads from list `held` to this one, which must be the newest that this
    /// keeper has read. `None` if nothing does, or if it would be longer than `most` bytes.
    pub(super) fn part(
        &self,
        list: &Arc<RevocationList>,
        speaker: &SpeakerKey,
        ring: &str,
        held: u64,
        most: usize,
    ) -> Option<Bytes> {
        let mut state = self.state();
        state.note(list);
        let steps = state.steps_from(held)?;
        let key = speaker.id();
        let is_it = |it: &&Sealed| it.key == key && it.steps == steps;
        if let Some(sealed) = state.sealed.iter().find(is_it) {
            return Some(sealed.part.clone()).filter(|part| part.len() < most);
        }
        let merged = state.merged(steps)?;
        let part: Bytes = seal_delta(speaker.delivery_key(), ring, &merged)
            .ok()?
            .into();
        state.sealed.push(Sealed {
            key,
            steps,
            part: part.clone(),
        });
        Some(part).filter(|part| part.len() < most)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Takes note of the present list.
    fn note(&mut self, list: &Arc<RevocationList>) {
        if self.list.as_ref().is_some_and(|it| Arc::ptr_eq(it, list)) {
            return;
        }
        let before = self.list.replace(Arc::clone(list));
        self.sealed.clear();
        match before.and_then(|before| ListDelta::between(&before, list)) {
            Some(step) => self.steps.push_back(step),
            // A store was put back, or the pepper is another: nothing that was known leads here.
            None => self.steps.clear(),
        }
        let mut records: usize = self.steps.iter().map(ListDelta::records).sum();
        while self.steps.len() > STEPS || records > RECORDS {
            records -= self.steps.pop_front().map_or(records, |it| it.records());
        }
    }

    /// How many of the last steps lead from list `held` to the present one: a power of two, or all.
    fn steps_from(&self, held: u64) -> Option<usize> {
        let first = self.steps.partition_point(|step| step.seq() <= held);
        let step = self.steps.get(first)?;
        let needed = self.steps.len() - first;
        (step.since() <= held).then(|| needed.next_power_of_two().min(self.steps.len()))
    }

    fn merged(&self, steps: usize) -> Option<ListDelta> {
        let mut last = self.steps.iter().skip(self.steps.len() - steps);
        let first = last.next()?.clone();
        last.try_fold(first, |merged, step| merged.then(step))
    }
}

/// How many lists back a replica may be.
const STEPS: usize = 256;
/// How many records the steps may have together: 1 MB of memory.
const RECORDS: usize = 65_536;

#[cfg(test)]
mod tests {
    use sealjar::keeper::{ListDraft, ListRecord, Room};
    use sealjar::{Key, KeyRing, Suite, Timestamp};
    use sealjar_follow::{Head, Parts};

    use super::*;

    /// Lists of one ring, with one session more in each.
    fn lists(count: u64) -> Vec<Arc<RevocationList>> {
        let ring = KeyRing::from(Key::generate(Suite::Xaes256Gcm).unwrap());
        let mut lists = vec![Arc::new(with(&RevocationList::empty(&ring), &[0]))];
        for at in 1..count {
            let next = with(lists.last().unwrap(), &[at]);
            lists.push(Arc::new(next));
        }
        lists
    }

    fn with(list: &RevocationList, ids: &[u64]) -> RevocationList {
        let mut draft = ListDraft::new(list, list.seq() + 1, Timestamp::MIN);
        let record = |id: &u64| ListRecord::Session {
            id: id.to_be_bytes(),
            until: Timestamp::from_stored(1_000),
        };
        let records: Vec<_> = ids.iter().map(record).collect();
        draft.add(&records, Room::Operators).unwrap();
        draft.build()
    }

    struct Site {
        deltas: Deltas,
        speaker: SpeakerKey,
    }

    impl Site {
        fn new() -> Self {
            Self {
                deltas: Deltas::default(),
                speaker: SpeakerKey::generate().unwrap(),
            }
        }

        fn part(&self, list: &Arc<RevocationList>, held: u64) -> Option<Bytes> {
            self.deltas
                .part(list, &self.speaker, "web", held, usize::MAX)
        }

        /// What a replica with that list makes of the part.
        fn opened(&self, part: &Bytes, held: &RevocationList, newest: &RevocationList) -> bool {
            let bytes = newest.to_bytes();
            let head = Head::of(1, b"ring", Some((newest.seq(), &bytes)));
            let parts = Parts::read(part).unwrap();
            let opened = parts.updated(self.speaker.delivery_key(), "web", &head, held);
            opened.as_ref() == Some(newest)
        }
    }

    #[test]
    fn from_each_of_the_last_256_lists_something_leads_to_the_present_one() {
        let (site, lists) = (Site::new(), lists(300));
        for list in &lists {
            site.part(list, 0);
        }
        let newest = lists.last().unwrap();
        let mut sealed = 0;
        for held in &lists[..299] {
            let part = site.part(newest, held.seq());
            assert_eq!(part.is_some(), 300 - held.seq() <= 256, "{}", held.seq());
            if let Some(part) = part {
                sealed += 1;
                assert!(site.opened(&part, held, newest), "{}", held.seq());
            }
        }
        assert_eq!(sealed, 256);
        // 1, 2, 4 and so on up to 256.
        assert_eq!(site.deltas.state().sealed.len(), 9);
        assert!(site.part(newest, newest.seq()).is_none());
        assert!(site.part(newest, newest.seq() + 1).is_none());
    }

    #[test]
    fn a_keeper_that_was_not_asked_for_a_while_still_leads_from_the_list_that_it_saw() {
        let (site, lists) = (Site::new(), lists(10));
        site.part(&lists[2], 0);
        let part = site.part(&lists[9], lists[2].seq()).unwrap();
        assert!(site.opened(&part, &lists[2], &lists[9]));
        // Between the two as well, and not from before.
        let part = site.part(&lists[9], lists[5].seq()).unwrap();
        assert!(site.opened(&part, &lists[5], &lists[9]));
        assert!(site.part(&lists[9], lists[1].seq()).is_none());
    }

    #[test]
    fn nothing_leads_to_a_list_that_was_put_back_or_has_another_pepper() {
        let (site, old) = (Site::new(), lists(4));
        for list in &old {
            site.part(list, 0);
        }
        assert!(site.part(&old[3], old[2].seq()).is_some(), "the control");
        let mut other = with(&old[3], &[9]).to_bytes();
        // In the id of the pepper.
        other[26] ^= 1;
        let other = Arc::new(RevocationList::from_bytes(&other).unwrap());
        assert!(site.part(&other, old[3].seq()).is_none());
        assert!(site.part(&old[1], old[0].seq()).is_none());
    }

    #[test]
    fn what_is_remembered_is_bounded_by_its_records_too() {
        let site = Site::new();
        let mut list = lists(1).remove(0);
        site.part(&list, 0);
        let first = list.seq();
        for at in 0..4 {
            let ids: Vec<u64> = (0..20_000).map(|id| at * 20_000 + id).collect();
            list = Arc::new(with(&list, &ids));
            site.part(&list, 0);
        }
        assert!(site.part(&list, first).is_none());
        assert!(site.part(&list, first + 1).is_some());
        let held: usize = site
            .deltas
            .state()
            .steps
            .iter()
            .map(ListDelta::records)
            .sum();
        assert_eq!(held, 60_000);
    }

    #[test]
    fn a_delta_that_is_longer_than_the_list_is_not_sent() {
        let (site, lists) = (Site::new(), lists(2));
        site.part(&lists[0], 0);
        let most = |most| site.deltas.part(&lists[1], &site.speaker, "web", 1, most);
        let part = most(usize::MAX).unwrap();
        assert!(most(part.len()).is_none());
        assert!(most(part.len() + 1).is_some());
    }
}
