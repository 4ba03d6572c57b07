//! How does a session type become bytes?

mod postcard;

pub(crate) use postcard::*;
