//! What does the client make of whatever answers?

mod breaking;
pub(crate) mod peer;
mod speaking;
mod tls;
