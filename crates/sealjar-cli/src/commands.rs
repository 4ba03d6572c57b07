//! What does each command do? One command is one file, and none of them prints: each returns an
//! [`Answer`] or a [`CommandError`].

pub(crate) mod doctor;
pub(crate) mod export;
pub(crate) mod health;
pub(crate) mod init;
pub(crate) mod inspect;
pub(crate) mod manual;
pub(crate) mod new_delivery_key;
pub(crate) mod new_kek;
pub(crate) mod replicas;
pub(crate) mod restore;
pub(crate) mod revoke;
pub(crate) mod rotate;
pub(crate) mod run;
pub(crate) mod status;
pub(crate) mod token;

use clap::Args;
use sealjar_keeper::Keeper;
use sealjar_keeper::store::RingStore;

use crate::config::Config;
use crate::output::exit::{Answer, CommandError};
use crate::output::progress::Progress;

/// A command on a store, of whatever kind the store is.
pub(crate) trait OnStore: Args {
    async fn run<S: RingStore>(
        self,
        keeper: Keeper<S>,
        config: &Config,
        progress: &Progress,
    ) -> Result<Answer, CommandError>;

    /// Returns whether what it commits is to reach replicas as fast as it can.
    fn is_fast(&self) -> bool {
        false
    }

    /// Returns whether it runs until it is stopped.
    fn goes_on(&self) -> bool {
        false
    }
}
