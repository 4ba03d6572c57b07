//! Fetches a replica's key ring from where it was delivered to.
//!
//! This crate knows files. It must never know what a session is, and it never writes a ring, except
//! the one that a debug build makes for a developer's first run.
//!
//! * [`FileSource::find`] looks where rings are delivered; [`FileSource::new`] takes a path.
//! * [`FileSource::fetch`] reads the ring, [`FileSource::refresh`] puts a newer one in use.

mod development;
mod error;
mod file;

pub use error::SourceError;
pub use file::FileSource;
