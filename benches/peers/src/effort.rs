//! How much measuring is worth the wait?

use std::time::Duration;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Effort {
    pub(crate) visitors: u32,
    /// The time between two requests of a visitor.
    pub(crate) pace: Duration,
    pub(crate) rotations: u32,
    /// How long a roll-out waits between two replicas: for that time old and new run side by side.
    pub(crate) between_replicas: Duration,
    /// The pause before and after each event.
    pub(crate) calm: Duration,
    /// How many turns each application has when CPU time is counted, and of how many requests.
    pub(crate) cost_rounds: u32,
    pub(crate) cost_requests: u32,
    pub(crate) live_sessions: u32,
    /// The number of sessions to request again after a replica's death.
    pub(crate) bereaved: u32,
}

impl Effort {
    pub(crate) const FULL: Self = Self {
        visitors: 24,
        pace: Duration::from_millis(50),
        rotations: 3,
        between_replicas: Duration::from_millis(400),
        calm: Duration::from_millis(700),
        cost_rounds: 101,
        cost_requests: 200,
        live_sessions: 100_000,
        bereaved: 300,
    };
    /// For the smoke run: shows that everything works, and what is lost; its costs mean nothing.
    pub(crate) const QUICK: Self = Self {
        visitors: 8,
        pace: Duration::from_millis(20),
        rotations: 2,
        between_replicas: Duration::from_millis(60),
        calm: Duration::from_millis(150),
        cost_rounds: 3,
        cost_requests: 100,
        live_sessions: 2_000,
        bereaved: 30,
    };
}
