//! The table, by what it is about.

pub(crate) mod intents;
pub(crate) mod writing;
