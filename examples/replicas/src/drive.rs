//! Kills replicas and rotates keys while the visitors are there.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, sleep};

use crate::error::Failed;
use crate::fleet::Fleet;
use crate::progress::Progress;
use crate::rotation::Rotation;
use crate::visitors::{self, Counters, PACE, Tally};
use crate::way::Way;

/// The parameters of a run.
#[derive(Debug)]
pub(crate) struct Plan {
    /// The address of the proxy.
    pub(crate) origin: String,
    pub(crate) visitors: u16,
    pub(crate) requests: u16,
    pub(crate) one_phase: bool,
    /// Whether to print no progress.
    pub(crate) quiet: bool,
}

/// What happened in a run.
#[derive(Debug)]
pub(crate) struct Course {
    pub(crate) tallies: Vec<(Way, Tally)>,
    pub(crate) deaths: Deaths,
    pub(crate) rotations: u32,
    pub(crate) took: Duration,
}

/// How many replicas and keepers were killed.
#[derive(Debug, Default)]
pub(crate) struct Deaths {
    pub(crate) replicas: u32,
    pub(crate) keepers: u32,
}

/// Sends the visitors, and kills and rotates until the last of them has left.
pub(crate) async fn drive(
    plan: &Plan,
    fleets: &[Arc<Fleet>],
    rotation: &Mutex<Rotation>,
) -> Result<Course, Failed> {
    let started = Instant::now();
    let counters: Vec<_> = fleets
        .iter()
        .map(|fleet| (fleet.way, Arc::new(Counters::default())))
        .collect();
    let mut visits = JoinSet::new();
    for (way, counters) in &counters {
        for number in 0..plan.visitors {
            let base = format!("{}/{way}/", plan.origin);
            let (way, counters, requests) = (*way, Arc::clone(counters), plan.requests);
            visits.spawn(async move {
                let tally = visitors::visit(number, base, requests, &counters).await;
                tally.map(|tally| (way, tally))
            });
        }
    }
    let mut course = Course {
        tallies: fleets.iter().map(|it| (it.way, Tally::default())).collect(),
        deaths: Deaths::default(),
        rotations: 0,
        took: Duration::ZERO,
    };

    let expected = PACE * plan.requests.into();
    let total = u32::from(plan.visitors) * u32::from(plan.requests);
    let mut progress = Progress::new(plan.quiet, total, counters);
    // One death after a third of the requests and one after two thirds, the keeper's too.
    let deaths = deaths(fleets, rotation, expected / 3);
    tokio::pin!(deaths);
    let mut deaths_are_over = false;
    let mut tick = interval(TICK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            died = &mut deaths, if !deaths_are_over => {
                course.deaths = died?;
                deaths_are_over = true;
            }
            visit = visits.join_next() => match visit {
                None => break,
                Some(Ok(tally)) => course.take(tally?),
                Some(Err(_)) => return Err(Failed::new("a visitor panicked", HINT)),
            },
            _ = tick.tick() => {
                // If the deaths above hold it, they may be waiting for this task, so do not wait.
                if let Ok(mut rotation) = rotation.try_lock() {
                    if plan.one_phase {
                        rotation.rotate_in_one_phase()?;
                    }
                    rotation.look()?;
                    course.rotations = rotation.rotations();
                }
                progress.show(course.rotations);
            }
        }
    }
    progress.end();
    // The last replacement may still be starting, when there were few requests.
    if !deaths_are_over {
        course.deaths = deaths.await?;
    }
    course.took = started.elapsed();
    Ok(course)
}

impl Course {
    fn take(&mut self, (way, tally): (Way, Tally)) {
        if let Some((_, sum)) = self.tallies.iter_mut().find(|(it, _)| *it == way) {
            sum.merge(tally);
        }
    }
}

/// Kills a replica of every way and the keeper, twice.
async fn deaths(
    fleets: &[Arc<Fleet>],
    rotation: &Mutex<Rotation>,
    every: Duration,
) -> Result<Deaths, Failed> {
    let mut died = Deaths::default();
    for _ in 0..2 {
        sleep(every).await;
        died.keepers += u32::from(rotation.lock().await.kill_keeper().await?);
        for fleet in fleets {
            fleet.kill_next().await?;
            died.replicas += 1;
        }
    }
    Ok(died)
}

const TICK: Duration = Duration::from_millis(100);
const HINT: &str = "this is a mistake in the demonstration, please report it";
