//! The processes of one way to keep sessions, and their replacement after a death.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::sync::Mutex;
use tokio::time::timeout;

use crate::error::Failed;
use crate::process::{self, Process, did_not_start};
use crate::way::Way;

/// The number of replicas of each way.
pub(crate) const REPLICAS: usize = 3;

/// What the replicas of all ways are started with.
#[derive(Clone, Debug)]
pub(crate) struct Setup {
    pub(crate) ring: PathBuf,
    pub(crate) redis: Option<String>,
    pub(crate) redis_prefix: String,
    /// Deliver the ring late to all replicas but the first.
    pub(crate) late: bool,
}

/// The replicas of one way. Each is a process of its own.
#[derive(Debug)]
pub(crate) struct Fleet {
    pub(crate) way: Way,
    setup: Setup,
    /// The proxy's view. A slot is empty while its replica is replaced.
    routes: RwLock<[Option<Route>; REPLICAS]>,
    processes: Mutex<Processes>,
}

/// The address of a replica.
#[derive(Clone, Debug)]
pub(crate) struct Route {
    pub(crate) name: Arc<str>,
    pub(crate) address: SocketAddr,
}

#[derive(Debug, Default)]
struct Processes {
    slots: [Option<Process>; REPLICAS],
    started: usize,
    next_to_die: usize,
}

impl Fleet {
    pub(crate) async fn start(way: Way, setup: Setup) -> Result<Self, Failed> {
        let fleet = Self {
            way,
            setup,
            routes: RwLock::default(),
            processes: Mutex::default(),
        };
        let mut processes = fleet.processes.lock().await;
        for slot in 0..REPLICAS {
            fleet.fill(slot, &mut processes).await?;
        }
        drop(processes);
        Ok(fleet)
    }

    /// Returns the running replicas, by slot.
    pub(crate) fn routes(&self) -> [Option<Route>; REPLICAS] {
        self.routes
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Kills one replica at each call, in turn, and starts another in its place.
    pub(crate) async fn kill_next(&self) -> Result<(), Failed> {
        let mut processes = self.processes.lock().await;
        let slot = processes.next_to_die;
        processes.next_to_die = (slot + 1) % REPLICAS;
        self.replace(slot, &mut processes).await
    }

    /// Kills the replica of this name and starts another in its place. `Ok(false)` if there is
    /// none.
    pub(crate) async fn kill(&self, name: &str) -> Result<bool, Failed> {
        let mut processes = self.processes.lock().await;
        let named = |route: &Option<Route>| route.as_ref().is_some_and(|it| &*it.name == name);
        let Some(slot) = self.routes().iter().position(named) else {
            return Ok(false);
        };
        self.replace(slot, &mut processes).await.map(|()| true)
    }

    /// Ends all replicas and waits until they are gone.
    pub(crate) async fn stop(&self) {
        let mut processes = self.processes.lock().await;
        for slot in 0..REPLICAS {
            self.route(slot, None);
            if let Some(process) = processes.slots[slot].take() {
                process.end().await;
            }
        }
    }

    async fn replace(&self, slot: usize, processes: &mut Processes) -> Result<(), Failed> {
        if let Some(process) = processes.slots[slot].take() {
            process.kill().await;
        }
        self.route(slot, None);
        self.fill(slot, processes).await
    }

    async fn fill(&self, slot: usize, processes: &mut Processes) -> Result<(), Failed> {
        processes.started += 1;
        let name = format!("{}-{}", self.way, processes.started);
        let (process, address) = self.spawn(&name, slot).await?;
        processes.slots[slot] = Some(process);
        let name = name.into();
        self.route(slot, Some(Route { name, address }));
        Ok(())
    }

    fn route(&self, slot: usize, route: Option<Route>) {
        self.routes.write().unwrap_or_else(PoisonError::into_inner)[slot] = route;
    }

    /// Starts this program again as a replica and waits for the port it prints.
    async fn spawn(&self, name: &str, slot: usize) -> Result<(Process, SocketAddr), Failed> {
        let failed = |reason: &str| did_not_start(&format!("the replica {name}"), reason);
        let mut command = process::again()?;
        command.args(["replica", "--way", self.way.name(), "--name", name]);
        if self.way == Way::Sealed {
            command.env("SEALJAR_RING", &self.setup.ring);
        }
        if let (Way::Redis, Some(url)) = (self.way, &self.setup.redis) {
            command.args(["--redis", url, "--redis-prefix", &self.setup.redis_prefix]);
        }
        if self.setup.late {
            command.args(["--ring-poll-ms", &(200 + 2_000 * slot).to_string()]);
        }
        let (process, output) = Process::start_telling(command, &format!("the replica {name}"))?;
        let mut line = String::new();
        let mut output = BufReader::new(output);
        match timeout(START_TIMEOUT, output.read_line(&mut line)).await {
            Err(_) => return Err(failed("it was not ready in time")),
            Ok(Err(error)) => return Err(failed(&error.to_string())),
            Ok(Ok(_)) => {}
        }
        let port: u16 = line.trim().parse().map_err(|_| failed("it gave up"))?;
        Ok((process, ([127, 0, 0, 1], port).into()))
    }
}

const START_TIMEOUT: Duration = Duration::from_secs(10);
