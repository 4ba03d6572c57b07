//! Swaps a ring, and the list of revocations beside it, under the requests that use them.

#[cfg(all(loom, test))]
#[path = "tests/interleavings/live.rs"]
pub(crate) mod interleavings;

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::task::{Context, Poll, Waker};

use crate::clock::Timestamp;
use crate::error::RingError;
use crate::key::KeyId;
use crate::list::{ListError, RevocationList};
use crate::ring::KeyRing;
use crate::sync::{ArcSwap, AtomicBool, Guard, Mutex, MutexGuard};

/// A ring that many sealers share, swapped as a whole.
///
/// Clones share the ring. Each seal and each open loads the ring once and keeps using it to the
/// end, so no token is made or judged under two rings.
///
/// Beside the ring is a [`RevocationList`], empty until somebody replaces it. What either of the
/// two revokes is refused.
///
/// # Examples
/// ```
/// use sealjar::{Context, Key, KeyRing, LiveRing, RingError, Sealer, Suite};
///
/// let ring = KeyRing::from(Key::generate(Suite::Xaes256Gcm)?);
/// let document = ring.to_json();
/// let mut next = ring.draft();
/// next.epoch += 1;
///
/// let live = LiveRing::new(ring);
/// let links = Sealer::new(&live, Context::new("shop-prod", "link"))?;
///
/// // The sealer works with the new epoch from now on, and no older one replaces it.
/// live.replace(next.build()?)?;
/// assert_eq!(links.ring().load().epoch(), 1);
/// let older = KeyRing::from_json(document.as_bytes())?;
/// assert_eq!(live.replace(older), Err(RingError::Older { current: 1, found: 0 }));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct LiveRing(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    in_use: ArcSwap<InUse>,
    /// Held while a new ring or list is compared with the one in use and stored. Readers do not
    /// take it.
    replacing: Mutex<()>,
    /// Whether `unknown` holds an id. A flood of unknown ids only reads this flag and never waits
    /// for the lock.
    noted: AtomicBool,
    unknown: Mutex<Unknown>,
}

/// A ring and a list, loaded together.
#[derive(Debug)]
pub(crate) struct InUse {
    pub(crate) ring: Arc<KeyRing>,
    pub(crate) list: Arc<RevocationList>,
}

impl InUse {
    /// Returns whether the ring or the list revokes the session.
    #[cfg(feature = "__hazmat")]
    pub(crate) fn covers_session(&self, id: [u8; 8]) -> bool {
        self.ring.revocations().covers_session(id) || self.list.covers_session(id)
    }

    /// Returns the later of the times for the subject in `app` in the ring and in the list: its
    /// sessions that were born before are refused.
    #[cfg(feature = "__hazmat")]
    pub(crate) fn subject_born_before(&self, app: &str, subject: &str) -> Option<Timestamp> {
        let revocations = self.ring.revocations();
        let in_ring = revocations.subject_born_before(app, subject);
        if self.list.subject_records() == 0 || !self.list.is_of(&self.ring) {
            return in_ring;
        }
        let hash = revocations.subject_hash(app, subject).ok();
        in_ring.max(hash.and_then(|hash| self.list.subject_born_before(hash)))
    }
}

/// A key id that the ring does not hold, and the task that waits for one.
#[derive(Debug, Default)]
struct Unknown {
    id: Option<KeyId>,
    waiting: Option<Waker>,
}

impl LiveRing {
    /// Makes a live ring that begins with `ring`.
    #[must_use]
    pub fn new(ring: KeyRing) -> Self {
        Self(Arc::new(Shared {
            in_use: ArcSwap::from_pointee(InUse {
                list: Arc::new(RevocationList::empty(&ring)),
                ring: Arc::new(ring),
            }),
            replacing: Mutex::new(()),
            noted: AtomicBool::new(false),
            unknown: Mutex::default(),
        }))
    }

    /// Returns the ring in use. It never changes, however long the caller keeps it.
    #[must_use]
    pub fn load(&self) -> Arc<KeyRing> {
        Arc::clone(&self.guard().ring)
    }

    /// Returns the list in use beside the ring.
    #[must_use]
    pub fn list(&self) -> Arc<RevocationList> {
        Arc::clone(&self.guard().list)
    }

    /// Replaces the ring in use. The same content again changes nothing.
    ///
    /// # Errors
    /// [`RingError::Foreign`] for a ring of another name, [`RingError::Another`] for another ring
    /// of the same name, [`RingError::Ahead`] for an epoch that lies more than a day ahead of this
    /// machine's clock, [`RingError::Older`] for a lower epoch, [`RingError::Conflict`] for the
    /// same epoch with other content. In all these cases the ring in use stays.
    pub fn replace(&self, ring: KeyRing) -> Result<(), RingError> {
        self.replace_at(ring, Timestamp::now().ok())
    }

    /// Replaces the ring in use, at the time `now`. `None` means that there is no valid clock: then
    /// no epoch counts as ahead.
    ///
    /// If the ring in use itself lies ahead, because it was accepted under a wrong clock, a ring
    /// that does not may replace it although its epoch is lower. Otherwise no ring could replace it
    /// for as long as that clock was wrong by.
    ///
    /// # Errors
    /// Those of [`replace`](Self::replace).
    pub fn replace_at(&self, ring: KeyRing, now: Option<Timestamp>) -> Result<(), RingError> {
        let _replacing = self.replacing();
        let current = self.load();
        if ring.name() != current.name() {
            return Err(RingError::Foreign {
                expected: current.name().into(),
                found: ring.name().into(),
            });
        }
        if !ring.is_same_ring(&current) {
            return Err(RingError::Another {
                name: ring.name().into(),
                current: current.id(),
                found: ring.id(),
            });
        }
        let check = |ring: &KeyRing| now.map_or(Ok(()), |now| ring.check_epoch(now));
        check(&ring)?;
        if ring.epoch() < current.epoch() && check(&current).is_ok() {
            return Err(RingError::Older {
                current: current.epoch(),
                found: ring.epoch(),
            });
        }
        if ring.epoch() == current.epoch() {
            return if ring.same_content(&current) {
                Ok(())
            } else {
                Err(RingError::Conflict {
                    epoch: ring.epoch(),
                })
            };
        }
        self.0.in_use.store(Arc::new(InUse {
            ring: Arc::new(ring),
            list: self.list(),
        }));
        Ok(())
    }

    /// Replaces the list in use. The same content again changes nothing.
    ///
    /// A list under another pepper than the ring's is taken as well, because the ring may follow:
    /// see [`RevocationList::is_of`].
    ///
    /// # Errors
    /// [`ListError::Ahead`] for a number that lies more than a day ahead of this machine's clock,
    /// [`ListError::Older`] for a lower number, [`ListError::Conflict`] for the same number with
    /// other content. In all these cases the list in use stays.
    ///
    /// # Examples
    /// ```
    /// use sealjar::keeper::{ListDraft, ListRecord, Room};
    /// use sealjar::{Key, ListError, LiveRing, Suite, Timestamp};
    ///
    /// let live = LiveRing::from(Key::generate(Suite::Xaes256Gcm)?);
    /// let empty = live.list();
    /// let mut draft = ListDraft::new(&empty, 1, Timestamp::MIN);
    /// let until = Timestamp::now()?.saturating_add(604_830);
    /// draft.add(&[ListRecord::Session { id: [7; 8], until }], Room::Applications)?;
    /// live.replace_list(draft.build())?;
    ///
    /// // Every sealer of this ring refuses the session from now on, and no older list comes back.
    /// assert!(live.list().covers_session([7; 8]));
    /// let refused = live.replace_list((*empty).clone());
    /// assert_eq!(refused, Err(ListError::Older { current: 1, found: 0 }));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn replace_list(&self, list: impl Into<Arc<RevocationList>>) -> Result<(), ListError> {
        self.replace_list_at(list, Timestamp::now().ok())
    }

    /// Replaces the list in use, at the time `now`, by the rules of
    /// [`replace_at`](Self::replace_at).
    ///
    /// # Errors
    /// Those of [`replace_list`](Self::replace_list).
    pub fn replace_list_at(
        &self,
        list: impl Into<Arc<RevocationList>>,
        now: Option<Timestamp>,
    ) -> Result<(), ListError> {
        let list = list.into();
        let _replacing = self.replacing();
        let current = self.list();
        let check = |list: &RevocationList| now.map_or(Ok(()), |now| list.check_seq(now));
        check(&list)?;
        if list.seq() < current.seq() && check(&current).is_ok() {
            return Err(ListError::Older {
                current: current.seq(),
                found: list.seq(),
            });
        }
        if list.seq() == current.seq() {
            return if list == current {
                Ok(())
            } else {
                Err(ListError::Conflict { seq: list.seq() })
            };
        }
        self.0.in_use.store(Arc::new(InUse {
            ring: self.load(),
            list,
        }));
        Ok(())
    }

    fn replacing(&self) -> MutexGuard<'_, ()> {
        self.0
            .replacing
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Records that a token named a key that the ring does not hold. Sealers call this.
    ///
    /// Until somebody calls [`poll_unknown`](Self::poll_unknown), the first id is kept and others
    /// are dropped: one look at the source answers all of them.
    pub fn note_unknown(&self, id: KeyId) {
        if self.0.noted.load(Ordering::Relaxed) {
            return;
        }
        let mut unknown = self.unknown();
        if unknown.id.is_some() {
            return;
        }
        unknown.id = Some(id);
        self.0.noted.store(true, Ordering::Relaxed);
        let waiting = unknown.waiting.take();
        drop(unknown);
        if let Some(waker) = waiting {
            waker.wake();
        }
    }

    /// Waits for a token that names a key that the ring does not hold, and takes its id.
    ///
    /// One task may wait; a second one replaces it. The maker of a forged token can choose the id.
    pub fn poll_unknown(&self, context: &mut Context<'_>) -> Poll<KeyId> {
        let mut unknown = self.unknown();
        if let Some(id) = unknown.id.take() {
            self.0.noted.store(false, Ordering::Relaxed);
            unknown.waiting = None;
            return Poll::Ready(id);
        }
        match &mut unknown.waiting {
            Some(waiting) => waiting.clone_from(context.waker()),
            none => *none = Some(context.waker().clone()),
        }
        Poll::Pending
    }

    fn unknown(&self) -> MutexGuard<'_, Unknown> {
        self.0
            .unknown
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn guard(&self) -> Guard<Arc<InUse>> {
        self.0.in_use.load()
    }
}

impl From<KeyRing> for LiveRing {
    fn from(ring: KeyRing) -> Self {
        Self::new(ring)
    }
}

impl From<crate::Key> for LiveRing {
    fn from(key: crate::Key) -> Self {
        Self::new(key.into())
    }
}

impl From<&Self> for LiveRing {
    fn from(ring: &Self) -> Self {
        ring.clone()
    }
}
