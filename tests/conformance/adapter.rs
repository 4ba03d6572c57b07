//! What each framework has to define for the table.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use http::Request;
use sealjar_axum::Uses;
use sealjar_session::{Flash, Jar, SessionRefusalKind};

use crate::answer::Answer;
use crate::exchange::Exchange;
use crate::people::{Account, Basket, Grown};

/// A framework with our sessions in it.
pub(crate) trait Adapter {
    const NAME: &'static str;
    /// The name of the layer in the error if it is missing, and how to add it.
    const LAYER: &'static str;
    const ADDED_BY: &'static str;

    /// Builds an app with the mounts around one handler, the first one innermost, and sends it a
    /// request.
    fn call(mounts: Vec<Mount>, exchange: Arc<Exchange>, request: Request<()>) -> Answering;
}

pub(crate) type Answering = Pin<Box<dyn Future<Output = Answer>>>;

/// What is mounted around a handler.
#[derive(Clone)]
pub(crate) enum Mount {
    Account(Jar<Account>),
    /// The same, with the layer's setting for pages that work by background requests.
    AccountKeptAlive(Jar<Account>),
    Basket(Jar<Basket>),
    Flash(Jar<Flash>),
    Grown(Jar<Grown>),
    /// Turns a panic into a response.
    PanicCatcher,
}

impl Mount {
    pub(crate) fn uses(&self) -> Uses<SessionRefusalKind> {
        match self {
            Self::Account(jar) | Self::AccountKeptAlive(jar) => jar.uses(),
            Self::Basket(jar) => jar.uses(),
            Self::Flash(jar) => jar.uses(),
            Self::Grown(jar) => jar.uses(),
            Self::PanicCatcher => Uses::default(),
        }
    }
}
