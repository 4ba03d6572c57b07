//! A jar, and a second session type.

use sealjar_axum::{Jar, LiveRing, Session, SessionData};
use serde::{Deserialize, Serialize};

pub(crate) use crate::account::*;

/// A second session type, with a cookie of its own.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub(crate) struct Basket {
    pub(crate) items: Vec<String>,
}

impl SessionData for Basket {}

pub(crate) fn jar_over<T: SessionData>(ring: &LiveRing) -> Jar<T> {
    Jar::new(ring, APP).unwrap()
}

pub(crate) fn jar<T: SessionData>() -> Jar<T> {
    jar_over(&ring())
}

pub(crate) async fn show(session: Session<Account>) -> String {
    format!("{:?}", session.get())
}
