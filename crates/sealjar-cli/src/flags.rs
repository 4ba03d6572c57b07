//! Which flags do several commands share?

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use clap::Args;
use sealjar_keeper::HumanDuration;
use sealjar_keeper::policy::PolicySettings;

use crate::address::StoreAddress;

/// Where the ring is, where that is written down, and for whom the answer is.
#[derive(Args, Debug)]
pub(crate) struct CommonFlags {
    /// Where the ring is kept, as file:PATH, or swarm:RING for a Docker Swarm
    #[arg(
        long,
        global = true,
        env = "SEALJAR_STORE", hide_env_values = true,
        value_name = "STORE",
        help_heading = COMMON
    )]
    pub(crate) store: Option<StoreAddress>,
    /// A TOML file with `store`, `listen`, `apps`, `[policy]` and `[swarm]`
    #[arg(long, global = true, env = "SEALJAR_CONFIG", hide_env_values = true, value_name = "FILE", help_heading = COMMON)]
    pub(crate) config: Option<PathBuf>,
    /// Print JSON to standard output, errors too
    #[arg(long, global = true, help_heading = COMMON)]
    pub(crate) json: bool,
}

/// A command on a store, and the policy to keep its ring by.
#[derive(Args, Debug)]
pub(crate) struct Kept<C: Args> {
    #[command(flatten)]
    pub(crate) command: C,
    #[command(flatten)]
    pub(crate) swarm: SwarmFlags,
    #[command(flatten)]
    pub(crate) policy: PolicyFlags,
}

/// Where a keeper that runs shows its health.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Listen {
    /// Where /healthz and /metrics are served, 127.0.0.1:9464
    #[arg(
        long,
        env = "SEALJAR_LISTEN",
        hide_env_values = true,
        value_name = "ADDRESS"
    )]
    listen: Option<SocketAddr>,
}

impl Listen {
    /// Goes by what is written elsewhere where nothing is said here.
    pub(crate) fn or(self, written: Option<SocketAddr>) -> SocketAddr {
        self.listen.or(written).unwrap_or(LISTEN)
    }
}

/// Which services of a swarm get the ring, and what it is sealed under there.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Swarm (with swarm:RING)")]
pub(crate) struct SwarmFlags {
    /// A service that gets the ring, for its secret session-ring; may be repeated, or set with commas
    #[arg(
        long = "service",
        env = "SEALJAR_SERVICES",
        hide_env_values = true,
        value_delimiter = ',',
        value_name = "NAME"
    )]
    pub(crate) services: Vec<String>,
    /// A file with a key that the ring is sealed under, /run/secrets/sealjar.RING.kek.* unless given
    #[arg(
        long,
        env = "SEALJAR_KEK",
        hide_env_values = true,
        value_delimiter = ',',
        value_name = "FILE"
    )]
    pub(crate) kek: Vec<PathBuf>,
}

/// What the policy is to be. Stays as the ring has it where nothing is said.
#[derive(Args, Clone, Copy, Debug, Default)]
#[command(next_help_heading = "Policy (stays as the ring has it where nothing is said)")]
pub(crate) struct PolicyFlags {
    /// How often the sealing key changes, 7d in a new ring
    #[arg(
        long,
        env = "SEALJAR_ROTATE_EVERY",
        hide_env_values = true,
        value_name = "SPAN"
    )]
    rotate_every: Option<HumanDuration>,
    /// Within what time a publication is on every replica, 5m
    #[arg(
        long,
        env = "SEALJAR_DISTRIBUTION",
        hide_env_values = true,
        value_name = "SPAN"
    )]
    distribution: Option<HumanDuration>,
    #[command(flatten)]
    clocks: ClockFlags,
    /// The longest that a token under a new key lives, 1d
    #[arg(
        long,
        env = "SEALJAR_TOKEN_LIFETIME",
        hide_env_values = true,
        value_name = "SPAN"
    )]
    token_lifetime: Option<HumanDuration>,
    /// How long a revocation is remembered, 30d: the longest that a session may live
    #[arg(
        long,
        env = "SEALJAR_REVOCATION_HORIZON",
        hide_env_values = true,
        value_name = "SPAN"
    )]
    revocation_horizon: Option<HumanDuration>,
}

/// What the clocks are held to.
#[derive(Args, Clone, Copy, Debug, Default)]
pub(crate) struct ClockFlags {
    /// How far apart any two clocks may be, 30s
    #[arg(
        long,
        env = "SEALJAR_SKEW",
        hide_env_values = true,
        value_name = "SPAN"
    )]
    pub(crate) skew: Option<HumanDuration>,
}

impl From<PolicyFlags> for PolicySettings {
    fn from(flags: PolicyFlags) -> Self {
        Self {
            rotate_every: flags.rotate_every,
            distribution: flags.distribution,
            skew: flags.clocks.skew,
            token_lifetime: flags.token_lifetime,
            revocation_horizon: flags.revocation_horizon,
        }
    }
}

const LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 9464);
const COMMON: &str = "Options of every command";
