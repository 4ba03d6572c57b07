//! A small shop, rendered on the server, that knows no web framework.
//!
//! `examples/axum-ssr` and `examples/actix-ssr` put one around it each: they take sessions and
//! forms out of requests, ask the functions of this crate, and turn an [`Answer`] into a response.
//! Read one of them first, then this in the following order:
//! * [`visitor`]: what the app remembers of a visitor, and the one `impl` that makes it a session;
//! * [`Jars`]: how these sessions are kept, in two sealed cookies;
//! * [`Sealed`]: what is done with them: `get`, `update`, `renew`, `purge`;
//! * [`shelf`], [`log_in`] and the others: what each address answers;
//! * [`Account`]: who may log in;
//! * [`health`]: what a load balancer is told, and [`Deployment`]: what the process is told about
//!   it.
//!
//! The addresses ask for a [`Visit`] and not for sealjar's `Session<Visitor>`, because the
//! demonstration in `examples/replicas` answers them with other kinds of sessions too. An app of
//! your own needs no such trait: use the session as `sealed.rs` does.

mod addresses;
mod answer;
mod config;
mod deployment;
mod health;
mod jars;
mod pages;
mod probe;
mod replica;
mod sealed;
mod shutdown;
mod users;
mod visit;
pub mod visitor;

#[cfg(feature = "wishlist")]
pub use addresses::wish;
pub use addresses::{
    Choice, Credentials, FORM_LIMIT, add, log_in, log_out, login_form, panel, remove, shelf,
    unreadable_form,
};
pub use answer::Answer;
pub use config::{Config, begin};
pub use deployment::Deployment;
pub use health::health;
pub use jars::{Jars, cookie_name};
pub use replica::Replica;
pub use sealed::Sealed;
pub use shutdown::{Shutdown, asked_to_stop};
pub use users::Account;
pub use visit::{Facts, Visit};
