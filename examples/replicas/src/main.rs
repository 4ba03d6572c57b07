//! Three replicas, four ways to keep a session, and what each of them loses.
//!
//! `cargo run --release -p replicas` starts the app of `examples/axum-ssr` in three processes for
//! each way, sends visitors through a round-robin proxy while replicas die and keys rotate, prints
//! what the visitors noticed, and then serves a page to watch and break it by hand.
//!
//! * `cli`: the command line, `demo`: the steps in their order;
//! * `replica`: one process of the app, `stored` and `stores`: its other ways to keep a session;
//! * `process`: parts of this program as processes of their own; `fleet`: the replicas, `proxy`,
//!   `traefik`: in front of them, `visitors`: who comes through it;
//! * `rotation`: the keeper and its ring, `drive`: deaths and rotations while visitors are there;
//! * `report`, `progress`: what is printed, `page`: what is served afterwards.

mod cli;
mod demo;
mod drive;
mod error;
mod fleet;
mod page;
mod process;
mod progress;
mod proxy;
mod replica;
mod report;
mod rotation;
mod stored;
mod stores;
mod traefik;
mod visitors;
mod way;

use std::process::ExitCode;

use clap::Parser;

use crate::cli::{Cli, Command};
use crate::error::Failed;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let ran = match &cli.command {
        Some(Command::Keeper(plan)) => rotation::run(plan),
        Some(Command::Replica(plan)) => replica::run(plan),
        None => demo::run(&cli),
    };
    ran.unwrap_or_else(|failed: Failed| {
        eprintln!("error: {failed}\nhint: {}", failed.hint);
        ExitCode::from(cli::COULD_NOT_RUN)
    })
}
