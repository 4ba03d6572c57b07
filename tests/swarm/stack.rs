//! The project's own stack file, deployed: Traefik over https, its door to the engine, and the app
//! in some way.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use reqwest::Client;
use sealjar_tests::crowd::Crowd;
use sealjar_tests::visitor::Visitor;
use tokio::runtime::Runtime;

use crate::engine::{Engine, printed};
use crate::https::Https;
use crate::images::{self, APP, IN_MEMORY, Image};
use crate::keeper::group_of_the_socket;
use crate::table::Row;
use crate::wait::wait_until;

/// How the app keeps its sessions.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Way {
    Memory,
    /// In memory, and Traefik binds each visitor to a replica.
    Sticky,
    /// In Redis with its defaults, which write to disk now and then.
    Redis,
    /// In Redis, which writes down each change.
    RedisAppending,
    Sealed,
}

impl Way {
    pub(crate) const ALL: [Self; 5] = [
        Self::Memory,
        Self::Sticky,
        Self::Redis,
        Self::RedisAppending,
        Self::Sealed,
    ];

    /// What it is asked for by.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Sticky => "sticky",
            Self::Redis => "redis",
            Self::RedisAppending => "redis-append",
            Self::Sealed => "sealed",
        }
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Memory => "in memory",
            Self::Sticky => "in memory, sticky",
            Self::Redis => "Redis",
            Self::RedisAppending => "Redis, append-only",
            Self::Sealed => "sealed",
        }
    }

    const fn image(self) -> &'static Image {
        match self {
            Self::Sealed => &APP,
            _ => &IN_MEMORY,
        }
    }

    /// What is deployed: the project's file, and over it what a way of keeping sessions on the
    /// server needs.
    const fn files(self) -> &'static [&'static str] {
        match self {
            Self::Memory | Self::Sealed => &[STACK],
            Self::Sticky => &[STACK, "tests/swarm/sticky.yml"],
            Self::Redis | Self::RedisAppending => &[STACK, "tests/swarm/redis.yml"],
        }
    }
}

/// The stack `shop`. It goes when this is dropped.
pub(crate) struct Stack<'a> {
    engine: &'a Engine,
    https: Https,
    /// How many replicas of the app there should be.
    replicas: Cell<usize>,
}

impl<'a> Stack<'a> {
    /// Imports what is deployed next, for people who come to these addresses.
    pub(crate) fn prepare(engine: &'a Engine, addresses: Vec<SocketAddr>) -> Self {
        images::import_in_front(engine);
        Self {
            engine,
            https: Https::to(addresses),
            replicas: Cell::new(REPLICAS),
        }
    }

    /// Serves in this way, with this ring, and returns when Traefik leads to all replicas. Traefik
    /// stays from one way to the next.
    pub(crate) fn serve(&self, way: Way, secret: &str) {
        for service in [WEB, REDIS] {
            // Not all ways have both, and the first comes after none.
            self.engine.ask(&["service", "rm", service]);
            let ours = format!("label=com.docker.swarm.service.name={service}");
            let left = || self.engine.docker(&["ps", "-aq", "--filter", &ours]);
            wait_until(|| left().is_empty(), left);
        }
        self.engine.ask(&["volume", "rm", "shop_kept"]);
        self.deploy(way, secret);
        self.await_calm();
        self.await_route();
    }

    /// Deploys the files of a way, with this ring. An update may follow.
    pub(crate) fn deploy(&self, way: Way, secret: &str) {
        self.replicas.set(REPLICAS);
        let append = if way == Way::RedisAppending {
            "yes"
        } else {
            "no"
        };
        self.engine.deploy(
            "shop",
            way.files(),
            &[
                ("SHOP_IMAGE", way.image().name),
                ("SESSION_RING", secret),
                ("DOCKER_GID", &group_of_the_socket()),
                ("APPEND_ONLY", append),
            ],
        );
    }

    /// Has so many replicas. They may take their time.
    pub(crate) fn scale(&self, to: usize) {
        self.replicas.set(to);
        let scaled = format!("{WEB}={to}");
        self.engine
            .docker(&["service", "scale", "--detach", &scaled]);
    }

    /// Sends people there.
    pub(crate) fn crowd(&self, people: usize) -> Crowd {
        let people = (0..people).map(|_| self.visitor()).collect();
        Crowd::of(people, Duration::from_millis(400))
    }

    pub(crate) fn visitor(&self) -> Visitor {
        Visitor::behind_a_load_balancer(self.https.origin.clone())
    }

    /// Does something while people are there, and returns what they noticed of it.
    pub(crate) fn phase(&self, name: String, crowd: &mut Crowd, act: impl FnOnce(&Self)) -> Row {
        let begun = Instant::now();
        act(self);
        self.await_calm();
        self.await_route();
        Row::noted(name, crowd.noticed(), begun.elapsed())
    }

    /// Kills one container of a service.
    pub(crate) fn kill_one(&self, service: &str) {
        let ours = format!("label=com.docker.swarm.service.name={service}");
        let running = || {
            self.engine
                .docker(&["ps", "-q", "--no-trunc", "--filter", &ours])
        };
        let before = running();
        let one = before.lines().next().unwrap();
        self.engine.docker(&["kill", one]);
        let many = before.lines().count();
        wait_until(
            || !running().contains(one) && running().lines().count() == many,
            || self.tasks(),
        );
    }

    /// Replaces all replicas, as a new build does.
    pub(crate) fn update(&self) {
        let update = ["service", "update", "--detach", "--force", WEB];
        self.engine.docker(&update);
        self.await_state("completed");
    }

    /// Waits until the last update is in a state.
    pub(crate) fn await_state(&self, awaited: &str) {
        let state = "{{with .UpdateStatus}}{{.State}}{{end}}";
        let inspect = ["service", "inspect", "-f", state, WEB];
        wait_until(|| self.engine.docker(&inspect) == awaited, || self.tasks());
    }

    /// Waits until there are as many replicas as there should be, and none that is about to go.
    pub(crate) fn await_calm(&self) {
        let states = |filter: &[&str]| {
            let list = [
                &["service", "ps", "--format", "{{.CurrentState}}"],
                filter,
                &[WEB],
            ];
            let states = self.engine.docker(&list.concat());
            let up = states.lines().filter(|it| it.starts_with("Running"));
            up.count()
        };
        wait_until(
            || {
                let replicas = self.replicas.get();
                states(&[]) == replicas
                    && states(&["--filter", "desired-state=running"]) == replicas
            },
            || self.tasks(),
        );
    }

    /// Waits until Traefik leads to all replicas.
    fn await_route(&self) {
        // A replica that dies with a request in its hands never answers it.
        let client = Client::builder().no_proxy().timeout(AN_ANSWER);
        let client = client.build().unwrap();
        let runtime = Runtime::new().unwrap();
        let who = || {
            let answer = async { client.get(&self.https.origin).send().await };
            let answer = runtime.block_on(answer).ok()?;
            Some(
                answer
                    .headers()
                    .get("x-replica")?
                    .to_str()
                    .unwrap()
                    .to_owned(),
            )
        };
        let all = || {
            (0..2 * self.replicas.get())
                .map(|_| who())
                .collect::<Option<BTreeSet<_>>>()
        };
        wait_until(
            || all().is_some_and(|all| all.len() == self.replicas.get()),
            || format!("{:?}: {}", all(), self.logs()),
        );
    }

    fn tasks(&self) -> String {
        let list = ["stack", "ps", "--no-trunc", "shop"];
        self.engine.docker(&list)
    }

    fn logs(&self) -> String {
        let logs = ["service", "logs", "--raw", "--tail", "20", "shop_traefik"];
        printed(&self.engine.ask(&logs), &logs)
    }
}

impl Drop for Stack<'_> {
    fn drop(&mut self) {
        self.engine.remove("shop");
    }
}

/// Far more than a replica takes to answer.
const AN_ANSWER: Duration = Duration::from_secs(5);
const STACK: &str = "examples/swarm/stack.yml";
/// As the stack file has it, where nothing else is asked.
const REPLICAS: usize = 3;
pub(crate) const WEB: &str = "shop_web";
pub(crate) const REDIS: &str = "shop_redis";
