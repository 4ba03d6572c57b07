//! Does what SPEC.md says, slowly and in the plainest way.
//!
//! It takes nothing from the crates but types, so that both are written from SPEC.md independently.

mod choice;
mod cookies;
mod json;
mod layout;
mod list;
mod opening;
mod phase;

pub use choice::{chosen, opened_ids};
pub use cookies::{Carried, cookies};
pub use json::{Member, members};
pub use layout::{Told, layout_of_newtype, layout_of_struct};
pub use list::Listed;
pub use opening::{decode, encode, opened};
pub use phase::phase;
