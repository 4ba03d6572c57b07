//! What does this keeper say is current?
//!
//! One task reads the store while anybody waits for an answer, and makes what all of them get: a
//! head that is signed once and a part that is sealed once, for each key.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::body::Bytes;
use sealjar::{KeyId, RandomError, RevocationList, Timestamp};
use sealjar_follow::{Head, SignedHead, SpeakerKey, seal_list, seal_ring, sign_answer};
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep, timeout};

use crate::store::{self, RingStore, StoreError, Stored, StoredList, Version};

/// What this keeper says, and the keys to say it with.
#[derive(Debug)]
pub(super) struct Speaking {
    speakers: Vec<SpeakerKey>,
    current: watch::Sender<Option<Arc<Current>>>,
    reading: watch::Sender<Option<Reading>>,
    /// Somebody needs the store to be read.
    wanted: Notify,
    waiting: AtomicUsize,
}

/// What is current.
#[derive(Debug)]
pub(super) struct Current {
    version: Version,
    list_version: Version,
    pub(super) ring: String,
    pub(super) skew: u32,
    /// The list of revocations, if there is one.
    pub(super) list: Option<Arc<RevocationList>>,
    spoken: Vec<Spoken>,
}

/// The same under one key.
#[derive(Debug)]
pub(super) struct Spoken {
    key: KeyId,
    pub(super) head: SignedHead,
    /// The ring.
    pub(super) part: Bytes,
    /// The list of revocations, if there is one.
    pub(super) list_part: Option<Bytes>,
}

/// The last attempt to read the store.
#[derive(Clone, Copy, Debug)]
struct Reading {
    began: Instant,
    /// When, by the clock, if it was read.
    as_of: Option<Timestamp>,
}

/// Keeps the store being read while it lives.
#[derive(Debug)]
pub(super) struct Waiting<'a>(&'a Speaking);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Speaking {
    pub(super) fn new(speakers: Vec<SpeakerKey>) -> Self {
        Self {
            speakers,
            current: watch::Sender::new(None),
            reading: watch::Sender::new(None),
            wanted: Notify::new(),
            waiting: AtomicUsize::new(0),
        }
    }

    /// Returns the key that a question names.
    pub(super) fn speaker(&self, is_named: impl Fn(KeyId) -> bool) -> Option<&SpeakerKey> {
        self.speakers.iter().find(|it| is_named(it.id()))
    }

    /// Returns a key of the ring or of its store that is also one of this keeper's own: what hides
    /// what travels must hide nothing else.
    pub(super) fn shared_key<S: RingStore>(&self, store: &S, head: &store::Head) -> Option<KeyId> {
        let of_the_ring = head.ring.keys().iter().map(|key| key.id());
        let mut others = of_the_ring.chain(store.store_keys());
        others.find(|id| self.speakers.iter().any(|it| it.id() == *id))
    }

    /// Returns what was current when the store was read last, however long ago.
    pub(super) fn current(&self) -> Option<Arc<Current>> {
        self.current.borrow().clone()
    }

    pub(super) fn watch(&self) -> watch::Receiver<Option<Arc<Current>>> {
        self.current.subscribe()
    }

    /// Begins to wait: the store is read until the answer is dropped.
    pub(super) fn wait(&self) -> Waiting<'_> {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        self.wanted.notify_one();
        Waiting(self)
    }

    /// Has the store read, because it has changed.
    pub(super) fn look(&self) {
        self.wanted.notify_one();
    }

    /// Returns what is current, read at most a second ago, and when it was read. `None` if the
    /// store cannot be read.
    pub(super) async fn read_now(&self) -> Option<(Arc<Current>, Timestamp)> {
        let mut readings = self.reading.subscribe();
        let is_fresh = |it: &Option<Reading>| it.is_some_and(|it| it.began.elapsed() <= FRESH);
        if !is_fresh(&readings.borrow()) {
            let _waiting = self.wait();
            let read = timeout(PATIENCE, readings.wait_for(is_fresh)).await;
            read.ok()?.ok()?;
        }
        let as_of = readings.borrow().and_then(|it| it.as_of)?;
        let current = self.current.borrow().clone()?;
        Some((current, as_of))
    }

    /// Signs an answer to the question with this nonce.
    pub(super) fn answer(
        &self,
        speaker: &SpeakerKey,
        ring: &str,
        nonce: &[u8; 16],
        as_of: Timestamp,
        head: &SignedHead,
    ) -> Vec<u8> {
        sign_answer(speaker, ring, nonce, as_of, head).to_vec()
    }

    /// Reads the store for as long as anybody waits.
    pub(super) async fn run<S: RingStore>(&self, store: &S) -> Infallible {
        loop {
            tokio::select! {
                () = self.wanted.notified() => {}
                () = sleep(READ_EVERY), if self.waiting.load(Ordering::Relaxed) > 0 => {}
            }
            self.read(store).await;
            // No herd: whatever has changed meanwhile is answered together.
            sleep(BREATH).await;
        }
    }

    async fn read<S: RingStore>(&self, store: &S) {
        let (began, time) = (Instant::now(), Timestamp::now().ok());
        let as_of = match timeout(PATIENCE, both(store)).await {
            Ok(Ok((Stored::Head(head), list))) => {
                self.take(store, &head, list).then_some(time).flatten()
            }
            _ => None,
        };
        let was_read = self.reading.borrow().is_none_or(|it| it.as_of.is_some());
        if as_of.is_none() && was_read {
            // The next turn says why.
            tracing::warn!(target: "sealjar", "the store cannot be read: replicas get no answer");
        }
        self.reading.send_replace(Some(Reading { began, as_of }));
    }

    /// Makes what replicas get of a head and a list. Returns whether there is something to say.
    fn take<S: RingStore>(&self, store: &S, head: &store::Head, list: StoredList) -> bool {
        let before = self.current.borrow().clone();
        let before = before.filter(|it| it.version == head.version);
        if before
            .as_ref()
            .is_some_and(|it| it.list_version == list.version)
        {
            return true;
        }
        if self.shared_key(store, head).is_some() {
            return false;
        }
        match self.spoken(head, &list, before.as_deref()) {
            Ok(spoken) => {
                self.current.send_replace(Some(Arc::new(Current {
                    version: head.version.clone(),
                    list_version: list.version,
                    list: list.list.map(Arc::new),
                    ring: head.ring.name().into(),
                    skew: head.ring.timing().skew,
                    spoken,
                })));
                true
            }
            Err(error) => {
                tracing::error!(target: "sealjar", "{error}");
                false
            }
        }
    }

    /// `before` is what was said while only the list was another.
    fn spoken(
        &self,
        head: &store::Head,
        list: &StoredList,
        before: Option<&Current>,
    ) -> Result<Vec<Spoken>, RandomError> {
        let (ring, epoch) = (head.ring.name(), head.ring.epoch());
        let named = Head::of(epoch, &head.document, list.said());
        let under = |speaker: &SpeakerKey| {
            let key = speaker.delivery_key();
            let before = before.and_then(|it| it.under(speaker.id()));
            let part = match before {
                Some(before) => before.part.clone(),
                None => seal_ring(key, ring, epoch, &head.document)?.into(),
            };
            let list_part = match list.said() {
                Some((seq, bytes)) => Some(seal_list(key, ring, seq, bytes)?.into()),
                None => None,
            };
            Ok(Spoken {
                key: speaker.id(),
                head: SignedHead::sign(speaker, ring, named),
                part,
                list_part,
            })
        };
        self.speakers.iter().map(under).collect()
    }
}

/// Reads the ring and the list. Another keeper may commit in between: each of the two only rises.
async fn both<S: RingStore>(store: &S) -> Result<(Stored, StoredList), StoreError> {
    Ok((store.load().await?, store.load_list().await?))
}

impl Current {
    /// Returns what is said under a key.
    pub(super) fn under(&self, key: KeyId) -> Option<&Spoken> {
        self.spoken.iter().find(|it| it.key == key)
    }
}

/// How old a reading may be that an answer is made from.
const FRESH: Duration = Duration::from_secs(1);
/// How often the store is read while anybody waits. With the breath, it is always fresh.
const READ_EVERY: Duration = Duration::from_millis(500);
const BREATH: Duration = Duration::from_millis(250);
/// How long the store may take.
const PATIENCE: Duration = Duration::from_secs(5);
