//! What an application and its visitors see of sessions, through the public API alone.
//!
//! One binary, because linking costs more than running. Time is simulated: nothing here waits.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod capture;
mod support;

mod adapter;
mod attributes;
mod births;
mod cache;
mod candidates;
mod chunks;
mod config;
mod config_attributes;
mod config_cookie;
mod contexts;
mod csrf;
mod delivery;
mod errors;
mod expiry;
mod fidelity;
mod flash;
mod growth;
mod inspect;
mod intents;
mod json;
mod layouts;
mod legacy;
mod limits;
mod logouts;
mod logs;
mod memory;
mod migration;
mod one_name;
mod overlap;
mod properties;
mod recheck;
mod refusals;
mod reseal;
mod return_to;
mod revocation;
mod revoke;
mod revoker;
mod second_look;
mod secrets;
mod spelling;
mod tails;
mod timeouts;
mod update;
mod uses;
mod warnings;
mod writes;
