//! What does a person or a program read? Text or JSON, colours where a terminal is, and an exit
//! code.

pub(crate) mod exit;
pub(crate) mod page;
pub(crate) mod progress;
pub(crate) mod relative_time;
pub(crate) mod roll_out;
pub(crate) mod terminal;
pub(crate) mod usage_error;
