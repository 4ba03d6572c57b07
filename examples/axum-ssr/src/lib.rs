//! A small shop, rendered on the server, whose sessions are sealed into cookies.
//!
//! Read it in this order:
//! * [`visitor`]: what the app remembers of a visitor, and the one `impl` that makes it a session;
//! * [`sealed`]: where sealjar comes in, two jars, two layers, and what handlers do with them;
//! * [`handlers`]: the pages and forms;
//! * `main.rs`: the process around it, which follows the key ring while it runs;
//! * [`health`]: what a load balancer is told.
//!
//! The handlers ask for a [`Visit`](visit::Visit) and not for sealjar's `Session<Visitor>`, because the
//! demonstration in `examples/replicas` serves the same handlers with other kinds of sessions. An app
//! of your own needs no such trait: take `Session<Visitor>` in the handler and use it as `sealed.rs`
//! does.

pub mod handlers;
pub mod health;
pub mod sealed;
pub mod shutdown;
pub mod users;
pub mod visit;
pub mod visitor;

mod pages;
