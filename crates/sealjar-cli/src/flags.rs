//! Which flags do several commands share?

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use sealjar::Suite;
use sealjar_keeper::HumanDuration;
use sealjar_keeper::export::ExportFile;
use sealjar_keeper::policy::PolicySettings;

use crate::address::StoreAddress;

/// Where the ring is, where that is written down, and who reads the answer.
#[derive(Args, Debug)]
pub(crate) struct CommonFlags {
    /// Store of the ring: file:PATH, or swarm:RING for a Docker Swarm
    #[arg(
        long,
        global = true,
        env = "SEALJAR_STORE", hide_env_values = true,
        value_name = "STORE",
        help_heading = COMMON
    )]
    pub(crate) store: Option<StoreAddress>,
    /// TOML file with `store`, `listen`, `serve`, `speaker-keys`, `apps`, `exports`, `[policy]` and
    /// `[swarm]`
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
    #[command(flatten)]
    pub(crate) exports: ExportFlags,
}

/// Which exports the keeper delivers.
#[derive(Args, Debug)]
#[command(next_help_heading = "Exports")]
pub(crate) struct ExportFlags {
    /// Deliver secrets for a program with the ring, TARGET:APP:NAME: a file NAME beside it, or a
    /// secret to mount as NAME; repeat, or separate with commas
    #[arg(
        long = "export",
        env = "SEALJAR_EXPORTS",
        hide_env_values = true,
        value_delimiter = ',',
        value_name = "EXPORT"
    )]
    pub(crate) exports: Vec<ExportFile>,
}

/// Where a keeper that runs shows its health.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Listen {
    /// Address of /healthz and /metrics, 127.0.0.1:9464 by default
    #[arg(
        long,
        env = "SEALJAR_LISTEN",
        hide_env_values = true,
        value_name = "ADDRESS"
    )]
    listen: Option<SocketAddr>,
}

/// Where replicas that follow the ring are answered, and under which keys.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Following")]
pub(crate) struct Serve {
    /// Address at which replicas that follow the ring are answered
    #[arg(
        long,
        env = "SEALJAR_SERVE",
        hide_env_values = true,
        value_name = "ADDRESS"
    )]
    pub(crate) serve: Option<SocketAddr>,
    /// File with the key to answer replicas under, made by `sealjar new-delivery-key`; two while
    /// replicas get another one
    #[arg(
        long = "speaker-key",
        env = "SEALJAR_SPEAKER_KEY",
        hide_env_values = true,
        value_delimiter = ',',
        value_name = "FILE"
    )]
    pub(crate) speaker_keys: Vec<PathBuf>,
}

impl Listen {
    /// Falls back to the configuration file, then to the default.
    pub(crate) fn or(self, written: Option<SocketAddr>) -> SocketAddr {
        self.listen.or(written).unwrap_or(LISTEN)
    }
}

/// Which services of a swarm get the ring, and what it is sealed under there.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Swarm (with swarm:RING)")]
pub(crate) struct SwarmFlags {
    /// Service that gets the ring as its secret session-ring; repeat, or separate with commas
    #[arg(
        long = "service",
        env = "SEALJAR_SERVICES",
        hide_env_values = true,
        value_delimiter = ',',
        value_name = "NAME"
    )]
    pub(crate) services: Vec<String>,
    /// File with a key that the ring is stored under, /run/secrets/sealjar.RING.kek.* by default
    #[arg(
        long,
        env = "SEALJAR_KEK",
        hide_env_values = true,
        value_delimiter = ',',
        value_name = "FILE"
    )]
    pub(crate) kek: Vec<PathBuf>,
}

/// The policy that is asked for. What is left out stays as the ring has it.
#[derive(Args, Clone, Copy, Debug, Default)]
#[command(next_help_heading = "Policy (what you leave out stays as the ring has it)")]
pub(crate) struct PolicyFlags {
    /// How long a key seals until the next one takes over, 7d in a new ring
    #[arg(
        long,
        env = "SEALJAR_ROTATE_EVERY",
        hide_env_values = true,
        value_name = "DURATION"
    )]
    rotate_every: Option<HumanDuration>,
    /// Longest time until every replica has a published ring, 5m in a new ring
    #[arg(
        long,
        env = "SEALJAR_DISTRIBUTION",
        hide_env_values = true,
        value_name = "DURATION"
    )]
    distribution: Option<HumanDuration>,
    #[command(flatten)]
    clocks: ClockFlags,
    /// Longest life of a token under a new key, 1d in a new ring
    #[arg(
        long,
        env = "SEALJAR_TOKEN_LIFETIME",
        hide_env_values = true,
        value_name = "DURATION"
    )]
    token_lifetime: Option<HumanDuration>,
    /// How long revocations are kept, 30d in a new ring: no session may live longer
    #[arg(
        long,
        env = "SEALJAR_REVOCATION_HORIZON",
        hide_env_values = true,
        value_name = "DURATION"
    )]
    revocation_horizon: Option<HumanDuration>,
    /// Cipher of new keys, xaes-256-gcm in a new ring
    #[arg(
        long,
        env = "SEALJAR_SUITE",
        hide_env_values = true,
        value_name = "SUITE",
        value_parser = suite()
    )]
    suite: Option<Suite>,
}

/// Reads a suite by the name that ring documents use.
fn suite() -> impl TypedValueParser<Value = Suite> {
    let names = [Suite::Xaes256Gcm, Suite::XChaCha20Poly1305].map(Suite::as_str);
    PossibleValuesParser::new(names).try_map(|name| Suite::from_name(&name).ok_or("unknown suite"))
}

/// How fast an epoch reaches replicas.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Fast {
    /// Swarm only: replace half of each service's replicas at once and without a delay, for this
    /// epoch; then services are updated as before
    #[arg(long)]
    pub(crate) fast: bool,
}

/// What the clocks are held to.
#[derive(Args, Clone, Copy, Debug, Default)]
pub(crate) struct ClockFlags {
    /// Largest difference between any two clocks, 30s in a new ring
    #[arg(
        long,
        env = "SEALJAR_SKEW",
        hide_env_values = true,
        value_name = "DURATION"
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
            suite: flags.suite,
        }
    }
}

const LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 9464);
const COMMON: &str = "Options of every command";
