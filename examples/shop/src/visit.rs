//! What the addresses need from a session, however it is kept.

use std::sync::Arc;

use crate::visitor::{User, Visitor};

/// One request of a visitor. `sealed.rs` implements it with sealjar; the demonstration also
/// implements it with `tower-sessions`.
pub trait Visit: Sync {
    /// Why a session could not be read or changed.
    type Error;

    /// Returns what is known of the visitor.
    fn read(&self) -> impl Future<Output = Result<Arc<Visitor>, Self::Error>> + Send;

    /// Changes it.
    fn change(
        &self,
        change: impl FnOnce(&mut Visitor) + Send,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// Logs the visitor in, under a session id that nobody could have planted before.
    fn log_in(&self, user: User) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// Ends the session.
    fn log_out(&self) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// Leaves a message for the next page.
    fn tell(&self, text: &str) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// Takes the messages that were left, if the visitor sees this page.
    fn take_messages(&self) -> impl Future<Output = Result<Vec<String>, Self::Error>> + Send;

    /// Counts this request as use of the session, although it loads no page.
    fn stay(&self) {}

    /// Returns what the panel "who opened this" shows.
    fn facts(&self) -> impl Future<Output = Facts> + Send;
}

/// What the panel "who opened this" shows about the incoming session. A field is `None` if the way
/// of keeping sessions has no such thing.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Where the session is kept.
    pub kept: String,
    /// What happened to the incoming cookie, or that none came.
    pub origin: String,
    /// The session's id.
    pub id: Option<String>,
    /// The key that sealed it.
    pub key: Option<String>,
    /// The seconds since it began.
    pub age: Option<u32>,
    /// Its size in the cookie, in bytes.
    pub size: Option<usize>,
    /// How often it has been written.
    pub revision: Option<u32>,
}
