//! Does every adapter do the same?
//!
//! One table of HTTP exchanges, with its handlers written once, runs through axum, a plain tower
//! service and actix-web. Data and behaviour are apart: `rows` says what happens and what has to
//! come of it, the rest plays it.

#![expect(
    clippy::unwrap_used,
    reason = "in the helpers of tests it is the assertion"
)]

use sealjar_session::Format;

/// What the sessions of the table are written in. `json.rs` is the same table once more.
pub(crate) const FORMAT: Format = Format::Postcard;

#[macro_use]
mod table;

// What a row is made of.
mod answer;
mod browser;
mod exchange;
mod expect;
mod forge;
mod handlers;
mod people;
mod row;
mod world;

// What runs it.
mod adapter;
mod failure;
mod on_actix;
mod on_axum;
mod on_tower;
mod run;

// The table, and adapters that it has to catch.
mod controls;
mod rows;

whole_table! {}
