//! The same race, run against what people use now.
//!
//! `cargo run --release -p sealjar-peers` serves one small application in three replicas for each
//! contender, sends visitors through a round-robin proxy while keys rotate, replicas are replaced
//! one after the other and one is killed, and prints what was lost and what a session costs.
//!
//! * `app`: what every contender serves, `contenders`: each in a file of its own;
//! * `race`: what happens in which order, `visitor`: who notices what, `site`: what they come to,
//!   `fleet`: the replicas, `operator`: who rotates, `keys` and `ring`: what is rotated;
//! * `cost`, `memory`, `death`: what else is measured, `effort`: how much of it;
//! * `found`: the numbers, `verdict`: whether they show what we claim, `report` and `svg`: how they
//!   are told, `machine`: where they are from.

mod app;
mod contenders;
mod cost;
mod death;
mod effort;
mod facts;
mod fleet;
mod found;
mod keys;
mod machine;
mod memory;
mod operator;
mod race;
mod report;
mod ring;
mod site;
mod svg;
mod verdict;
mod visitor;

use std::error::Error;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};
use sealjar_bench_parts::redis;

use crate::contenders::{App, Contender};
use crate::effort::Effort;
use crate::found::{Race, Row};
use crate::machine::Machine;
use crate::report::Report;
use crate::verdict::Failure;
use crate::visitor::Noticed;

/// Three replicas, visitors and rolling key rotations, for each of what people use now.
#[derive(Debug, Parser)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "\
Exit codes:
  0  sealjar, following its ring, answered and lost no session and no write, and MemoryStore did
  1  sealjar, following its ring, lost a session or a write, or did not answer
  2  wrong usage
  3  the race could not be run, or shows nothing"
)]
struct Cli {
    /// Who takes part; all of them unless told
    contenders: Vec<Contender>,
    /// A smoke run under a minute: fewer visitors and requests, costs only roughly right
    #[arg(long)]
    quick: bool,
    /// Only the race, without what a request, a session and a death cost
    #[arg(long)]
    race_only: bool,
    /// Print JSON in place of Markdown
    #[arg(long)]
    json: bool,
    /// Also write RESULTS.md, results.json and race.svg there. Only a whole run is kept
    #[arg(
        long,
        value_name = "DIRECTORY",
        conflicts_with_all = ["quick", "race_only", "contenders"]
    )]
    keep: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// One replica. The race starts these itself
    #[command(hide = true)]
    Serve { order: String },
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let ran = match &cli.command {
        Some(Command::Serve { order }) => contenders::serve(order).map(|()| ExitCode::SUCCESS),
        None => run(&cli),
    };
    ran.unwrap_or_else(|error| {
        eprintln!("error: {error}\nhint: {HINT}");
        ExitCode::from(COULD_NOT_RUN)
    })
}

fn run(cli: &Cli) -> Result<ExitCode, Box<dyn Error>> {
    let effort = if cli.quick {
        Effort::QUICK
    } else {
        Effort::FULL
    };
    let mut contenders = cli.contenders.clone();
    if contenders.is_empty() {
        contenders = Contender::value_variants().to_vec();
    }
    let mut left_out = Vec::new();
    if let Err(error) = redis::version() {
        contenders.retain(|contender| {
            let needs = contender.redis().is_some();
            if needs {
                left_out.push((contender.name(), format!("no redis-server ({error})")));
            }
            !needs
        });
    }
    if cli.keep.is_some() && !left_out.is_empty() {
        return Err(
            "only a whole run is kept, and without a redis-server a part is left out".into(),
        );
    }
    let mut report = Report {
        machine: Machine::here(),
        quick: cli.quick,
        rows: contenders
            .iter()
            .map(|contender| raced(*contender, effort))
            .collect::<Result<_, _>>()?,
        left_out,
    };
    if !cli.race_only {
        measure(&contenders, effort, &mut report.rows)?;
    }
    if cli.json {
        println!("{}", report.json()?);
    } else {
        print!("{}", report.markdown());
    }
    let verdict = verdict::judge(&report.rows, effort);
    // A run that we lose is kept as well; one that shows nothing is not.
    if let Some(directory) = &cli.keep
        && verdict != Err(Failure::NobodyLost)
    {
        keep(directory, &report)?;
    }
    if let Err(failure) = verdict {
        eprintln!("error: {failure}\nhint: {HINT}");
        return Ok(ExitCode::from(failure.code()));
    }
    Ok(ExitCode::SUCCESS)
}

fn raced(contender: Contender, effort: Effort) -> Result<Row, String> {
    eprintln!("the race: {}", contender.name());
    let noticed = race::run(contender, effort);
    Ok(race_row(contender, noticed.map_err(of(contender.name()))?))
}

fn race_row(contender: Contender, noticed: Noticed) -> Row {
    let facts = contender.facts();
    Row {
        name: contender.name(),
        crates: machine::with_versions(facts.crates),
        file: facts.file,
        rotation: facts.rotation,
        strengths: facts.strengths,
        servers: facts.servers,
        race: Race::new(noticed, contender.redis().is_some()),
        cost: None,
        memory: None,
        death: None,
    }
}

/// Adds to each row what a request, many sessions and a death cost.
fn measure(contenders: &[Contender], effort: Effort, rows: &mut [Row]) -> Result<(), String> {
    let mut apps: Vec<App> = Vec::new();
    for contender in contenders {
        if !apps.contains(&contender.app()) {
            apps.push(contender.app());
        }
    }
    eprintln!("CPU of each request");
    let costs = cost::run(&apps, effort).map_err(of("the CPU of each request"))?;
    let mut memories = Vec::new();
    for app in &apps {
        eprintln!("memory of {} sessions: {app:?}", effort.live_sessions);
        let memory = memory::run(*app, effort.live_sessions);
        memories.push((*app, memory.map_err(of("the memory of sessions"))?));
    }
    for (contender, row) in contenders.iter().zip(rows) {
        eprintln!("a death: {}", contender.name());
        let death = death::run(*contender, effort.bereaved);
        row.death = Some(death.map_err(of(contender.name()))?);
        let app = contender.app();
        row.cost = costs.iter().find(|it| it.0 == app).map(|it| it.1.clone());
        row.memory = memories
            .iter()
            .find(|it| it.0 == app)
            .map(|it| it.1.clone());
    }
    Ok(())
}

fn keep(directory: &Path, report: &Report) -> Result<(), Box<dyn Error>> {
    let text = format!("{RESULTS}{}", report.markdown());
    for (name, text) in [
        ("RESULTS.md", text),
        ("results.json", report.json()? + "\n"),
        ("race.svg", svg::draw(&report.rows)),
    ] {
        let file = directory.join(name);
        std::fs::write(&file, text).map_err(cannot_write(&file))?;
    }
    Ok(())
}

fn of(what: &str) -> impl FnOnce(io::Error) -> String {
    move |error| format!("{what}: {error}")
}

fn cannot_write(file: &Path) -> impl FnOnce(io::Error) -> String {
    move |error| format!("{} cannot be written: {error}", file.display())
}

const COULD_NOT_RUN: u8 = 3;
const HINT: &str = "what a replica said is above; see the limits on processes and open files, and whether \
                    another program keeps the machine busy";
const RESULTS: &str = "\
# The race

`just race` writes this page. [benches/README.md](../README.md) says under \"The race\" what is done
and how. `results.json` has the same numbers.

![Logouts and added CPU of each contender](race.svg)

";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_are_the_results_as_text_and_as_numbers_and_a_plot() {
        let place = tempfile::tempdir().expect("a directory");
        let report = Report {
            machine: Machine::here(),
            quick: false,
            rows: vec![race_row(Contender::Redis, Noticed::default())],
            left_out: Vec::new(),
        };
        keep(place.path(), &report).expect("they are written");
        for (name, there) in [
            ("RESULTS.md", "| Redis | 0 + 0 |"),
            ("results.json", "\"after_redis\": {"),
            ("race.svg", ">0 + 0</text>"),
        ] {
            let text = std::fs::read_to_string(place.path().join(name)).expect(name);
            assert!(text.contains(there), "{name}: {text}");
        }
        let nowhere = place.path().join("no-such");
        let error = keep(&nowhere, &report).expect_err("there is no such directory");
        assert!(error.to_string().contains("RESULTS.md cannot be written"));
    }
}
