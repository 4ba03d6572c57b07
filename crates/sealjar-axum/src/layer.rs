//! The layer that gives sessions to a service.

use sealjar_session::{Jar, SessionData};
use tower_layer::Layer;

use crate::service::SessionService;

/// Wraps services in a [`SessionService`]. Use one layer for each session type.
///
/// # Examples
/// ```
/// use axum::{Router, routing::get};
/// use sealjar_axum::{Jar, Session, SessionLayer};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let ring = sealjar_axum::testing::ring();
/// let jar = Jar::<()>::new(ring, "shop-prod")?;
/// let app: Router = Router::new()
///     .route("/", get(|_: Session<()>| async { "hello" }))
///     .layer(SessionLayer::new(jar));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct SessionLayer<T: SessionData> {
    jar: Jar<T>,
    keep_alive: bool,
}

impl<T: SessionData> SessionLayer<T> {
    /// Makes a layer for a jar.
    #[must_use]
    pub const fn new(jar: Jar<T>) -> Self {
        Self {
            jar,
            keep_alive: false,
        }
    }

    /// Lets every request below the layer whose handler uses the session extend its idle time, not
    /// only those that load a page, as [`JarBuilder::keep_alive`](crate::JarBuilder::keep_alive)
    /// does for the whole jar. Off by default.
    ///
    /// # Examples
    /// ```
    /// # use axum::{Router, routing::get};
    /// # use sealjar_axum::{Jar, Session, SessionLayer};
    /// # fn app(jar: Jar<()>) -> Router {
    /// // The fragments that htmx fetches keep their visitor's session alive.
    /// let fragments = Router::new().route("/rows", get(|_: Session<()>| async { "..." }));
    /// fragments.layer(SessionLayer::new(jar).keep_alive(true))
    /// # }
    /// ```
    #[must_use]
    pub const fn keep_alive(mut self, keep_alive: bool) -> Self {
        self.keep_alive = keep_alive;
        self
    }
}

impl<T: SessionData> Clone for SessionLayer<T> {
    fn clone(&self) -> Self {
        Self::new(self.jar.clone()).keep_alive(self.keep_alive)
    }
}

impl<T: SessionData, S> Layer<S> for SessionLayer<T> {
    type Service = SessionService<T, S>;

    fn layer(&self, inner: S) -> Self::Service {
        SessionService::new(self.jar.clone(), inner).keep_alive(self.keep_alive)
    }
}
