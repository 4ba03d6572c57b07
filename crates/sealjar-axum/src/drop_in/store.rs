//! How does tower-sessions load and save the session of a request? Mounted for one version, like
//! `version.rs`.

use async_trait::async_trait;

use super::super::tower::session::{self, Id};
use super::super::tower::session_store::{self, SessionStore};
use super::super::tower::{Expiry, Session};
use super::Record;
use crate::drop_in::values::Ends;
use crate::drop_in::{Failure, Sealed};

/// A store of one session.
#[derive(Debug)]
pub(super) struct Store(pub(super) Sealed<Record>);

impl Store {
    /// Does what tower-sessions' own layer does after the handlers have answered.
    pub(super) async fn keep(
        &self,
        session: &Session,
        answered: bool,
        always_save: bool,
    ) -> Result<(), session::Error> {
        let ends = match session.expiry() {
            Some(Expiry::OnSessionEnd) => Ends::OnBrowserClose,
            Some(Expiry::OnInactivity(duration)) => Ends::after(duration),
            Some(Expiry::AtDateTime(time)) => Ends::at(time),
            None => Ends::Jar,
        };
        self.0.answered(ends).map_err(session_store::Error::from)?;
        let modified = session.is_modified();
        if answered && (modified || always_save) && !session.is_empty().await {
            if modified {
                session.save().await?;
            }
            if modified || !self.0.is_speculative() {
                self.0.keep_alive();
            }
        }
        // With an id this was `delete`, which ends the session without doubt.
        if session.id().is_none() && self.0.asks() {
            session.save().await?;
        }
        self.0.settle();
        Ok(())
    }
}

#[async_trait]
impl SessionStore for Store {
    async fn create(&self, record: &mut session::Record) -> session_store::Result<()> {
        // The default id is random.
        let given = std::mem::take(&mut record.id);
        Ok(self
            .0
            .create(given.0, record.id.0, &record.data, record.expiry_date)?)
    }

    async fn save(&self, record: &session::Record) -> session_store::Result<()> {
        Ok(self.0.save(record.id.0, &record.data, record.expiry_date)?)
    }

    async fn load(&self, id: &Id) -> session_store::Result<Option<session::Record>> {
        let found = self.0.load(id.0)?;
        Ok(found.map(|data| session::Record {
            id: *id,
            data,
            // The jar has already checked the sealed expiry. Nothing reads this one before a save
            // replaces it.
            expiry_date: time::OffsetDateTime::UNIX_EPOCH,
        }))
    }

    async fn delete(&self, id: &Id) -> session_store::Result<()> {
        Ok(self.0.delete(id.0)?)
    }
}

impl From<Failure> for session_store::Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Backend(text) => Self::Backend(text),
            Failure::Decode(text) => Self::Decode(text),
            Failure::Encode(text) => Self::Encode(text),
        }
    }
}
