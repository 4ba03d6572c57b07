//! The session types of the table's apps.

use std::borrow::Cow;
use std::cell::Cell;

use sealjar_session::{Format, SessionData};
use serde::{Deserialize, Deserializer, Serialize};

/// The session of most rows. It has a subject once it has a name, and can read one earlier schema.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub(crate) struct Account {
    pub(crate) name: String,
    #[serde(deserialize_with = "counted")]
    pub(crate) visits: u32,
    /// As long as the row needs.
    pub(crate) note: String,
}

impl SessionData for Account {
    const SCHEMA: u16 = 1;
    const FORMAT: Format = crate::FORMAT;

    fn subject(&self) -> Option<Cow<'_, str>> {
        (!self.name.is_empty()).then(|| self.name.as_str().into())
    }
}

/// The account in a build that renamed a field without raising the schema.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename = "Account")]
pub(crate) struct Renamed {
    pub(crate) nick: String,
    pub(crate) visits: u32,
    pub(crate) note: String,
}

impl SessionData for Renamed {
    const SCHEMA: u16 = 1;
    const FORMAT: Format = crate::FORMAT;
}

/// The account in the next build.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename = "Account")]
pub(crate) struct Grown {
    pub(crate) name: String,
    pub(crate) visits: u32,
    pub(crate) note: String,
    #[serde(default)]
    pub(crate) theme: String,
}

impl SessionData for Grown {
    const SCHEMA: u16 = 1;
    const FORMAT: Format = crate::FORMAT;

    fn subject(&self) -> Option<Cow<'_, str>> {
        (!self.name.is_empty()).then(|| self.name.as_str().into())
    }
}

/// A second session, in a cookie of its own.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub(crate) struct Basket {
    pub(crate) items: u32,
}

impl SessionData for Basket {
    const FORMAT: Format = crate::FORMAT;
}

pub(crate) fn account(name: &str) -> Account {
    Account {
        name: name.into(),
        visits: 1,
        note: String::new(),
    }
}

/// Returns how many accounts this thread has decoded since it was last asked.
pub(crate) fn take_decodes() -> u32 {
    DECODES.take()
}

fn counted<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    DECODES.set(DECODES.get() + 1);
    u32::deserialize(deserializer)
}

thread_local! {
    static DECODES: Cell<u32> = const { Cell::new(0) };
}
