//! How is the store opened that the command line names?

use sealjar_keeper::KeeperError;
use sealjar_swarm::{Engine, SwarmStore};

use crate::output::exit::{Exit, Failure};
use crate::settings::Swarm;

/// Opens the store in a swarm.
pub(crate) fn swarm_store(ring: &str, swarm: &Swarm) -> Result<SwarmStore, Failure> {
    SwarmStore::open(engine()?, ring, swarm.services.clone(), &swarm.kek)
        .map_err(|error| KeeperError::from(error).into())
}

/// Finds the engine that the environment names, as `docker` does.
pub(crate) fn engine() -> Result<Engine, Failure> {
    Engine::from_env()
        .map_err(|error| Failure::new(Exit::Usage, "usage", error.to_string()).hint(error.hint()))
}
