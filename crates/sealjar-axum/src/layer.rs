//! What goes around a service to give it sessions?

use sealjar_session::{Jar, SessionData};
use tower_layer::Layer;

use crate::service::SessionService;

/// Wraps services in a [`SessionService`]. One layer for each session type.
#[derive(Debug)]
pub struct SessionLayer<T: SessionData> {
    jar: Jar<T>,
}

impl<T: SessionData> SessionLayer<T> {
    /// Makes a layer for a jar.
    #[must_use]
    pub const fn new(jar: Jar<T>) -> Self {
        Self { jar }
    }
}

impl<T: SessionData> Clone for SessionLayer<T> {
    fn clone(&self) -> Self {
        Self::new(self.jar.clone())
    }
}

impl<T: SessionData, S> Layer<S> for SessionLayer<T> {
    type Service = SessionService<T, S>;

    fn layer(&self, inner: S) -> Self::Service {
        SessionService::new(self.jar.clone(), inner)
    }
}
