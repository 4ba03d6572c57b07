//! What do the tasks that ask and the watcher share?

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sealjar::__hazmat::draw;
use sealjar::{RandomError, Revocation, RevocationList, Timestamp};
use sealjar_follow::{
    DeliveryKey, Held, Instance, Patience, Question, RevokeRequest, SignedHead, Standing,
};
use tokio::sync::{Notify, watch};
use tokio::time::timeout;
use zeroize::Zeroizing;

use crate::follow::exchange::AskError;

/// What one start of a replica knows.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) ring: String,
    pub(super) key: Arc<DeliveryKey>,
    name: String,
    instance: Instance,
    count: AtomicU64,
    has_begun: AtomicBool,
    has_ended: AtomicBool,
    epoch_in_use: AtomicU64,
    state: Mutex<State>,
    /// There is something newer than what is in use.
    news: Notify,
    /// What is in use. Questions name its head.
    in_use: watch::Sender<Option<Taken>>,
    /// Whether a keeper has confirmed something, ever.
    confirmed: watch::Sender<bool>,
    /// Whether no keeper answers.
    alone: watch::Sender<bool>,
}

#[derive(Debug)]
struct State {
    /// The newest that was taken, in use or not yet.
    newest: Option<Taken>,
    /// What came of the last question to each address of each keeper.
    keepers: Vec<Keeper>,
}

#[derive(Debug, Default)]
struct Keeper {
    addresses: BTreeMap<SocketAddr, Option<Trouble>>,
    /// Why its name has no address.
    unresolved: Option<Trouble>,
}

#[derive(Clone, Debug)]
struct Trouble {
    reason: String,
    hint: &'static str,
}

/// A head with the document and the list that it names. Clones share both.
#[derive(Clone, Debug)]
pub(super) struct Taken {
    pub(super) head: SignedHead,
    pub(super) document: Arc<Zeroizing<Vec<u8>>>,
    pub(super) list: Option<Arc<RevocationList>>,
}

impl Taken {
    pub(super) const fn epoch(&self) -> u64 {
        self.head.head().epoch
    }

    /// Puts together what is new and what is held already.
    pub(super) fn of(news: Held, held: Option<&Self>) -> Option<Self> {
        let Held {
            head,
            document,
            list,
        } = news;
        let has_list = head.head().seq > 0;
        Some(Self {
            head,
            document: match document {
                Some(document) => Arc::new(document),
                None => Arc::clone(&held?.document),
            },
            list: match list {
                Some(list) => Some(Arc::new(list)),
                None => held.filter(|_| has_list).and_then(|it| it.list.clone()),
            },
        })
    }
}

impl Keeper {
    fn answers(&self) -> bool {
        self.addresses.values().any(Option::is_none)
    }

    /// What is wrong, if it is known that nothing answers.
    fn trouble(&self) -> Option<&Trouble> {
        if self.answers() {
            return None;
        }
        let last = self.addresses.values().flatten().next();
        last.or(self.unresolved.as_ref())
    }
}

impl Shared {
    pub(super) fn new(
        ring: &str,
        key: Arc<DeliveryKey>,
        name: String,
        keepers: usize,
    ) -> Result<Self, RandomError> {
        Ok(Self {
            ring: ring.into(),
            key,
            name,
            instance: Instance::draw()?,
            count: AtomicU64::new(0),
            has_begun: AtomicBool::new(false),
            has_ended: AtomicBool::new(false),
            epoch_in_use: AtomicU64::new(0),
            state: Mutex::new(State {
                newest: None,
                keepers: std::iter::repeat_with(Keeper::default)
                    .take(keepers)
                    .collect(),
            }),
            news: Notify::new(),
            in_use: watch::Sender::new(None),
            confirmed: watch::Sender::new(false),
            alone: watch::Sender::new(false),
        })
    }

    pub(super) fn question(
        &self,
        held: Option<SignedHead>,
        now: Timestamp,
        patience: Patience,
    ) -> Result<Question, RandomError> {
        Ok(Question {
            nonce: draw()?,
            instance: self.instance,
            count: self.count.fetch_add(1, Ordering::Relaxed) + 1,
            time: now,
            patience,
            name: self.name.clone(),
            held,
        })
    }

    pub(super) fn held(&self) -> Option<Taken> {
        self.in_use.borrow().clone()
    }

    /// Takes what an answer has brought, unless something newer was taken meanwhile.
    pub(super) fn take(&self, taken: Taken) {
        let mut state = self.state();
        let is_newer = state.newest.as_ref().is_none_or(|newest| {
            matches!(
                taken.head.head().standing_to(newest.head.head()),
                Standing::Newer
            ) || self.is_ahead(newest)
        });
        if is_newer {
            state.newest = Some(taken);
        }
        drop(state);
        self.news.notify_one();
    }

    /// Whether something was taken under a clock that was far ahead.
    fn is_ahead(&self, taken: &Taken) -> bool {
        Timestamp::now().is_ok_and(|now| taken.epoch() > u64::from(now.stored()) + 86_400)
    }

    pub(super) fn newest(&self) -> Option<Taken> {
        self.state().newest.clone()
    }

    pub(super) fn is_in_use(&self, taken: &Taken) -> bool {
        self.in_use.borrow().as_ref().map(|it| &it.head) == Some(&taken.head)
    }

    /// Whether the ring in use was read from this document.
    pub(super) fn is_ring_in_use(&self, taken: &Taken) -> bool {
        let in_use = self.in_use.borrow();
        let is_same = |it: &Taken| Arc::ptr_eq(&it.document, &taken.document);
        in_use.as_ref().is_some_and(is_same) && self.epoch_in_use() == taken.epoch()
    }

    pub(super) fn use_it(&self, taken: Taken) {
        self.in_use.send_replace(Some(taken));
    }

    pub(super) fn note_epoch_in_use(&self, epoch: u64) {
        self.epoch_in_use.store(epoch, Ordering::Relaxed);
    }

    pub(super) fn epoch_in_use(&self) -> u64 {
        self.epoch_in_use.load(Ordering::Relaxed)
    }

    pub(super) fn note_begun(&self) {
        self.has_begun.store(true, Ordering::Relaxed);
    }

    pub(super) fn has_begun(&self) -> bool {
        self.has_begun.load(Ordering::Relaxed)
    }

    /// Lets no more questions be asked, and returns the addresses of keepers that answer.
    pub(super) fn end(&self) -> Vec<SocketAddr> {
        self.has_ended.store(true, Ordering::Relaxed);
        let state = self.state();
        let addresses = state.keepers.iter().flat_map(|it| &it.addresses);
        let answering = addresses.filter(|(_, trouble)| trouble.is_none());
        answering.map(|(address, _)| *address).collect()
    }

    /// Returns the addresses of all keepers, those that answer first.
    pub(super) fn keepers(&self) -> Vec<SocketAddr> {
        let state = self.state();
        let addresses = state.keepers.iter().flat_map(|it| &it.addresses);
        let mut known: Vec<_> = addresses
            .map(|(address, trouble)| (trouble.is_some(), *address))
            .collect();
        known.sort_unstable();
        known.dedup();
        known.into_iter().map(|(_, address)| address).collect()
    }

    /// Makes a request to revoke this.
    pub(super) fn request(
        &self,
        revocations: &[Revocation],
        now: Timestamp,
    ) -> Result<RevokeRequest, RandomError> {
        Ok(RevokeRequest {
            nonce: draw()?,
            instance: self.instance,
            time: now,
            revocations: revocations.to_vec(),
        })
    }

    pub(super) fn has_ended(&self) -> bool {
        self.has_ended.load(Ordering::Relaxed)
    }

    /// Waits until something else is in use than this, for as long as a watcher that runs takes.
    pub(super) async fn until_other_than(&self, held: Option<&SignedHead>) {
        let mut in_use = self.in_use.subscribe();
        let is_other = |now: &Option<Taken>| now.as_ref().map(|it| &it.head) != held;
        _ = timeout(WATCHER, in_use.wait_for(is_other)).await;
    }

    /// Waits until a list of this number or a later one is in use, at most so long. Returns whether
    /// it is.
    pub(super) async fn until_list(&self, seq: u64, limit: Duration) -> bool {
        let mut in_use = self.in_use.subscribe();
        let has_list =
            |now: &Option<Taken>| now.as_ref().is_some_and(|it| it.head.head().seq >= seq);
        timeout(limit, in_use.wait_for(has_list)).await.is_ok()
    }

    pub(super) async fn until_confirmed(&self) {
        let mut confirmed = self.confirmed.subscribe();
        _ = confirmed.wait_for(|it| *it).await;
    }

    /// Waits until no keeper answers, or none has answered yet.
    pub(super) async fn until_alone(&self) {
        if *self.confirmed.borrow() {
            let mut alone = self.alone.subscribe();
            _ = alone.wait_for(|it| *it).await;
        }
    }

    pub(super) async fn until_news(&self) {
        self.news.notified().await;
    }

    /// A keeper has answered.
    pub(super) fn note_answer(&self, keeper: usize, address: SocketAddr) {
        self.note(keeper, |it| {
            it.unresolved = None;
            it.addresses.insert(address, None);
        });
        self.confirmed.send_replace(true);
    }

    pub(super) fn note_failure(&self, keeper: usize, address: SocketAddr, error: &AskError) {
        let trouble = Trouble {
            reason: format!("{address}: {}", error.reason()),
            hint: error.hint(),
        };
        self.note(keeper, |it| {
            it.addresses.insert(address, Some(trouble));
        });
    }

    pub(super) fn note_unresolved(&self, keeper: usize, reason: String) {
        let hint = "check the name of the keeper in its address";
        self.note(keeper, |it| it.unresolved = Some(Trouble { reason, hint }));
    }

    /// An address is no longer one of the keeper's.
    pub(super) fn drop_address(&self, keeper: usize, address: SocketAddr) {
        self.note(keeper, |it| drop(it.addresses.remove(&address)));
    }

    fn note(&self, keeper: usize, note: impl FnOnce(&mut Keeper)) {
        let mut state = self.state();
        note(&mut state.keepers[keeper]);
        let is_alone = state.keepers.iter().all(|it| it.trouble().is_some());
        drop(state);
        let was_alone = self.alone.send_replace(is_alone);
        if was_alone != is_alone {
            // The next look says so.
            self.news.notify_one();
        }
    }

    pub(super) fn is_alone(&self) -> bool {
        *self.alone.borrow()
    }

    /// Whether one keeper does not answer, and another does.
    pub(super) fn is_one_silent(&self) -> bool {
        let state = self.state();
        let mut keepers = state.keepers.iter();
        keepers.any(|it| it.trouble().is_some()) && state.keepers.iter().any(Keeper::answers)
    }

    /// Says why no keeper answers, and what to do.
    pub(super) fn why_alone(&self) -> (String, &'static str) {
        let state = self.state();
        let troubles: Vec<_> = state.keepers.iter().filter_map(Keeper::trouble).collect();
        let reasons: Vec<_> = troubles.iter().map(|it| it.reason.as_str()).collect();
        match troubles.first() {
            Some(first) => (reasons.join("; "), first.hint),
            None => (
                "there was no answer in time".into(),
                "check the address, and that the keeper runs with --serve; it is asked again",
            ),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How long a watcher may take to bring into use what was taken.
const WATCHER: Duration = Duration::from_secs(2);
