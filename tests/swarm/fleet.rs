//! A service of three replicas, and a proxy that learns from the engine where they are, as Traefik
//! does.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use sealjar_tests::crowd::Crowd;
use sealjar_tests::proxy::{self, Routes};
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::runtime::Runtime;

use crate::engine::{Engine, printed};
use crate::images::Image;
use crate::table::Row;
use crate::wait::wait_until;

/// A service `shop_web`, and the proxy before it. It goes when this is dropped.
pub(crate) struct Fleet<'a> {
    engine: &'a Engine,
    origin: String,
    over: Arc<AtomicBool>,
    looking: Option<JoinHandle<()>>,
}

impl<'a> Fleet<'a> {
    /// Deploys the service, and returns when all of its replicas are up.
    pub(crate) fn deploy(engine: &'a Engine, image: &Image, secret: &str) -> Self {
        let routes = Routes::default();
        let over = Arc::new(AtomicBool::new(false));
        let mut fleet = Self {
            engine,
            origin: format!("http://{}", proxy::start(Arc::clone(&routes))),
            looking: None,
            over: Arc::clone(&over),
        };
        fleet.redeploy(image, secret);
        fleet.await_calm();
        *routes.write().unwrap() = addresses(engine);
        let look = engine.command(LOOK);
        fleet.looking = Some(std::thread::spawn(move || {
            let mut look = look;
            while !over.load(Ordering::Relaxed) {
                *routes.write().unwrap() = parsed(&printed(&look.output().unwrap(), LOOK));
                std::thread::sleep(LOOK_EVERY);
            }
        }));
        fleet
    }

    /// Deploys the stack file once more. An update may follow.
    pub(crate) fn redeploy(&self, image: &Image, secret: &str) {
        self.engine.deploy(
            "shop",
            &["tests/swarm/shop.yml"],
            &[
                ("IMAGE", image.name),
                ("SESSION_RING", secret),
                ("GRACE", "2s"),
            ],
        );
    }

    /// Puts another secret in the place of the ring's, as an operator does by hand.
    pub(crate) fn swap_secret(&self, old: &str, new: &str) {
        let new = format!("source={new},target=session-ring,mode=0444");
        let swap = ["--secret-rm", old, "--secret-add", &new];
        self.engine
            .docker(&[&["service", "update", "--detach"], &swap[..], &[SERVICE]].concat());
    }

    /// Lets an update fail and be paused.
    pub(crate) fn pause(&self) {
        let update = [
            "service",
            "update",
            "--detach",
            "--update-failure-action",
            "pause",
        ];
        // Nobody can listen there.
        self.engine
            .docker(&[&update[..], &["--env-add", "LISTEN=nowhere", SERVICE]].concat());
        self.await_state("paused");
    }

    /// Goes back to what was before, as Swarm has kept it.
    pub(crate) fn roll_back(&self) {
        self.engine
            .docker(&["service", "rollback", "--detach", SERVICE]);
        self.await_state("rollback_completed");
    }

    /// Returns the name of the secret that new replicas get.
    pub(crate) fn secret(&self) -> String {
        let secret = "{{(index .Spec.TaskTemplate.ContainerSpec.Secrets 0).SecretName}}";
        self.engine
            .docker(&["service", "inspect", "-f", secret, SERVICE])
    }

    /// Waits until all replicas have this secret.
    pub(crate) fn await_secret(&self, secret: &str) {
        wait_until(|| self.secret() == secret, || self.tasks());
        self.await_completed();
    }

    /// Waits until an update is through.
    pub(crate) fn await_completed(&self) {
        self.await_state("completed");
    }

    /// Waits until the last update is in a state.
    pub(crate) fn await_state(&self, awaited: &str) {
        let ask = [
            "service",
            "inspect",
            "-f",
            "{{.UpdateStatus.State}}",
            SERVICE,
        ];
        // There is none before the first update.
        let state = || String::from_utf8_lossy(&self.engine.ask(&ask).stdout).into_owned();
        wait_until(
            || state().trim() == awaited,
            || {
                format!(
                    "{awaited} is awaited, and it is {}: {}",
                    state(),
                    self.tasks()
                )
            },
        );
    }

    /// Returns how long the last update took, as the engine tells it.
    pub(crate) fn roll_out_took(&self) -> Duration {
        let update = [
            "service",
            "inspect",
            "-f",
            "{{json .UpdateStatus}}",
            SERVICE,
        ];
        let update: Value = serde_json::from_str(&self.engine.docker(&update)).unwrap();
        let [began, ended] = ["StartedAt", "CompletedAt"]
            .map(|it| OffsetDateTime::parse(update[it].as_str().unwrap(), &Rfc3339).unwrap());
        (ended - began).unsigned_abs()
    }

    /// Returns where visitors come.
    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }

    /// Kills the container of one replica, and waits until another has taken its place.
    pub(crate) fn lose_one(&self) {
        let before = addresses(self.engine);
        let running = self.engine.docker(&["ps", "-q", "--filter", OURS]);
        self.engine
            .docker(&["kill", running.lines().next().unwrap()]);
        wait_until(|| addresses(self.engine) != before, || self.tasks());
        self.await_calm();
    }

    /// Waits until there are as many replicas as there should be, and none that is about to go.
    pub(crate) fn await_calm(&self) {
        let all = ["service", "ps", "--format", "{{.CurrentState}}", SERVICE];
        let run = || {
            let states = self.engine.docker(&all);
            states
                .lines()
                .filter(|it| it.starts_with("Running"))
                .count()
        };
        wait_until(
            || addresses(self.engine).len() == REPLICAS && run() == REPLICAS,
            || self.tasks(),
        );
    }

    /// Returns the page that a stranger gets.
    pub(crate) fn page(&self) -> String {
        let answer = async { reqwest::get(&self.origin).await?.text().await };
        Runtime::new().unwrap().block_on(answer).unwrap()
    }

    /// Sends forty people there.
    pub(crate) fn crowd(&self) -> Crowd {
        Crowd::gather(&self.origin, 40, Duration::from_millis(250))
    }

    /// Does something while people are there, and returns what they noticed of it.
    pub(crate) fn phase(&self, name: &'static str, crowd: &mut Crowd, act: impl FnOnce()) -> Row {
        let begun = Instant::now();
        act();
        Row::noted(name, crowd.noticed(), begun.elapsed())
    }

    fn tasks(&self) -> String {
        self.engine
            .docker(&["service", "ps", "--no-trunc", SERVICE])
    }
}

impl Drop for Fleet<'_> {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        if let Some(looking) = self.looking.take() {
            // If it looked in vain, it has said so.
            _ = looking.join();
        }
        self.engine.remove("shop");
    }
}

/// Returns where replicas answer that are up, and are to stay up.
fn addresses(engine: &Engine) -> Vec<Option<SocketAddr>> {
    parsed(&engine.docker(LOOK))
}

/// Reads lines such as `Running 5 seconds ago *:32768->3000/tcp`. With a health check, a task is
/// `Starting` until it is healthy.
fn parsed(lines: &str) -> Vec<Option<SocketAddr>> {
    let up = lines.lines().filter(|line| line.starts_with("Running"));
    let port = up.filter_map(|line| line.split_once("*:")?.1.split_once("->")?.0.parse().ok());
    port.map(|port: u16| Some(([127, 0, 0, 1], port).into()))
        .collect()
}

const REPLICAS: usize = 3;
const SERVICE: &str = "shop_web";
const OURS: &str = "label=com.docker.swarm.service.name=shop_web";

/// What Traefik asks: which replicas are to run. One that stops still runs for a while.
const LOOK: &[&str] = &[
    "service",
    "ps",
    "--filter",
    "desired-state=running",
    "--format",
    "{{.CurrentState}} {{.Ports}}",
    SERVICE,
];

/// How often the proxy learns where replicas are. Traefik does every 15 s.
const LOOK_EVERY: Duration = Duration::from_millis(250);
