//! The inputs of the targets and the expected results. The targets are in `fuzz_targets`, ten lines
//! each.
//!
//! The results of the crates are compared with [`reference`], which follows SPEC.md slowly and
//! plainly, or with what a browser and an application may expect.

pub mod authentic;
pub mod blob;
pub mod cookies;
pub mod document;
pub mod edits;
pub mod everything;
pub mod exchange;
pub mod following;
pub mod genuine;
pub mod json;
pub mod legacy;
pub mod list;
pub mod open;
pub mod payload;
pub mod reach;
pub mod reference;
pub mod ring;
