//! Says how replicas follow a ring while they run: the keys, the messages and the decisions of both
//! sides.
//!
//! This crate knows bytes, keys and times that it is given. It must never know a socket, an async
//! runtime, a file or a store. Its only effect is the operating system's random source.
//!
//! A replica asks a keeper with a [`Question`], and the keeper answers when it has something newer
//! than what the question names. What is current is in a [`SignedHead`]: the keeper signs it, so
//! that it may come from anywhere. The ring document travels sealed, as a [part](Parts).
//!
//! * [`DeliveryKey`] is what a replica has, [`SpeakerKey`] what a keeper has. A replica's key makes
//!   questions and opens answers, and signs nothing.
//! * [`Asked`] judges an answer; [`Held`] is what the replica keeps from it.
//! * [`Holders`] is what a keeper knows of the replicas that ask it, and decides which epoch they
//!   are known to hold.
//! * [`RevokeRequest`] is how an application's replica has sessions and people revoked, and
//!   [`RevokeOutcome`] what came of it.
//!
//! The repository's SPEC.md defines the formats, in section 7.
//!
//! # Features
//! It has none.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod answer;
mod asked;
mod bytes;
mod head;
mod holders;
mod key;
mod part;
mod question;
mod revoke;

#[cfg(test)]
mod tests;

pub use answer::{ANSWER_LEN, relay_answer, sign_answer};
pub use asked::{AnswerError, Asked, Held, Judged};
pub use head::{HEAD_LEN, Head, HeadError, SignedHead, Standing};
pub use holders::{Hearing, HolderState, Holders, Known, Moment};
pub use key::{DeliveryKey, KeyTextError, SpeakerKey};
pub use part::{Parts, seal_delta, seal_list, seal_ring};
pub use question::{Instance, Patience, Question, QuestionError, UncheckedQuestion};
pub use revoke::{
    RequestError, RevokeOutcome, RevokeRefusal, RevokeRequest, UncheckedRevokeRequest,
};
