//! Does each sentence of the protocol hold? In virtual time, over decisions alone.

mod clocks;
mod controls;
mod emergency;
mod followers;
mod forged;
mod guard;
mod lifetimes;
mod list;
mod outlook;
mod policies;
mod properties;
mod replicas;
mod restore;
mod revocations;
mod rotation;
mod suites;
mod world;
mod wrong_once;
