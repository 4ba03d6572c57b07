//! The application's session type.

use std::borrow::Cow;

use sealjar::Timestamp;
use sealjar_session::{Expiry, SessionData};

/// A session with a subject once it has a name, of any size, which may choose its own end.
#[derive(Clone, Debug, Default, PartialEq, serde::Deserialize, serde::Serialize)]
pub struct Account {
    pub name: String,
    pub visits: u32,
    pub note: String,
    pub end: Option<u32>,
}

impl Account {
    /// The two people there are.
    pub const fn name(ada: bool) -> &'static str {
        if ada { "ada" } else { "bob" }
    }

    pub const fn is_too_large(&self) -> bool {
        self.note.len() >= TOO_LARGE
    }
}

impl SessionData for Account {
    fn subject(&self) -> Option<Cow<'_, str>> {
        (!self.name.is_empty()).then(|| self.name.as_str().into())
    }

    fn expiry(&self) -> Expiry {
        let end = self.end.map(Timestamp::from_stored);
        end.map_or(Expiry::Jar, Expiry::At)
    }
}

/// Lengths of notes: for one cookie, for two, for three, and for none.
pub const NOTES: [usize; 5] = [0, 10, 4_000, 8_000, TOO_LARGE];
const TOO_LARGE: usize = 13_000;
