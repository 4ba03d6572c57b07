//! Does every adapter behave the same?
//!
//! One table of HTTP exchanges, with handlers written once, runs through axum, a plain tower
//! service and actix-web. Data and behaviour are separate: `rows` says what happens and what to
//! expect, and the rest runs it.

#![expect(
    clippy::unwrap_used,
    reason = "in the helpers of tests it is the assertion"
)]

use sealjar_session::Format;

/// The format of the table's sessions. `json.rs` runs the same table with the other one.
pub(crate) const FORMAT: Format = Format::Postcard;

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
