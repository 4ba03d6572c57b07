//! What do many visitors notice while something happens to the site?

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;
use tokio::task::JoinHandle;

use crate::visitor::{Noticed, Visitor};

/// Visitors who come as long as this exists, each on a thread.
#[derive(Debug)]
pub struct Crowd {
    shared: Arc<Shared>,
    visits: Vec<JoinHandle<()>>,
    runtime: Runtime,
}

#[derive(Debug)]
struct Shared {
    /// What was noticed since the last query.
    noticed: Mutex<Noticed>,
    over: AtomicBool,
    /// How many rounds each visitor has made.
    rounds: Vec<AtomicU32>,
}

impl Crowd {
    /// Sends this many people to the site.
    #[must_use]
    pub fn gather(origin: &str, people: usize, pause: Duration) -> Self {
        let come = |_| Visitor::at(origin.to_owned());
        Self::of((0..people).map(come).collect(), pause)
    }

    /// Sends these people. Each repeats, with pauses: changes the basket, or now and then logs out
    /// and in again, and looks.
    #[must_use]
    pub fn of(people: Vec<Visitor>, pause: Duration) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let shared = Arc::new(Shared {
            noticed: Mutex::default(),
            over: AtomicBool::new(false),
            rounds: people.iter().map(|_| AtomicU32::new(0)).collect(),
        });
        let come = |(number, visitor)| visit(visitor, number, pause, Arc::clone(&shared));
        Self {
            visits: people
                .into_iter()
                .enumerate()
                .map(|it| runtime.spawn(come(it)))
                .collect(),
            shared,
            runtime,
        }
    }

    /// Returns what was noticed since the last query, once each visitor has looked again.
    #[must_use]
    pub fn noticed(&mut self) -> Noticed {
        let rounds = || {
            let made = self.shared.rounds.iter();
            made.map(|made| made.load(Ordering::Relaxed))
        };
        // One round may be in progress; the one after it has seen all.
        let enough: Vec<_> = rounds().map(|made| made + 2).collect();
        let patience = Instant::now() + PATIENCE;
        while rounds().zip(&enough).any(|(made, enough)| made < *enough) {
            assert!(Instant::now() < patience, "visitors are stuck");
            assert!(
                !self.visits.iter().any(JoinHandle::is_finished),
                "a visitor has given up, see above"
            );
            std::thread::sleep(Duration::from_millis(10));
        }
        std::mem::take(&mut self.shared.noticed.lock().unwrap())
    }

    /// Lets them look once more and leave, and returns what was noticed since the last query.
    #[must_use]
    pub fn leave(self) -> Noticed {
        self.shared.over.store(true, Ordering::Relaxed);
        self.runtime.block_on(async {
            for visit in self.visits {
                visit.await.unwrap();
            }
        });
        *self.shared.noticed.lock().unwrap()
    }
}

async fn visit(mut visitor: Visitor, number: usize, pause: Duration, shared: Arc<Shared>) {
    let mut turn = number;
    while !shared.over.load(Ordering::Relaxed) {
        turn += 1;
        if !visitor.is_logged_in() {
            visitor.log_in().await;
            visitor.look().await;
        }
        if turn.is_multiple_of(30) {
            visitor.log_out().await;
        } else {
            visitor.change().await;
        }
        visitor.look().await;
        *shared.noticed.lock().unwrap() += std::mem::take(&mut visitor.noticed);
        shared.rounds[number].fetch_add(1, Ordering::Relaxed);
        tokio::time::sleep(pause).await;
    }
    visitor.look().await;
    *shared.noticed.lock().unwrap() += visitor.noticed;
}

/// Far longer than two rounds take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
