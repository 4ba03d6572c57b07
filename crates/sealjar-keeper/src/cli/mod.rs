//! What does a person ask of the keeper? Reads the line, does it, and says how it went.
//!
//! One command is one file. None of them prints: each returns an [`Answer`] or a [`Failure`], and
//! `outcome` says it, in words or in JSON, through `terminal`, which escapes it.

mod address;
mod args;
mod change;
mod clock;
mod deliver;
mod doctor;
mod health;
mod hex;
mod init;
mod inspect;
mod manual;
mod misread;
mod name;
mod new_kek;
mod outcome;
mod page;
mod patience;
mod refusal;
mod restore;
mod revoke;
mod ring_file;
mod rotate;
mod run;
mod settings;
mod status;
mod stdin;
mod terminal;
mod token;
mod when;

use std::process::ExitCode;

use clap::{Args, Parser};
use sealjar_keeper::docker::Engine;
use sealjar_keeper::store::RingStore;
use sealjar_keeper::store::file::FileStore;
use sealjar_keeper::store::swarm::SwarmStore;
use sealjar_keeper::{Keeper, KeeperError};

use crate::cli::address::StoreAddress;
use crate::cli::args::{Cli, Command, Kept, Place, dashed_ids_last};
use crate::cli::misread::misread;
use crate::cli::outcome::{Answer, Exit, Failure, show};
use crate::cli::patience::Patience;
use crate::cli::settings::{Settings, Swarm};

pub(crate) fn main() -> ExitCode {
    let cli = match Cli::try_parse_from(dashed_ids_last(std::env::args_os())) {
        Ok(cli) => cli,
        Err(error) => return misread(error).into(),
    };
    let json = cli.place.json;
    let outcome = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime.block_on(answer(cli)),
        Err(error) => Err(Failure::new(
            Exit::Unexpected,
            "runtime",
            format!("no threads could be started: {error}"),
        )),
    };
    show(outcome, json).into()
}

/// A command on a store, of whatever kind the store is.
trait OnStore: Args {
    async fn run<S: RingStore>(
        self,
        keeper: Keeper<S>,
        settings: &Settings,
        patience: &Patience,
    ) -> Result<Answer, Failure>;

    /// Returns whether it goes on until it is stopped.
    fn goes_on(&self) -> bool {
        false
    }
}

async fn answer(Cli { place, command }: Cli) -> Result<Answer, Failure> {
    match command {
        Command::Init(kept) => on_store(kept, place).await,
        Command::Status(kept) => on_store(kept, place).await,
        Command::Run(kept) => on_store(kept, place).await,
        Command::Health(health) => health.run(&place).await,
        Command::Rotate(kept) => on_store(kept, place).await,
        Command::Revoke(kept) => on_store(kept, place).await,
        Command::Restore(kept) => on_store(kept, place).await,
        Command::Import(kept) => on_store(kept, place).await,
        Command::NewKek(new_kek) => new_kek.run(place).await,
        Command::Doctor(doctor) => doctor.run(place).await,
        Command::Inspect(inspect) => inspect.run(),
        Command::Seal(seal) => seal.run(),
        Command::Open(open) => open.run(),
        Command::Completions(completions) => Ok(completions.run()),
        Command::Man(manual) => manual.run(),
    }
}

async fn on_store<C: OnStore>(kept: Kept<C>, place: Place) -> Result<Answer, Failure> {
    let Kept {
        command,
        swarm,
        policy,
    } = kept;
    let settings = Settings::gather(place, policy, swarm)?;
    let patience = match command.goes_on() {
        true => Patience::default(),
        false => Patience::with(&settings.store),
    };
    let outcome = match &settings.store {
        StoreAddress::File(path) => {
            let keeper = Keeper::new(FileStore::new(path), settings.policy);
            command.run(keeper, &settings, &patience).await
        }
        StoreAddress::Swarm(ring) => {
            let store = swarm_store(ring, &settings.swarm)?;
            let keeper = Keeper::new(store, settings.policy);
            command.run(keeper, &settings, &patience).await
        }
    };
    outcome.map_err(|failure| failure.of(&settings.store))
}

fn swarm_store(ring: &str, swarm: &Swarm) -> Result<SwarmStore, Failure> {
    SwarmStore::open(engine()?, ring, swarm.services.clone(), &swarm.kek)
        .map_err(|error| KeeperError::from(error).into())
}

fn engine() -> Result<Engine, Failure> {
    Engine::from_env()
        .map_err(|error| Failure::new(Exit::Usage, "usage", error.to_string()).hint(error.hint()))
}
