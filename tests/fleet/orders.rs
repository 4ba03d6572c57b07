//! What does a person ask of a keeper, and what does a keeper do by itself?

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use sealjar::KeyId;
use sealjar_keeper::Turn;
use sealjar_keeper::plan::{Change, Sessions};
use sealjar_keeper::{Keeper, KeeperError};

use crate::account::APP;
use crate::document::Document;
use crate::store::MemoryStore;

/// What a keeper is asked to do.
#[derive(Clone, Debug)]
pub(crate) enum Order {
    AdoptPolicy,
    Init,
    RaiseFloor,
    Restore(Document, Sessions),
    RevokeAll,
    RevokeKeys(Vec<KeyId>),
    RevokeSession([u8; 8]),
    RevokeSubject(String),
    Rotate,
    RotateForced,
    Turn,
}

/// The result.
#[derive(Debug)]
pub(crate) enum Done {
    Changed(Result<Change, KeeperError>),
    Turned(Result<Turn, KeeperError>),
}

/// An order in progress. Dropping it kills the keeper.
pub(crate) struct Work {
    pub(crate) order: Order,
    future: Pin<Box<dyn Future<Output = Done>>>,
    /// Whether somebody else changed the store meanwhile.
    pub(crate) disturbed: bool,
}

impl Order {
    pub(crate) fn begin(self, keeper: &Arc<Keeper<MemoryStore>>) -> Work {
        let (order, keeper) = (self.clone(), Arc::clone(keeper));
        let future = async move {
            Done::Changed(match self {
                Self::Turn => return Done::Turned(keeper.turn().await),
                Self::AdoptPolicy => keeper.change(&|it| it.adopt_policy()).await,
                Self::Init => keeper.init("web").await,
                Self::RaiseFloor => keeper.change(&|it| it.raise_floor(None)).await,
                Self::Restore(document, sessions) => {
                    keeper.restore(document.ring(), sessions).await
                }
                Self::RevokeAll => keeper.change(&|it| it.revoke_all()).await,
                Self::RevokeKeys(keys) => keeper.change(&|it| it.revoke_keys(&keys)).await,
                Self::RevokeSession(id) => keeper.change(&|it| it.revoke_session(id)).await,
                Self::RevokeSubject(name) => {
                    keeper
                        .change(&|it| it.revoke_subject(APP, &name, None))
                        .await
                }
                Self::Rotate => keeper.change(&|it| it.rotate(false)).await,
                Self::RotateForced => keeper.change(&|it| it.rotate(true)).await,
            })
        };
        Work {
            order,
            future: Box::pin(future),
            disturbed: false,
        }
    }
}

impl Work {
    /// Takes one step.
    pub(crate) fn poll(&mut self) -> Option<Done> {
        let mut context = Context::from_waker(Waker::noop());
        match self.future.as_mut().poll(&mut context) {
            Poll::Ready(done) => Some(done),
            Poll::Pending => None,
        }
    }
}

impl fmt::Debug for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Work")
            .field("order", &self.order)
            .field("disturbed", &self.disturbed)
            .finish_non_exhaustive()
    }
}
