//! How many may ask at once, and who gives way?
//!
//! A connection has one question. Until it has shown that it has the key, it has five seconds for
//! each step, and of too many such connections the oldest gives way. Those with the key are never
//! turned away for others.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use rustix::process::{Resource, getrlimit};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{sleep, timeout};

/// What a connection may still take up.
#[derive(Clone, Debug)]
pub(super) struct Pass(Arc<Standing>);

#[derive(Debug)]
struct Standing {
    places: Arc<Semaphore>,
    place: OnceLock<OwnedSemaphorePermit>,
    is_authenticated: AtomicBool,
    /// One of the places for large answers.
    large: Mutex<Option<OwnedSemaphorePermit>>,
}

impl Pass {
    fn new(places: Arc<Semaphore>) -> Self {
        Self(Arc::new(Standing {
            places,
            place: OnceLock::new(),
            is_authenticated: AtomicBool::new(false),
            large: Mutex::new(None),
        }))
    }

    /// Takes one of the places for those that have the key. Returns whether there was one.
    pub(super) fn authenticate(&self) -> bool {
        let Ok(place) = Arc::clone(&self.0.places).try_acquire_owned() else {
            return false;
        };
        _ = self.0.place.set(place);
        self.0.is_authenticated.store(true, Ordering::Relaxed);
        true
    }

    /// Keeps a place for a large answer until the connection ends.
    pub(super) fn keep(&self, large: OwnedSemaphorePermit) {
        *self.large() = Some(large);
    }

    fn large(&self) -> MutexGuard<'_, Option<OwnedSemaphorePermit>> {
        let large = self.0.large.lock();
        large.unwrap_or_else(PoisonError::into_inner)
    }

    fn is_authenticated(&self) -> bool {
        self.0.is_authenticated.load(Ordering::Relaxed)
    }
}

/// How many connections there may be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// Those that have not shown the key yet.
    strangers: usize,
    /// Those that have.
    replicas: usize,
}

impl Bounds {
    #[cfg(test)]
    pub(super) const fn new(strangers: usize, replicas: usize) -> Self {
        Self {
            strangers,
            replicas,
        }
    }

    /// Leaves the process descriptors to work with.
    pub(super) fn of_this_process() -> Self {
        let limit = getrlimit(Resource::Nofile).current;
        let limit = limit.map_or(usize::MAX, |it| usize::try_from(it).unwrap_or(usize::MAX));
        let connections = limit.saturating_sub(RESERVED).clamp(2, CONNECTIONS);
        let strangers = STRANGERS.min(connections / 2);
        Self {
            strangers,
            replicas: connections - strangers,
        }
    }
}

/// Serves questions until it is dropped.
pub(super) async fn serve(listener: TcpListener, pages: Router, bounds: Bounds) {
    let places = Arc::new(Semaphore::new(bounds.replicas));
    let pages = TowerToHyperService::new(pages);
    let mut connections = JoinSet::new();
    let mut strangers: VecDeque<(AbortHandle, Pass)> = VecDeque::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // The process has no descriptor left, or the other end is gone already.
            sleep(BREATH).await;
            continue;
        };
        while connections.try_join_next().is_some() {}
        strangers.retain(|(task, pass)| !task.is_finished() && !pass.is_authenticated());
        if strangers.len() >= bounds.strangers
            && let Some((oldest, _)) = strangers.pop_front()
        {
            oldest.abort();
        }
        let pass = Pass::new(Arc::clone(&places));
        let task = connections.spawn(answer(stream, pages.clone(), pass.clone()));
        strangers.push_back((task, pass));
    }
}

async fn answer(stream: TcpStream, pages: TowerToHyperService<Router>, pass: Pass) {
    let passed = pass.clone();
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(passed.clone());
        pages.call(request)
    });
    let mut server = http1::Builder::new();
    let connection = server
        .keep_alive(false)
        .timer(TokioTimer::new())
        .header_read_timeout(STEP)
        .serve_connection(TokioIo::new(stream), service);
    _ = timeout(LONGEST, connection).await;
    // Whoever serves has the pass until another connection comes.
    drop(pass.large().take());
}

/// What a keeper accepts at most, if its process may have as many descriptors.
const CONNECTIONS: usize = 8192;
const STRANGERS: usize = 512;
/// Descriptors for everything else that the process does.
const RESERVED: usize = 128;
const STEP: Duration = Duration::from_secs(5);
/// Two steps, the longest wait, reading the store twice, and a slow network.
const LONGEST: Duration = Duration::from_secs(90);
const BREATH: Duration = Duration::from_millis(100);
