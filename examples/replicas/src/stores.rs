//! Where do the other ways store their sessions, and how many bytes is that?

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{AsyncCommands, ExistenceCheck, RedisError, SetExpiry, SetOptions};
use serde::{Deserialize, Serialize};
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::{Error, Result};
use tower_sessions::{MemoryStore, SessionStore};

use crate::error::Failed;

/// What the server stores, counted.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
pub(crate) struct State {
    pub(crate) sessions: usize,
    pub(crate) bytes: usize,
}

impl State {
    /// Bytes for each session, rounded up.
    pub(crate) const fn per_session(self) -> usize {
        if self.sessions == 0 {
            0
        } else {
            self.bytes.div_ceil(self.sessions)
        }
    }
}

/// tower-sessions' `MemoryStore`, and the length of each record as JSON plus its 16 bytes of id.
/// The overhead of the allocator and the hash map is not included.
#[derive(Clone, Debug, Default)]
pub(crate) struct CountedMemory {
    store: MemoryStore,
    lengths: Arc<Mutex<HashMap<Id, usize>>>,
}

impl CountedMemory {
    pub(crate) fn state(&self) -> State {
        let lengths = self.lengths.lock().unwrap_or_else(PoisonError::into_inner);
        State {
            sessions: lengths.len(),
            bytes: lengths.values().sum(),
        }
    }

    fn note(&self, record: &Record) -> Result<()> {
        let length = size_of::<Id>() + encode(record)?.len();
        self.lengths
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(record.id, length);
        Ok(())
    }
}

#[async_trait]
impl SessionStore for CountedMemory {
    async fn create(&self, record: &mut Record) -> Result<()> {
        self.store.create(record).await?;
        self.note(record)
    }

    async fn save(&self, record: &Record) -> Result<()> {
        self.store.save(record).await?;
        self.note(record)
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        self.store.load(id).await
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        self.lengths
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(id);
        self.store.delete(id).await
    }
}

/// Sessions in Redis, as JSON that expires. `tower-sessions-redis-store` 0.16 would do the same,
/// but is made for the core of tower-sessions 0.14.
#[derive(Clone)]
pub(crate) struct RedisStore {
    /// Reconnects when Redis has been away.
    connection: ConnectionManager,
    prefix: String,
}

impl RedisStore {
    pub(crate) async fn connect(url: &str, prefix: &str) -> std::result::Result<Self, Failed> {
        const HINT: &str = "start one with `redis-server --port 6379`, and give its URL, such as \
                            redis://127.0.0.1:6379/, or leave --redis away";
        let failed = |error| Failed::when(&format!("Redis at {url} does not answer"), HINT)(error);
        let client = redis::Client::open(url).map_err(failed)?;
        let once = ConnectionManagerConfig::new().set_number_of_retries(1);
        let mut connection = client
            .get_connection_manager_with_config(once)
            .await
            .map_err(failed)?;
        let () = redis::cmd("PING")
            .exec_async(&mut connection)
            .await
            .map_err(failed)?;
        Ok(Self {
            connection,
            prefix: prefix.to_owned(),
        })
    }

    /// Adds up what Redis reports for its keys.
    pub(crate) async fn state(&self) -> std::result::Result<State, RedisError> {
        let mut connection = self.connection.clone();
        let mut state = State::default();
        for key in self.keys().await? {
            let bytes: Option<usize> = redis::cmd("MEMORY")
                .arg("USAGE")
                .arg(&key)
                .query_async(&mut connection)
                .await?;
            if let Some(bytes) = bytes {
                state.sessions += 1;
                state.bytes += bytes;
            }
        }
        Ok(state)
    }

    /// Removes what this run left there.
    pub(crate) async fn clear(&self) -> std::result::Result<(), RedisError> {
        let mut connection = self.connection.clone();
        for key in self.keys().await? {
            let () = connection.del(key).await?;
        }
        Ok(())
    }

    async fn keys(&self) -> std::result::Result<Vec<String>, RedisError> {
        let mut connection = self.connection.clone();
        let mut keys = Vec::new();
        let mut cursor = 0_u64;
        loop {
            let (next, batch): (u64, Vec<String>) = redis::cmd("SCAN")
                .arg(cursor)
                .arg("MATCH")
                .arg(format!("{}*", self.prefix))
                .arg("COUNT")
                .arg(1000)
                .query_async(&mut connection)
                .await?;
            keys.extend(batch);
            if next == 0 {
                break;
            }
            cursor = next;
        }
        // SCAN may return a key twice.
        keys.sort_unstable();
        keys.dedup();
        Ok(keys)
    }

    fn key(&self, id: Id) -> String {
        format!("{}{id}", self.prefix)
    }

    /// Writes the record, if the key is new or not, as `check` says.
    async fn set(&self, record: &Record, check: Option<ExistenceCheck>) -> Result<bool> {
        let expires = u64::try_from(record.expiry_date.unix_timestamp()).unwrap_or(0);
        let mut options = SetOptions::default().with_expiration(SetExpiry::EXAT(expires));
        if let Some(check) = check {
            options = options.conditional_set(check);
        }
        let written: Option<String> = self
            .connection
            .clone()
            .set_options(self.key(record.id), encode(record)?, options)
            .await
            .map_err(backend)?;
        Ok(written.is_some())
    }
}

#[async_trait]
impl SessionStore for RedisStore {
    async fn create(&self, record: &mut Record) -> Result<()> {
        while !self.set(record, Some(ExistenceCheck::NX)).await? {
            record.id = Id::default();
        }
        Ok(())
    }

    async fn save(&self, record: &Record) -> Result<()> {
        self.set(record, None).await.map(|_| ())
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let text: Option<Vec<u8>> = self
            .connection
            .clone()
            .get(self.key(*id))
            .await
            .map_err(backend)?;
        text.map(|text| {
            serde_json::from_slice(&text).map_err(|error| Error::Decode(error.to_string()))
        })
        .transpose()
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        self.connection
            .clone()
            .del(self.key(*id))
            .await
            .map_err(backend)
    }
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisStore")
            .field("prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}

fn encode(record: &Record) -> Result<Vec<u8>> {
    serde_json::to_vec(record).map_err(|error| Error::Encode(error.to_string()))
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn backend(error: RedisError) -> Error {
    Error::Backend(error.to_string())
}
