//! What do the benchmarks and the race have in common?
//!
//! * [`data`]: the session that everybody keeps;
//! * [`server`]: an application in a process of its own, seen from both sides;
//! * [`browser`]: who asks it, [`load`]: several who ask it while its CPU time is counted;
//! * [`redis`]: a Redis for those who need one;
//! * [`numbers`]: what is done with what was counted.
//!
//! No peer is named here, and nothing counts allocations, so that a server is measured as it is.

pub mod browser;
pub mod data;
pub mod load;
pub mod numbers;
pub mod redis;
pub mod server;
