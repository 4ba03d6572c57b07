//! What a handler does, in any framework, and what it sees.

use std::sync::{Arc, Mutex, PoisonError};

use sealjar_session::{Flash, Origin, Session, SessionData, SessionId, UpdateError};
use tokio::sync::oneshot;

use crate::people::{Account, Basket, Grown};

/// A handler's result. The adapter's own `SessionError` answers an error.
pub(crate) type Outcome = Result<Reply, UpdateError>;

type Job<T> = Arc<dyn Fn(&Session<T>) -> Outcome + Send + Sync>;
type JobOfTwo<T, U> = Arc<dyn Fn(&Session<T>, &Session<U>) -> Outcome + Send + Sync>;

/// Which sessions a handler asks its framework for, and what it does with them.
#[derive(Clone)]
pub(crate) enum Work {
    Account(Job<Account>),
    Both(JobOfTwo<Account, Basket>),
    Flash(Job<Flash>),
    Grown(Job<Grown>),
    /// It asks for somebody who is logged in.
    LoggedIn(Job<Account>),
    /// It asks for no session at all.
    Plain(Arc<dyn Fn() -> Outcome + Send + Sync>),
}

/// Makes a handler from a function of an account.
pub(crate) fn with(job: impl Fn(&Session<Account>) -> Outcome + Send + Sync + 'static) -> Work {
    Work::Account(Arc::new(job))
}

/// What a handler gives its framework.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, &'static str)>,
    pub(crate) body: Body,
}

pub(crate) enum Body {
    Text(String),
    Stream(Box<dyn Iterator<Item = String> + Send>),
}

impl Reply {
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self {
            status: 200,
            headers: Vec::new(),
            body: Body::Text(text.into()),
        }
    }

    pub(crate) fn stream(chunks: impl Iterator<Item = String> + Send + 'static) -> Self {
        Self {
            body: Body::Stream(Box::new(chunks)),
            ..Self::text("")
        }
    }

    pub(crate) fn status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    pub(crate) fn header(mut self, name: &'static str, value: &'static str) -> Self {
        self.headers.push((name, value));
        self
    }
}

/// The handler's side of one request.
pub(crate) struct Exchange {
    pub(crate) work: Work,
    /// Whether to look at the session after the work. Looking uses it.
    looks: bool,
    seen: Mutex<Option<Seen>>,
    gate: Mutex<Option<oneshot::Receiver<()>>>,
}

/// What the handler sees of its session after the work.
#[derive(Clone)]
pub(crate) struct Seen {
    /// `absent`, `opened` or the kind of refusal.
    pub(crate) origin: &'static str,
    pub(crate) id: Option<SessionId>,
    pub(crate) revision: u32,
}

impl Exchange {
    pub(crate) fn new(work: Work, looks: bool) -> Self {
        Self {
            work,
            looks,
            seen: Mutex::default(),
            gate: Mutex::default(),
        }
    }

    /// Makes the handler wait with its response until the sender says so.
    pub(crate) fn hold_back(&self) -> oneshot::Sender<()> {
        let (release, gate) = oneshot::channel();
        *self.gate.lock().unwrap_or_else(PoisonError::into_inner) = Some(gate);
        release
    }

    pub(crate) fn seen(&self) -> Option<Seen> {
        self.seen
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The handler's body, for adapters.
    pub(crate) async fn run<T: SessionData>(
        &self,
        session: &Session<T>,
        work: impl FnOnce() -> Outcome,
    ) -> Outcome {
        let outcome = work();
        if self.looks {
            let origin = match session.origin() {
                Origin::Absent {
                    withheld: false, ..
                } => "absent",
                Origin::Absent { .. } => "absent, withheld",
                Origin::Legacy { .. } => "legacy",
                Origin::Opened { .. } => "opened",
                Origin::Refused(refusal) => refusal.kind().as_str(),
                _ => "unknown to this table",
            };
            *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(Seen {
                origin,
                id: session.id(),
                revision: session.revision(),
            });
        }
        let gate = self
            .gate
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(gate) = gate {
            gate.await.unwrap();
        }
        outcome
    }
}
