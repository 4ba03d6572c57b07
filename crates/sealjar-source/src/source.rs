//! What must a place do to be one that rings come from?

use std::future::{Future, pending};

use sealjar::KeyRing;

use crate::error::SourceError;
use crate::readiness::Concern;

/// A place that a ring comes from, for a [`Watcher`](crate::Watcher) to follow.
///
/// A source only fetches. What is taken, and when the next look is due, the
/// [`Follower`](crate::Follower) decides alike for all sources.
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
    /// Names the place in messages: a path, an address. It must not be a secret.
    fn place(&self) -> String;

    /// Returns what is wrong with the place although the last [`current`](Self::current) brought a
    /// ring. [`Readiness::concern`](crate::Readiness::concern) shows it to the operator.
    fn concern(&self) -> Option<Concern> {
        None
    }

    /// Fetches the ring that stands there now.
    ///
    /// The watcher never asks twice at once. It gives a fetch up after 30 seconds by dropping the
    /// future: a source whose work goes on all the same lets no other begin before it has ended.
    ///
    /// # Errors
    /// [`SourceError`] with the place and the reason.
    fn current(&mut self) -> impl Future<Output = Result<KeyRing, SourceError>> + Send;

    /// Waits until another ring may stand there than at the last [`current`](Self::current). To be
    /// wrong costs a look, no more. A source that hears of nothing waits for ever and is polled.
    ///
    /// The future may be dropped and asked for again at any time: what was heard meanwhile is not
    /// lost.
    fn changed(&mut self) -> impl Future<Output = ()> + Send {
        pending()
    }
}
