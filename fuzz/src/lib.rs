//! What is tried, and what has to come of it? The targets are in `fuzz_targets`, ten lines each.
//!
//! What the crates do is compared with [`reference`], which does the same by SPEC.md in slower and
//! plainer words, or with what a browser and an application may expect.

pub mod authentic;
pub mod blob;
pub mod cookies;
pub mod document;
pub mod edits;
pub mod everything;
pub mod exchange;
pub mod genuine;
pub mod json;
pub mod legacy;
pub mod open;
pub mod payload;
pub mod reach;
pub mod reference;
pub mod ring;
