//! How does what a [`Revoker`] revokes come to the keepers that the ring is followed from?

use sealjar_session::{RevokeError, Revoker};
use sealjar_source::{RevocationSender, Sent};

/// Makes the [`Revoker`] of an application whose ring is followed: it asks the keepers, and waits
/// until this replica refuses what is revoked, at most 2 seconds after a keeper has committed it.
///
/// Make it before the watcher starts, which takes the `Follow`. Until the watcher has started, and
/// where the ring is mounted and nobody asks a keeper, nothing can be committed.
///
/// # Examples
/// ```no_run
/// use sealjar_axum::source::{DeliveryKey, Follow};
/// use sealjar_axum::{Revoker, Watcher, revoker};
///
/// # async fn start() -> Result<(), Box<dyn std::error::Error>> {
/// let key = DeliveryKey::from_bytes(&std::fs::read("/run/secrets/delivery-key")?)?;
/// let follow = Follow::new("web", key, ["http://keeper:9465"]);
/// let revoker: Revoker = revoker(follow.revocations());
/// let watcher = Watcher::start(follow).await?;
/// # Ok(())
/// # }
/// ```
#[must_use]
pub fn revoker(sender: RevocationSender) -> Revoker {
    Revoker::new(move |revocations| {
        let sender = sender.clone();
        async move {
            match sender.send(&revocations).await {
                Sent::Committed { .. } => Ok(()),
                Sent::NotCommitted(error) => {
                    let hint = error.hint();
                    Err(RevokeError::not_committed(error, hint))
                }
                Sent::NotKnown(error) => {
                    let hint = error.hint();
                    Err(RevokeError::not_known(error, hint))
                }
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;

    #[test]
    fn before_a_watcher_has_started_nothing_is_committed_and_the_handler_is_told() {
        let revoker = revoker(RevocationSender::default());
        let id = "00c0ffee00c0ffee".parse().expect("an id");
        let sending = pin!(revoker.revoke_session(id));
        let Poll::Ready(Err(error)) = sending.poll(&mut Context::from_waker(Waker::noop())) else {
            panic!("there is nobody to wait for");
        };
        assert!(matches!(error, RevokeError::NotCommitted { .. }));
        let text = format!("{error:?}");
        let why =
            "the revocation is not committed: this replica does not follow a keeper\nhint: start";
        assert!(text.starts_with(why), "{text}");
    }
}
