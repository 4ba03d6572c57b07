//! What do the pages of SPEC.md say, done slowly and in the plainest way?
//!
//! Nothing here is taken from the crates but types: whoever changes one of the two has to read the
//! page.

mod choice;
mod cookies;
mod json;
mod layout;
mod opening;
mod phase;

pub use choice::{chosen, opened_ids};
pub use cookies::{Carried, cookies};
pub use json::{Member, members};
pub use layout::{Told, layout_of_newtype, layout_of_struct};
pub use opening::{decode, encode, opened};
pub use phase::phase;
