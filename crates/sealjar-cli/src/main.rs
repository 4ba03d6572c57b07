//! The program `sealjar`: reads the command line, does what it asks, and says how it went.
//!
//! `args` is the line and `flags` what commands share, `config` adds the environment and the
//! file; `commands` has a file for each command; `output` is the only way to the terminal.

mod address;
mod args;
mod change;
mod clock;
mod commands;
mod config;
mod deliver;
mod flags;
mod hex;
mod name;
mod output;
mod probe;
mod ring_file;
mod stdin;
mod stores;

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser};
use sealjar_keeper::Keeper;
use sealjar_keeper::store::FileStore;

use crate::address::StoreAddress;
use crate::args::{Cli, Command, dashed_ids_last};
use crate::commands::OnStore;
use crate::config::Config;
use crate::flags::{CommonFlags, Kept};
use crate::output::exit::{Answer, CommandError, Exit, show};
use crate::output::progress::Progress;
use crate::output::usage_error::usage_error;
use crate::stores::swarm_store;

fn main() -> ExitCode {
    let cli = match Cli::try_parse_from(dashed_ids_last(std::env::args_os())) {
        Ok(cli) => cli,
        Err(error) => return usage_error(error).into(),
    };
    let json = cli.place.json;
    let outcome = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime.block_on(answer(cli)),
        Err(error) => Err(CommandError::new(
            Exit::Unexpected,
            "runtime",
            format!("no threads could be started: {error}"),
        )),
    };
    show(outcome, json).into()
}

async fn answer(Cli { place, command }: Cli) -> Result<Answer, CommandError> {
    match command {
        Command::Init(kept) => on_store(kept, place).await,
        Command::Status(kept) => on_store(kept, place).await,
        Command::Run(kept) => on_store(kept, place).await,
        Command::Health(health) => health.run(&place).await,
        Command::Replicas(replicas) => replicas.run(&place).await,
        Command::Forget(forget) => forget.run(&place).await,
        Command::Rotate(kept) => on_store(kept, place).await,
        Command::Revoke(kept) => on_store(kept, place).await,
        Command::Restore(kept) => on_store(kept, place).await,
        Command::Import(kept) => on_store(kept, place).await,
        Command::Export(kept) => on_store(kept, place).await,
        Command::NewKek(new_kek) => new_kek.run(place).await,
        Command::NewDeliveryKey(new_key) => new_key.run(),
        Command::Doctor(doctor) => doctor.run(place).await,
        Command::Inspect(inspect) => inspect.run(),
        Command::Seal(seal) => seal.run(),
        Command::Open(open) => open.run(),
        Command::Completions(completions) => Ok(completions.run(Cli::command())),
        Command::Man(manual) => manual.run(Cli::command()),
    }
}

async fn on_store<C: OnStore>(kept: Kept<C>, place: CommonFlags) -> Result<Answer, CommandError> {
    let Kept {
        command,
        swarm,
        policy,
        exports,
    } = kept;
    let config = Config::gather(place, policy, swarm)?.deliver(exports);
    let progress = if command.goes_on() {
        Progress::default()
    } else {
        Progress::with(&config.store, config.json)
    };
    let outcome = match &config.store {
        StoreAddress::File(_) if command.is_fast() => {
            let message = "--fast is for a ring in a Swarm, which restarts replicas";
            Err(CommandError::new(Exit::Usage, "usage", message)
                .hint("leave it out: replicas read a ring in a file while they run"))
        }
        StoreAddress::File(path) => {
            let store = FileStore::new(path).exports(config.exports.iter().cloned());
            let keeper = Keeper::new(store, config.policy);
            command.run(keeper, &config, &progress).await
        }
        StoreAddress::Swarm(ring) => {
            let store = swarm_store(ring, &config.swarm)?
                .fast(command.is_fast())
                .exports(config.exports.iter().cloned());
            let keeper = Keeper::new(store, config.policy);
            command.run(keeper, &config, &progress).await
        }
    };
    outcome.map_err(|error| error.of(&config.store))
}
