//! Which library computes AES-256-GCM? The feature `ring` decides, for the whole program.
//!
//! Both have the same two functions, with the same bytes and the same refusals:
//!
//! * `seal` encrypts `buffer` in place and returns the tag;
//! * `open` decrypts `buffer` in place if the tag is right. Otherwise the contents are unspecified.

#[cfg(feature = "ring")]
mod native;
#[cfg(any(test, not(feature = "ring")))]
mod pure;
#[cfg(test)]
mod tried;

#[cfg(all(feature = "ring", not(test)))]
pub(super) use native::{open, seal};
#[cfg(not(any(feature = "ring", test)))]
pub(super) use pure::{open, seal};
#[cfg(test)]
pub(crate) use tried::Backend;
#[cfg(test)]
pub(super) use tried::{open, seal};

/// Why no message is too long to be sealed.
const SHORT: &str = "tokens and rings are far shorter than the limit of AES-GCM";
