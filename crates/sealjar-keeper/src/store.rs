//! Stores that keep a ring, and what a keeper finds in them.
//!
//! A store holds one ring. Its head is the last epoch that was committed; a commit names the
//! version it was decided over, and of several at once one wins. What is committed is then
//! published: put where replicas look.
//!
//! What the methods of [`RingStore`] take and return is hidden: it is for the stores of this
//! project, and changes without notice.

mod damage;
mod disk;
mod error;
mod exports;
mod file;
mod list;
mod place;

use std::fmt;

use sealjar::{KeyId, KeyRing, RevocationList};
use zeroize::Zeroizing;

use crate::delivery::Delivery;
use crate::plan::{Change, Publishing};
#[doc(hidden)]
pub use crate::store::damage::Damage;
#[cfg(test)]
pub(crate) use crate::store::disk::Fault;
#[doc(hidden)]
pub use crate::store::disk::{read_file, write_file};
#[doc(hidden)]
pub use crate::store::error::BackendError;
pub use crate::store::error::StoreError;
#[doc(hidden)]
pub use crate::store::exports::exported;
pub use crate::store::file::FileStore;
#[doc(hidden)]
pub use crate::store::list::{ListLimits, StoredList};
#[doc(hidden)]
pub use crate::store::place::{Found, Place};

/// Keeps one ring. Any number of keepers may use a store at once.
pub trait RingStore: Send + Sync {
    /// Returns what the store holds.
    ///
    /// # Errors
    /// [`StoreError`] if the store does not tell.
    fn load(&self) -> impl Future<Output = Result<Stored, StoreError>> + Send;

    /// Makes the ring of `next` the head if the store is still as it was at version `over`.
    ///
    /// # Errors
    /// [`StoreError::LostRace`] when it is not. After any other error it may be the head or not:
    /// load again and compare.
    fn commit(
        &self,
        over: &Version,
        next: &Change,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Puts the head where replicas look, or takes the next step towards that. Does nothing if it
    /// is there already. If it was there before and was replaced, forgets first what was recorded
    /// of it: a keeper that dies in between must not leave a record that is no longer true.
    ///
    /// # Errors
    /// [`StoreError`] when it could not be finished. The next turn begins with it.
    fn publish(&self, head: &Head) -> impl Future<Output = Result<Published, StoreError>> + Send;

    /// Looks at what replicas find where they look, and changes nothing.
    ///
    /// # Errors
    /// [`StoreError`] if the store does not tell.
    fn found(&self, head: &Head) -> impl Future<Output = Result<Found, StoreError>> + Send {
        // Right for a store where nobody else can put anything.
        _ = head;
        async { Ok(Found::Head) }
    }

    /// Returns what is known by now of where the head has arrived.
    ///
    /// # Errors
    /// [`StoreError::LostRace`] when `head` is no longer the head. [`StoreError`] when that cannot
    /// be told.
    fn delivery_of(
        &self,
        head: &Head,
    ) -> impl Future<Output = Result<Delivery, StoreError>> + Send {
        async {
            match self.load().await? {
                Stored::Head(found) if found.version == head.version => Ok(found.delivery),
                _ => Err(StoreError::LostRace),
            }
        }
    }

    /// Records where the ring has arrived, if the store is still as it was at version `over`.
    ///
    /// # Errors
    /// [`StoreError::LostRace`] when it is not. [`StoreError`] when it could not be recorded; the
    /// next turn does it again.
    fn record(
        &self,
        over: &Version,
        delivery: &Delivery,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Removes what was kept of earlier epochs and may not stay: `may_keep` is asked with the keys
    /// whose secrets a document holds. Does nothing where `head` is no longer the head.
    ///
    /// # Errors
    /// [`StoreError`] when something could not be removed. The next turn tries again.
    fn prune(
        &self,
        head: &Head,
        may_keep: &(dyn Fn(&[KeyId]) -> bool + Sync),
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Returns the list of revocations that the store holds beside the ring.
    ///
    /// # Errors
    /// [`StoreError::List`] if what is there is no list: it is never taken for an empty one.
    /// [`StoreError`] if the store does not tell.
    fn load_list(&self) -> impl Future<Output = Result<StoredList, StoreError>> + Send {
        async { Ok(StoredList::none()) }
    }

    /// Puts `next` in the place of the list of version `over`, or of none. If `next` is there
    /// already, makes sure that it stays.
    ///
    /// # Errors
    /// [`StoreError::LostRace`] when another list is there. After any other error it may be
    /// committed or not: load again and compare.
    fn commit_list(
        &self,
        over: &Version,
        next: &RevocationList,
    ) -> impl Future<Output = Result<(), StoreError>> + Send {
        _ = (over, next);
        async { Err(StoreError::NoList) }
    }

    /// Returns what the store can bear of a list, `None` if it keeps none.
    fn list_limits(&self) -> Option<ListLimits> {
        None
    }

    /// Returns the ids of the keys that the store seals the ring under, as far as they are at hand.
    fn store_keys(&self) -> Vec<KeyId> {
        Vec::new()
    }

    /// Returns what publishing does to replicas.
    fn publishing(&self) -> Publishing;

    /// Returns where replicas find the head.
    fn place(&self, head: &Head) -> Place;
}

/// What a store holds.
#[derive(Debug)]
#[doc(hidden)]
pub enum Stored {
    /// No ring, and nothing that was one.
    Nothing,
    /// Something that needs a person before a keeper can continue.
    Damaged {
        /// What a restore commits over.
        version: Version,
        /// What is wrong.
        damage: Damage,
        /// The rings that can still be read and are private to the store, so that a keeper wrote
        /// them.
        known: Vec<KeyRing>,
        /// Those that replicas find and that are not known to be a keeper's.
        delivered: Vec<KeyRing>,
    },
    /// A ring.
    Head(Box<Head>),
}

/// The last epoch that was committed.
#[doc(hidden)]
pub struct Head {
    /// The ring.
    pub ring: KeyRing,
    /// Its document, in the bytes in which it was committed: another build may write the same ring
    /// in other bytes.
    pub document: Zeroizing<Vec<u8>>,
    /// What the next commit is decided over.
    pub version: Version,
    /// Where the ring has arrived.
    pub delivery: Delivery,
}

impl fmt::Debug for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Head")
            .field("ring", &self.ring)
            .field("version", &self.version)
            .field("delivery", &self.delivery)
            .finish_non_exhaustive()
    }
}

/// Names one state of a store. Two are equal when nothing was committed between them.
#[derive(Clone, Debug, Eq, PartialEq)]
#[doc(hidden)]
pub struct Version(String);

impl Version {
    /// Makes a version of whatever the store tells its states apart by.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Returns the text it was made of.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The version of a store that has no head.
    #[must_use]
    pub fn none() -> Self {
        Self::new("")
    }
}

/// What a publication came to.
#[derive(Clone, Debug, Eq, PartialEq)]
#[doc(hidden)]
pub enum Published {
    /// The head was where replicas look.
    Unchanged,
    /// It was put there.
    Written,
    /// It had been there, and something else was found in its place: it was put there again. A
    /// keeper says so, never a store.
    Mended,
    /// It is on its way: publish again in a moment. Says what it waits for.
    InProgress(String),
}
