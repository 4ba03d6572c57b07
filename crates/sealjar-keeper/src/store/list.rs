//! What a store tells of the list of revocations that it keeps beside the ring.

use std::fmt;
use std::time::Duration;

use sealjar::RevocationList;
use zeroize::Zeroizing;

use crate::store::Version;

/// The list of revocations that a store holds.
#[derive(Clone)]
#[doc(hidden)]
pub struct StoredList {
    /// The list, `None` if there has never been one.
    pub list: Option<RevocationList>,
    /// Its bytes, as they were committed. Empty where there is no list.
    pub bytes: Zeroizing<Vec<u8>>,
    /// What the next commit of a list is decided over. It says nothing of the ring.
    pub version: Version,
}

impl StoredList {
    /// What a store holds in which no list was ever committed.
    #[must_use]
    pub fn none() -> Self {
        Self {
            list: None,
            bytes: Zeroizing::default(),
            version: Version::none(),
        }
    }

    /// Returns the number of the list and its bytes, as a head names them.
    #[must_use]
    pub fn said(&self) -> Option<(u64, &[u8])> {
        self.list.as_ref().map(|list| (list.seq(), &self.bytes[..]))
    }
}

/// The bytes are not shown: they name people's sessions.
impl fmt::Debug for StoredList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredList")
            .field("list", &self.list)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

/// What a store can bear of a list.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[doc(hidden)]
pub struct ListLimits {
    /// The greatest number of records, of both kinds together.
    pub records: usize,
    /// The least time between two commits.
    pub pace: Duration,
}

impl ListLimits {
    /// All that a list can hold, and a commit each second.
    pub const FULL: Self = Self {
        records: RevocationList::MAX_SESSIONS + RevocationList::MAX_SUBJECTS,
        pace: Duration::from_secs(1),
    };
}
