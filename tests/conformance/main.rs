//! Does every adapter do the same?
//!
//! One table of HTTP exchanges, with its handlers written once, runs through axum, a plain tower service and
//! actix-web.
//! Data and behaviour are apart: `rows` says what happens and what has to come of it, the rest plays it.

#![expect(
    clippy::unwrap_used,
    reason = "in the helpers of tests it is the assertion"
)]

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

/// One test for each group of rows in each adapter.
macro_rules! table {
    ($($group:ident)*) => {
        table! { @adapter actix crate::on_actix::Actix; $($group)* }
        table! { @adapter axum crate::on_axum::Axum; $($group)* }
        table! { @adapter tower crate::on_tower::Tower; $($group)* }
    };
    (@adapter $name:ident $adapter:ty; $($group:ident)*) => {
        mod $name {
            $(#[test]
            fn $group() {
                crate::run::check::<$adapter>(&crate::rows::$group::rows());
            })*
        }
    };
}

table! {
    answers
    attributes
    caches
    candidates
    chunks
    expiry
    hostile
    intents
    logouts
    mounts
    overlaps
    refusals
    reseal
    too_late
    untouched
    updates
    writing
}
