//! Gives sealed sessions to handlers that were written for tower-sessions.
//!
//! tower-sessions asks a store for records by id. The store here holds one record, the one that
//! came sealed with the request, and a jar does the rest. Each version of tower-sessions has its
//! own types. Only `version.rs` uses them; it is mounted once for each version, and the files
//! beside it are the same for both.

pub(crate) mod values;

mod sealed;
mod subject;

pub(crate) use sealed::{Failure, Sealed};
pub(crate) use subject::Subject;
