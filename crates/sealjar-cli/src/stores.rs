//! How is the store opened that the command line names?

use sealjar_keeper::KeeperError;
use sealjar_swarm::{Engine, SwarmStore};

use crate::config::Swarm;
use crate::output::exit::{CommandError, Exit};

/// Opens the store in a swarm.
pub(crate) fn swarm_store(ring: &str, swarm: &Swarm) -> Result<SwarmStore, CommandError> {
    SwarmStore::open(engine()?, ring, swarm.services.clone(), &swarm.kek)
        .map_err(|error| KeeperError::from(error).into())
}

/// Finds the engine that the environment names, as `docker` does.
pub(crate) fn engine() -> Result<Engine, CommandError> {
    Engine::from_env().map_err(|error| {
        CommandError::new(Exit::Usage, "usage", error.to_string()).hint(error.hint())
    })
}
