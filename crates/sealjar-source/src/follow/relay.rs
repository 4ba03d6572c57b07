//! How does a replica pass on what it holds?

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use sealjar_follow::{DeliveryKey, UncheckedQuestion, relay_answer, seal_ring};

use crate::follow::shared::Taken;

/// Answers other replicas with what this one holds, for when no keeper answers. Clones share it.
///
/// It vouches for nothing: another replica takes from it only what the keeper has signed.
///
/// # Examples
/// One route of the application, `POST /v1/rings/web/ask`:
/// ```
/// use sealjar_source::Relay;
///
/// async fn ask(relay: Relay, body: Vec<u8>) -> (u16, Vec<u8>) {
///     relay.answer(&body)
/// }
/// ```
#[derive(Clone)]
pub struct Relay(Arc<Shared>);

struct Shared {
    ring: String,
    key: Arc<DeliveryKey>,
    /// The whole answer, which is the same for everybody.
    answer: Mutex<Option<Vec<u8>>>,
}

impl Relay {
    pub(super) fn new(ring: String, key: Arc<DeliveryKey>) -> Self {
        Self(Arc::new(Shared {
            ring,
            key,
            answer: Mutex::new(None),
        }))
    }

    /// Returns the status and the body of the answer to a question, which is the body of the
    /// request: 200; 400 or 401 if it is no question of a replica that has the key; 503 while this
    /// replica has nothing from a keeper itself. It never waits.
    ///
    /// Read at most 512 bytes of a request: no question is longer.
    #[must_use]
    pub fn answer(&self, question: &[u8]) -> (u16, Vec<u8>) {
        let Ok(question) = UncheckedQuestion::new(question) else {
            return (400, Vec::new());
        };
        if question.check(&self.0.key, &self.0.ring).is_err() {
            return (401, Vec::new());
        }
        let answer = self.0.answer.lock();
        match &*answer.unwrap_or_else(PoisonError::into_inner) {
            Some(answer) => (200, answer.clone()),
            None => (503, Vec::new()),
        }
    }

    pub(super) fn hold(&self, taken: &Taken) {
        let Shared { ring, key, answer } = &*self.0;
        let part = seal_ring(key, ring, taken.epoch(), &taken.document);
        let whole = part
            .ok()
            .map(|part| [&relay_answer(&taken.head)[..], &part].concat());
        let mut answer = answer.lock().unwrap_or_else(PoisonError::into_inner);
        *answer = whole;
    }
}

impl fmt::Debug for Relay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Relay")
            .field("ring", &self.0.ring)
            .finish_non_exhaustive()
    }
}
