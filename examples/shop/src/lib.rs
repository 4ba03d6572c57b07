//! A small shop, rendered on the server, that knows no web framework.
//!
//! `examples/axum-ssr` and `examples/actix-ssr` each put one around it: they take sessions and
//! forms from requests, call the functions of this crate, and turn an [`Answer`] into a response.
//! Read one of them first, then this in the following order:
//! * [`visitor`]: what the app remembers of a visitor, and the one `impl` that makes it a session;
//! * [`Jars`]: how these sessions are kept, in two sealed cookies;
//! * [`Sealed`]: how they are used: `get`, `update`, `renew`, `purge`;
//! * [`shelf`], [`log_in`] and the others: what each address answers;
//! * [`Account`]: who may log in;
//! * [`Ring`]: where the key ring comes from, a file or keepers;
//! * [`health`]: the page for the load balancer, and [`Deployment`]: the configuration for it.
//!
//! The addresses take a [`Visit`] and not sealjar's `Session<Visitor>`, because the demonstration
//! in `examples/replicas` also uses them with other kinds of sessions. Your own app needs no such
//! trait: use the session as `sealed.rs` does.

mod addresses;
mod answer;
mod config;
mod deployment;
mod health;
mod jars;
mod pages;
mod probe;
mod replica;
mod ring;
mod sealed;
mod shutdown;
mod users;
mod visit;
pub mod visitor;

#[cfg(feature = "wishlist")]
pub use addresses::wish;
pub use addresses::{
    Choice, Credentials, FORM_LIMIT, Wanted, account, add, log_in, log_out, log_out_everywhere,
    login_form, panel, remove, shelf, unreadable_form,
};
pub use answer::Answer;
pub use config::{Config, begin};
pub use deployment::Deployment;
pub use health::health;
pub use jars::{Jars, cookie_name};
pub use replica::Replica;
pub use ring::Ring;
pub use sealed::Sealed;
pub use shutdown::{Shutdown, asked_to_stop};
pub use users::Account;
pub use visit::{Facts, Visit};
