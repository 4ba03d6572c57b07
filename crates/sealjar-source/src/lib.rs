//! Fetches a replica's key ring from the place where a keeper delivers it, and follows it while the
//! replica runs.
//!
//! This crate knows files, sockets, and tokio for waiting. It must never know what a session is,
//! and it never writes a ring, except the one that a debug build creates for a developer's first
//! run.
//!
//! * [`FileSource::find`] looks in the usual places; [`FileSource::new`] takes a path;
//!   [`FileSource::fetch`] reads the ring once.
//! * [`Watcher`] follows a [`RingSource`] and brings newer rings into use; its [`Event`]s report
//!   each look, its [`Readiness`] whether the replica may serve.
//! * [`Follower`] makes the watcher's decisions, for another runtime or a simulation.
//!
//! # Features
//! [`Watcher`] needs tokio with timers; the rest works without, except for this feature, which is
//! off by default:
//!
//! * `follow`: [`Follow`] asks keepers over HTTP, and needs tokio with its network too.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod detached_thread;
mod development;
mod directory;
mod error;
mod event;
mod file;
#[cfg(feature = "follow")]
mod follow;
mod follower;
mod readiness;
mod schedule;
mod source;
mod watcher;
mod workspace;

pub use error::SourceError;
pub use event::{Event, Outcome};
pub use file::FileSource;
#[cfg(feature = "follow")]
pub use follow::{Farewell, Follow, Relay, RevocationSender, RevokeError, Sent};
pub use follower::Follower;
pub use readiness::{Concern, NotReady, Readiness, SourceFailure};
pub use schedule::Reason;
#[cfg(feature = "follow")]
#[doc(no_inline)]
pub use sealjar_follow::{DeliveryKey, KeyTextError, RevokeRefusal};
pub use source::{Look, RingSource};
pub use watcher::Watcher;
