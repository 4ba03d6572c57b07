//! Do two jars of this process open each other's cookies as different session types?
//!
//! The layout in a cookie tells most types apart, but only at run time, and not two types that look
//! alike.

use std::any::{TypeId, type_name};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use crate::data::SessionData;
use crate::shared::Shared;

/// What keeps the sessions of two jars apart if they share a key.
#[derive(Eq, PartialEq)]
pub(crate) struct Namespace {
    pub(crate) app: String,
    pub(crate) cookie_name: String,
    pub(crate) binding: Vec<u8>,
}

struct Entry {
    namespace: Namespace,
    session_type: TypeId,
    type_name: &'static str,
    /// A jar that has been dropped conflicts with no other.
    jar: Weak<Shared>,
}

static JARS: Mutex<Vec<Entry>> = Mutex::new(Vec::new());

/// Registers a jar of type `T`.
///
/// # Errors
/// The name of the other session type, if a jar in use opens the same cookies as another type.
/// Nothing is registered then.
pub(crate) fn enter<T: SessionData>(
    namespace: Namespace,
    jar: &Arc<Shared>,
) -> Result<(), &'static str> {
    let session_type = T::__shares_cookies_as();
    let mut jars = JARS.lock().unwrap_or_else(PoisonError::into_inner);
    jars.retain(|entry| entry.jar.strong_count() > 0);
    let other = jars.iter().find(|entry| {
        entry.session_type != session_type
            && entry.namespace == namespace
            && entry.jar.upgrade().is_some_and(|it| share_a_key(&it, jar))
    });
    if let Some(other) = other {
        return Err(other.type_name);
    }
    jars.push(Entry {
        namespace,
        session_type,
        type_name: type_name::<T>(),
        jar: Arc::downgrade(jar),
    });
    Ok(())
}

fn share_a_key(one: &Shared, other: &Shared) -> bool {
    let (one, other) = (
        one.sealers.own.ring().load(),
        other.sealers.own.ring().load(),
    );
    let mut ids = one.keys().iter().map(|key| key.id());
    ids.any(|id| other.keys().iter().any(|key| key.id() == id))
}
