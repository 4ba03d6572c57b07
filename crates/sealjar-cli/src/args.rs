//! What can be asked of the keeper?

use std::ffi::OsString;

use clap::{Parser, Subcommand};
use sealjar::KeyId;

use crate::commands::doctor::Doctor;
use crate::commands::export::Export;
use crate::commands::health::Health;
use crate::commands::init::Init;
use crate::commands::inspect::Inspect;
use crate::commands::manual::{Completions, Manual};
use crate::commands::new_delivery_key::NewDeliveryKey;
use crate::commands::new_kek::NewKek;
use crate::commands::replicas::{Forget, Replicas};
use crate::commands::restore::{Import, Restore};
use crate::commands::revoke::Revoke;
use crate::commands::rotate::Rotate;
use crate::commands::run::Run;
use crate::commands::status::Status;
use crate::commands::token::{Open, Seal};
use crate::flags::{CommonFlags, Kept};

/// Keep the ring of keys that web sessions are sealed with.
#[derive(Debug, Parser)]
#[command(
    name = "sealjar",
    version,
    disable_help_subcommand = true,
    after_help = AFTER_HELP
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) place: CommonFlags,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Create a ring: one key that seals, and its standby
    Init(Kept<Init>),
    /// Show what each key does, since when, and what happens next
    Status(Kept<Status>),
    /// Run the keeper: rotate keys on time, until it is stopped
    Run(Kept<Run>),
    /// Ask a running keeper whether it is well
    Health(Health),
    /// List the replicas that follow the ring of a running keeper
    Replicas(Replicas),
    /// Wait no longer for a replica that is gone for good
    Forget(Forget),
    /// Let the standby take over now
    Rotate(Kept<Rotate>),
    /// Revoke keys, people or sessions
    Revoke(Kept<Revoke>),
    /// Continue from a saved ring document, as a new epoch
    Restore(Kept<Restore>),
    /// Start an empty store with a ring document, such as a replica's
    Import(Kept<Import>),
    /// Print secrets of the ring for a program that seals by itself, such as Django
    Export(Kept<Export>),
    /// Create another key that a ring in a Swarm is stored under
    NewKek(NewKek),
    /// Create the keys for replicas that follow the ring: one for them, one for keepers
    NewDeliveryKey(NewDeliveryKey),
    /// Check a Swarm for problems; needs neither the ring nor a key
    Doctor(Doctor),
    /// Explain what a cookie is, or why it is refused
    Inspect(Inspect),
    /// Seal a payload: hex on standard input, the token on standard output
    Seal(Seal),
    /// Open a token: the token on standard input, its payload in hex on standard output
    Open(Open),
    /// Print a completion script for a shell
    Completions(Completions),
    /// Print a manual page: `sealjar man | man -l -`
    Man(Manual),
}

/// Puts key ids that begin with a dash, as one in 64 does, where they cannot be taken for options:
/// last, after `--`.
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

const AFTER_HELP: &str = "\
Exit codes:
  0  done
  1  unexpected, such as an output that was closed
  2  wrong usage: an option, a configuration or a value that cannot be read
  3  refused: the ring would not allow it, or the cookie or token is not valid
  4  the store or a ring document is missing, damaged or cannot be written, or the keeper is unwell
  5  lost the race: another keeper was faster; look at the status, then repeat
  6  `doctor` found a problem

Examples:
  export SEALJAR_STORE=file:/srv/session-ring.json
  sealjar init                                   creates the ring; let every replica read that file
  sealjar run                                    rotates its keys from then on
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
