//! The table, by topic.

pub(crate) mod answers;
pub(crate) mod attributes;
pub(crate) mod caches;
pub(crate) mod candidates;
pub(crate) mod chunks;
pub(crate) mod csrf;
pub(crate) mod expiry;
pub(crate) mod flash;
pub(crate) mod hostile;
pub(crate) mod intents;
pub(crate) mod legacy;
pub(crate) mod login;
pub(crate) mod logouts;
pub(crate) mod mounts;
pub(crate) mod overlaps;
pub(crate) mod refusals;
pub(crate) mod reseal;
pub(crate) mod too_late;
pub(crate) mod untouched;
pub(crate) mod updates;
pub(crate) mod writing;
