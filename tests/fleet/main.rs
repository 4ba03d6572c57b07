//! Does any visitor notice that keys change?
//!
//! Simulated fleets under a virtual clock: the real keeper over a store in memory, replicas with
//! the real follower, rings and sealers, visitors with real jars. Every property that rotation
//! promises is asserted at every second, and every broken variant must be caught.

#![expect(
    clippy::unwrap_used,
    reason = "in the helpers of tests it is the assertion"
)]

// The simulation.
mod account;
mod broken;
mod browser;
mod clock;
mod delivery;
mod document;
mod faults;
mod fleet;
mod keepers;
mod ledger;
mod orders;
mod probe;
mod properties;
mod recipe;
mod replica;
mod sessions;
mod skew;
mod store;
mod visit;
mod visitor;
mod watch;

// The tests that use it.
mod clock_errors;
mod controls;
mod drawn;
mod emergencies;
mod following;
mod lifetimes;
mod listed;
mod long;
mod restores;
mod suites;
mod verdict;
mod wrong_once;
