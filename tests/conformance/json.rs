//! Does every adapter behave the same with sessions that other languages share?
//!
//! The table of `main.rs` once more, row by row, with sessions in JSON.

#![expect(
    clippy::unwrap_used,
    reason = "in the helpers of tests it is the assertion"
)]

use sealjar_session::Format;

/// The format of the table's sessions.
pub(crate) const FORMAT: Format = Format::Json;

#[macro_use]
mod table;

// The parts of a row.
mod answer;
mod browser;
mod exchange;
mod expect;
mod forge;
mod handlers;
mod people;
mod row;
mod world;

// The code that runs it.
mod adapter;
mod failure;
mod on_actix;
mod on_axum;
mod on_tower;
mod run;

// The table, and faulty adapters that it has to catch.
mod controls;
mod rows;

whole_table! {}
