//! Counts what sealers do with each key: `atomic` while requests run, `snapshot` for readers.

mod atomic;
mod snapshot;

pub(crate) use atomic::{Counters, KeyCounters, SealerCounters};
pub use snapshot::{KeyUses, RefusalCounts, Uses};
