//! What reads and writes a legacy cookie, without the session type: what jars share knows none.

use std::any::Any;
use std::sync::Arc;

use sealjar::{OpenError, Timestamp};

#[cfg(feature = "legacy-cookies")]
use super::LegacyLayout;
#[cfg(feature = "legacy-cookies")]
use super::secured::Secured;
use crate::data::SessionData;
use crate::refusal::Refusal;

/// What a cookie's value says, once it has authenticated.
pub(super) struct Unlocked {
    pub(super) text: String,
    pub(super) expires_at: Option<Timestamp>,
    /// An `Arc<T>` of the jar's session type.
    pub(super) value: Arc<dyn Any + Send + Sync>,
}

pub(super) type Unlock = Box<dyn Fn(&str) -> Result<Unlocked, Refusal> + Send + Sync>;
pub(super) type Write = Box<dyn Fn(&dyn Any, [u8; 8], Timestamp) -> Option<String> + Send + Sync>;
pub(super) type Read<T> = Box<dyn Fn(&str) -> Option<T> + Send + Sync>;
pub(super) type Text<T> = Box<dyn Fn(&T) -> String + Send + Sync>;

pub(super) fn unlock_by<T: SessionData>(open: Read<T>) -> Unlock {
    Box::new(move |value| {
        Ok(Unlocked {
            value: Arc::new(open(value).ok_or(FORGED)?),
            text: value.to_owned(),
            expires_at: None,
        })
    })
}

pub(super) fn write_by<T: SessionData>(write: Text<T>) -> Write {
    Box::new(move |value, _, _| Some(write(value.downcast_ref()?)))
}

#[cfg(feature = "legacy-cookies")]
pub(super) fn secured_by<T: SessionData>(
    name: &str,
    secured: Secured,
    layout: LegacyLayout,
    read: Read<T>,
    write: Option<Text<T>>,
) -> (Unlock, Option<Write>) {
    let secured = Arc::new(secured);
    let locks = Arc::clone(&secured);
    let (unlocked_name, locked_name) = (name.to_owned(), name.to_owned());
    let unlock = Box::new(move |value: &str| {
        let text = secured.unlock(&unlocked_name, value).ok_or(FORGED)?;
        let text = layout.read(text).ok_or(Refusal::Undecodable)?;
        let value = read(&text.values).ok_or(Refusal::Undecodable)?;
        Ok(Unlocked {
            value: Arc::new(value),
            text: text.values,
            expires_at: text.expires_at,
        })
    });
    let write = write.map(|write| -> Write {
        Box::new(move |value, id, ends| {
            let text = layout.write(write(value.downcast_ref()?), id, ends)?;
            Some(locks.lock(&locked_name, text))
        })
    });
    (unlock, write)
}

pub(super) const FORGED: Refusal = Refusal::Token(OpenError::Forged);
