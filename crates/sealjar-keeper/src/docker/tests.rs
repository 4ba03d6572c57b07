//! What does the client make of whatever answers?

mod breaking;
mod peer;
mod speaking;
mod tls;
