//! What do a visitor's sessions hold, and which jar keeps them?

use std::borrow::Cow;
use std::time::Duration;

use sealjar::LiveRing;
use sealjar_session::{Jar, SessionData};
use serde::{Deserialize, Serialize};

use crate::clock::Clock;

/// Who is logged in, and how often they came.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Account {
    pub(crate) name: String,
    pub(crate) visits: u32,
}

impl SessionData for Account {
    fn subject(&self) -> Option<Cow<'_, str>> {
        (!self.name.is_empty()).then(|| self.name.as_str().into())
    }
}

/// Builds a jar over a replica's ring and clock.
pub(crate) fn jar(ring: &LiveRing, clock: &Clock) -> Jar<Account> {
    let horizon = ring.load().revocations().horizon;
    Jar::builder(ring, APP)
        .lifetime(Duration::from_secs(horizon.into()))
        .clock(clock.reading())
        .build()
        .unwrap()
}

pub(crate) const APP: &str = "fleet-test";
