//! Measures what sealing costs, against what people use now, in one run.
//!
//! This crate knows every peer and every budget. Nothing depends on it.

mod cost;
mod keeper_turn;
mod measure;
mod peers;
mod report;
mod request;
mod ring_swap;
mod rings;
mod scale;
mod seal_open;

use std::process::ExitCode;

use measure::Effort;
use report::Report;
use sealjar_bench_parts::data;

/// Runs what the command line asks for: `seal_open`, `request`, `ring_swap`, `keeper_turn`, `scale`
/// or all of them; `--quick`, `--json`. Or `cost`, which fails when something has become more
/// expensive.
///
/// # Errors
/// The first unknown word, or a missing tool.
pub fn run(arguments: impl IntoIterator<Item = String>) -> Result<ExitCode, String> {
    let mut arguments = arguments.into_iter();
    let (mut quick, mut json) = (false, false);
    let mut parts = Vec::new();
    while let Some(argument) = arguments.next() {
        match &*argument {
            "--quick" => quick = true,
            "--json" => json = true,
            // From `cargo bench`.
            "--bench" => {}
            "seal_open" | "request" | "ring_swap" | "keeper_turn" | "scale" => parts.push(argument),
            "cost" => return cost::run(arguments),
            // The server child of the load table.
            "serve" => {
                request::serve(&arguments.next().unwrap_or_default())?;
                return Ok(ExitCode::SUCCESS);
            }
            // The child whose instructions are counted.
            "repeat" => {
                let mut word = || arguments.next().unwrap_or_default();
                cost::repeat(&word(), &word())?;
                return Ok(ExitCode::SUCCESS);
            }
            _ => return Err(format!("unknown argument {argument:?}\n\n{USAGE}")),
        }
    }
    let effort = if quick { Effort::QUICK } else { Effort::FULL };
    let wants = |part: &str| parts.is_empty() || parts.iter().any(|wanted| wanted == part);
    let mut report = Report::default();
    if wants("seal_open") {
        seal_open::run(effort, &mut report);
    }
    if wants("request") {
        request::run(effort, &mut report);
    }
    if wants("ring_swap") {
        ring_swap::run(effort, &mut report);
    }
    if wants("keeper_turn") {
        keeper_turn::run(effort, &mut report);
    }
    if wants("scale") {
        scale::run(effort, &mut report);
    }
    report.print(json);
    Ok(ExitCode::SUCCESS)
}

const USAGE: &str = "\
Usage: sealjar-benches [seal_open] [request] [ring_swap] [keeper_turn] [scale] [--quick] [--json]
       sealjar-benches cost [--keep] [--json]

  seal_open    one session sealed and opened, next to PrivateJar + JSON
  request      what a session adds to a request, next to MemoryStore and PrivateCookieJar
  ring_swap    opening while the ring is replaced, and reading ring documents
  keeper_turn  what a keeper's turn costs over a full ring in files
  scale        a million sessions through one server, sessions of 12 KiB, and what a fleet costs
  cost         instructions and allocations next to those that are kept; --keep keeps the new ones
  --quick      a smoke run of some seconds, with rough numbers
  --json       the same as JSON";
