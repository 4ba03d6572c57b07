//! The trait of a place from which rings come.

use std::future::{Future, pending};
use std::sync::Arc;

use sealjar::{KeyRing, RevocationList};

use crate::error::SourceError;
use crate::readiness::Concern;

/// A place from which rings come, for a [`Watcher`](crate::Watcher) to follow.
///
/// A source only fetches. For all sources alike, the [`Follower`](crate::Follower) decides which
/// ring to use, and when the next look is due.
///
/// # Examples
/// A source that keeps its ring in memory:
/// ```
/// use sealjar::KeyRing;
/// use sealjar_source::{RingSource, SourceError, Watcher};
/// # use sealjar::{Key, Suite};
///
/// struct Memory(Vec<u8>);
///
/// impl RingSource for Memory {
///     fn place(&self) -> String {
///         "memory".into()
///     }
///
///     async fn current(&mut self) -> Result<KeyRing, SourceError> {
///         KeyRing::from_json(&self.0).map_err(|error| SourceError::Ring {
///             place: self.place(),
///             error,
///         })
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let document = KeyRing::from(Key::generate(Suite::Xaes256Gcm)?).to_json();
/// let watcher = Watcher::start(Memory(document.as_bytes().to_vec())).await?;
/// assert!(watcher.readiness().check().is_ok());
/// # Ok(())
/// # }
/// ```
pub trait RingSource: Send + 'static {
    /// Returns the name of the place for messages: a path, an address. It must not be a secret.
    fn place(&self) -> String;

    /// Returns a problem of the place although the last [`current`](Self::current) gave a ring.
    /// [`Readiness::concern`](crate::Readiness::concern) shows it to the operator.
    fn concern(&self) -> Option<Concern> {
        None
    }

    /// Fetches the present ring.
    ///
    /// The watcher never makes two calls at once. After 30 seconds it gives up and drops the
    /// future: if the source's work continues nevertheless, the source must not begin another
    /// before it has ended.
    ///
    /// # Errors
    /// [`SourceError`] with the place and the reason.
    fn current(&mut self) -> impl Future<Output = Result<KeyRing, SourceError>> + Send;

    /// Fetches the present ring with the list of revocations beside it, for a source that has
    /// lists. The watcher calls this one, and by default it calls [`current`](Self::current).
    ///
    /// # Errors
    /// Those of [`current`](Self::current).
    fn look(&mut self) -> impl Future<Output = Result<Look, SourceError>> + Send {
        async { self.current().await.map(Look::from) }
    }

    /// Takes note that the ring of the last [`current`](Self::current) is in use: this one.
    ///
    /// A source that says elsewhere what the replica holds may say so from now on.
    fn accepted(&mut self, ring: &KeyRing) {
        _ = ring;
    }

    /// Waits until there may be another ring than at the last [`current`](Self::current). A false
    /// alarm only costs a look. A source that gets no events waits for ever and is polled.
    ///
    /// The future may be dropped and requested again at any time: events meanwhile are not lost.
    fn changed(&mut self) -> impl Future<Output = ()> + Send {
        pending()
    }
}

/// What one look at a source has found.
#[derive(Debug)]
#[non_exhaustive]
pub struct Look {
    /// The ring. `None` if it is the one in use: a change of the list alone costs no reading of the
    /// ring.
    pub ring: Option<KeyRing>,
    /// The list of revocations beside it. `None` from a source that has none; then the list in use
    /// stays.
    pub list: Option<Arc<RevocationList>>,
}

impl From<KeyRing> for Look {
    fn from(ring: KeyRing) -> Self {
        Self {
            ring: Some(ring),
            list: None,
        }
    }
}
