//! How does a replica pass on what it holds?

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use sealjar_follow::{
    DeliveryKey, Question, UncheckedQuestion, relay_answer, seal_list, seal_ring,
};

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
    held: Mutex<Option<Passed>>,
}

/// What is passed on. Each part is sealed when somebody asks for it, and then kept.
struct Passed {
    taken: Taken,
    ring: Option<Vec<u8>>,
    list: Option<Vec<u8>>,
}

impl Relay {
    pub(super) fn new(ring: String, key: Arc<DeliveryKey>) -> Self {
        Self(Arc::new(Shared {
            ring,
            key,
            held: Mutex::new(None),
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
        let Shared { ring, key, held } = &*self.0;
        let Ok(question) = question.check(key, ring) else {
            return (401, Vec::new());
        };
        let mut held = held.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = held.as_mut().and_then(|it| it.answer(key, ring, &question));
        answer.map_or((503, Vec::new()), |answer| (200, answer))
    }

    pub(super) fn hold(&self, taken: &Taken) {
        let mut held = self.0.held.lock().unwrap_or_else(PoisonError::into_inner);
        let before = held.take();
        // A change of the list leaves the ring as it was sealed.
        let ring = before.filter(|it| Arc::ptr_eq(&it.taken.document, &taken.document));
        *held = Some(Passed {
            taken: taken.clone(),
            ring: ring.and_then(|it| it.ring),
            list: None,
        });
    }
}

impl Passed {
    /// The head, with the parts for each number that the other one does not hold. `None` if there
    /// are no random bytes to seal with.
    fn answer(&mut self, key: &DeliveryKey, ring: &str, question: &Question) -> Option<Vec<u8>> {
        let Self {
            taken,
            ring: ring_part,
            list: list_part,
        } = self;
        let head = taken.head.head();
        let other = question.held.as_ref().map(|it| it.head());
        let mut answer = relay_answer(&taken.head).to_vec();
        if other.is_none_or(|it| it.epoch != head.epoch) {
            if ring_part.is_none() {
                *ring_part = seal_ring(key, ring, head.epoch, &taken.document).ok();
            }
            answer.extend_from_slice(ring_part.as_ref()?);
        }
        if let Some(list) = &taken.list
            && other.is_none_or(|it| it.seq != head.seq)
        {
            if list_part.is_none() {
                *list_part = seal_list(key, ring, head.seq, &list.to_bytes()).ok();
            }
            answer.extend_from_slice(list_part.as_ref()?);
        }
        Some(answer)
    }
}

impl fmt::Debug for Relay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Relay")
            .field("ring", &self.0.ring)
            .finish_non_exhaustive()
    }
}
