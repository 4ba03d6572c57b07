//! How do handlers that were written for tower-sessions get sealed sessions?
//!
//! tower-sessions asks a store for records by id. The store here holds one record, the one that
//! came sealed with the request, and a jar does the rest. Each version of tower-sessions has types
//! of its own: `version.rs`, which is mounted once for each, is between those types and the files
//! beside it, which know none.

pub(crate) mod values;

mod sealed;
mod subject;

pub(crate) use sealed::{Failure, Sealed};
pub(crate) use subject::Subject;
