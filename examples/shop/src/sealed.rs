//! How the app uses a visitor's session.

use std::sync::Arc;

use sealjar::Timestamp;
use sealjar_session::{Flash, FlashLevel, Origin, RevokeError, Revoker, Session, UpdateError};

use crate::visit::{Facts, Visit};
use crate::visitor::{User, Visitor};

/// A visit whose session and message came sealed in cookies. It borrows what each framework's
/// `Session` dereferences to.
#[derive(Clone, Copy, Debug)]
pub struct Sealed<'a> {
    session: &'a Session<Visitor>,
    flash: &'a Session<Flash>,
}

impl<'a> Sealed<'a> {
    /// Takes the sessions that the handler's extractors have found.
    #[must_use]
    pub const fn new(session: &'a Session<Visitor>, flash: &'a Session<Flash>) -> Self {
        Self { session, flash }
    }

    /// Ends all sessions of the visitor, on every replica.
    pub(crate) async fn log_out_everywhere(&self, revoker: &Revoker) -> Result<(), RevokeError> {
        revoker.end_everywhere(self.session).await
    }
}

impl Visit for Sealed<'_> {
    type Error = UpdateError;

    async fn read(&self) -> Result<Arc<Visitor>, UpdateError> {
        Ok(self.session.get())
    }

    async fn change(&self, change: impl FnOnce(&mut Visitor) + Send) -> Result<(), UpdateError> {
        self.session.update(change)
    }

    async fn log_in(&self, user: User) -> Result<(), UpdateError> {
        self.session.update(|visitor| visitor.user = Some(user))?;
        // Another subject renews the session by itself. This is for the same person logging in
        // again.
        self.session.renew();
        Ok(())
    }

    async fn log_out(&self) -> Result<(), UpdateError> {
        self.session.purge();
        Ok(())
    }

    async fn tell(&self, text: &str) -> Result<(), UpdateError> {
        self.flash.add(FlashLevel::Success, text)
    }

    async fn take_messages(&self) -> Result<Vec<String>, UpdateError> {
        let messages = self.flash.take().into_iter();
        Ok(messages.map(|message| message.text).collect())
    }

    fn stay(&self) {
        self.session.keep_alive();
    }

    async fn facts(&self) -> Facts {
        self.session.into()
    }
}

impl From<&Session<Visitor>> for Facts {
    fn from(session: &Session<Visitor>) -> Self {
        let mut facts = Self {
            kept: "in the cookie, sealed".into(),
            id: session.id().map(|id| id.to_string()),
            ..Self::default()
        };
        match session.origin() {
            Origin::Absent { .. } => facts.origin = "no cookie came".into(),
            Origin::Refused(refusal) => {
                // For readers of this example. A real page does not show the reason.
                facts.origin = format!("refused, {}", refusal.kind());
                facts.key = refusal.key_id().map(|id| id.to_string());
            }
            Origin::Opened {
                born,
                key_id,
                stale,
                size,
                ..
            } => {
                facts.origin = if *stale {
                    "opened, a newer key seals now".into()
                } else {
                    "opened".into()
                };
                facts.key = Some(key_id.to_string());
                facts.age = Timestamp::now().ok().map(|now| now.seconds_since(*born));
                facts.size = Some(*size);
                facts.revision = Some(session.revision());
            }
            _ => facts.origin = "unknown".into(),
        }
        facts
    }
}
