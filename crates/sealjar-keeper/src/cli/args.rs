//! What can be asked of the keeper?

use std::ffi::OsString;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use sealjar::KeyId;
use sealjar_keeper::Span;
use sealjar_keeper::policy::PolicySettings;

use crate::cli::address::StoreAddress;
use crate::cli::doctor::Doctor;
use crate::cli::health::Health;
use crate::cli::init::Init;
use crate::cli::inspect::Inspect;
use crate::cli::manual::{Completions, Manual};
use crate::cli::new_kek::NewKek;
use crate::cli::restore::{Import, Restore};
use crate::cli::revoke::Revoke;
use crate::cli::rotate::Rotate;
use crate::cli::run::Run;
use crate::cli::status::Status;
use crate::cli::token::{Open, Seal};

/// Keeps the ring of keys that web sessions are sealed under.
#[derive(Debug, Parser)]
#[command(
    name = "sealjar",
    version,
    disable_help_subcommand = true,
    after_help = AFTER_HELP
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) place: Place,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Where the ring is, where that is written down, and for whom the answer is.
#[derive(Args, Debug)]
pub(crate) struct Place {
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

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Begin a ring: a key that seals, and its standby
    Init(Kept<Init>),
    /// Show what each key does, since when, and what happens next
    Status(Kept<Status>),
    /// Rotate in time, until the process is asked to stop
    Run(Kept<Run>),
    /// Ask a keeper that runs here how it is
    Health(Health),
    /// Let the standby take over now
    Rotate(Kept<Rotate>),
    /// Put keys, people or sessions out of use
    Revoke(Kept<Revoke>),
    /// Go on from a document that was kept, as a new epoch
    Restore(Kept<Restore>),
    /// Begin a store with a document, such as the one that replicas have
    Import(Kept<Import>),
    /// Make another key that a ring in a swarm is kept under
    NewKek(NewKek),
    /// Look for what would hurt in a swarm, without the ring or a key
    Doctor(Doctor),
    /// Say what a cookie is, or why it is refused
    Inspect(Inspect),
    /// Seal: a payload in hex on standard input, the token on standard output
    Seal(Seal),
    /// Open: a token on standard input, its payload in hex on standard output
    Open(Open),
    /// Print what a shell needs to complete the line
    Completions(Completions),
    /// Print a manual page: `sealjar man | man -l -`
    Man(Manual),
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
    rotate_every: Option<Span>,
    /// Within what time a publication is on every replica, 5m
    #[arg(
        long,
        env = "SEALJAR_DISTRIBUTION",
        hide_env_values = true,
        value_name = "SPAN"
    )]
    distribution: Option<Span>,
    #[command(flatten)]
    clocks: ClockFlags,
    /// The longest that a token under a new key lives, 1d
    #[arg(
        long,
        env = "SEALJAR_TOKEN_LIFETIME",
        hide_env_values = true,
        value_name = "SPAN"
    )]
    token_lifetime: Option<Span>,
    /// How long a revocation is remembered, 30d: the longest that a session may live
    #[arg(
        long,
        env = "SEALJAR_REVOCATION_HORIZON",
        hide_env_values = true,
        value_name = "SPAN"
    )]
    revocation_horizon: Option<Span>,
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
    pub(crate) skew: Option<Span>,
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

/// Puts key ids that begin with a dash, as one in 64 does, where they cannot be taken for options: last,
/// after `--`.
pub(crate) fn dashed_ids_last(line: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let mut line: Vec<OsString> = line.collect();
    let dashes = line.iter().position(|argument| argument == "--");
    let mut rest = line.split_off(dashes.unwrap_or(line.len()));
    let (ids, mut line): (Vec<_>, Vec<_>) = line.into_iter().partition(|argument| {
        let text = argument.to_str();
        text.is_some_and(|text| text.starts_with('-') && text.parse::<KeyId>().is_ok())
    });
    if rest.is_empty() && !ids.is_empty() {
        rest.push("--".into());
    }
    line.append(&mut rest);
    line.extend(ids);
    line
}

const LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 9464);
const COMMON: &str = "Options of every command";
const AFTER_HELP: &str = "\
Exit codes:
  0  done
  1  something unexpected, such as an output that was closed
  2  wrong usage: an option, a configuration or a value that cannot be read
  3  refused: it must not be done, or the cookie or token is not good
  4  the store or a ring document is missing, damaged or cannot be written, or a keeper is not well
  5  lost the race: another keeper was faster, look and repeat
  6  `doctor` has found something that hurts

Examples:
  export SEALJAR_STORE=file:/srv/session-ring.json
  sealjar init                                   then let every replica read that file
  sealjar run                                    rotates it from then on
  sealjar status
  sealjar revoke --subject 42 --app shop-prod    logs one person out, everywhere
  sealjar revoke KEY-ID --yes                    when a key has leaked";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_is_one_that_clap_accepts() {
        use clap::CommandFactory as _;
        Cli::command().debug_assert();
    }

    #[test]
    fn key_ids_that_look_like_options_are_read_as_ids_and_options_stay_options() {
        let ids = [
            "-AAAAAAAAAAAAAAAAAAAAA",
            "--AAAAAAAAAAAAAAAAAAAA",
            "AAAAAAAAAAAAAAAAAAAAAA",
        ];
        let [short, long, plain] = ids;
        for line in [
            vec!["sealjar", "revoke", short, "--yes", long, plain],
            vec!["sealjar", "revoke", plain, "--yes", short, "--", long],
            vec!["sealjar", "revoke", "--yes", "--", long, short, plain],
        ] {
            let line = dashed_ids_last(line.into_iter().map(OsString::from));
            let cli = Cli::try_parse_from(&line).unwrap();
            let Command::Revoke(revoke) = cli.command else {
                panic!("{line:?}");
            };
            let shown = format!("{revoke:?}");
            assert!(shown.contains("yes: true"), "{shown}");
            for id in ids {
                assert!(shown.contains(id), "{shown}");
            }
        }
        // Nothing that is an option today or looks like one tomorrow is taken for an id.
        for option in ["--token-lifetime=1h30m", "--revocation-horizon", "-h"] {
            let line = ["sealjar", option].map(OsString::from);
            assert_eq!(dashed_ids_last(line.clone().into_iter()), line);
        }
    }
}
