//! Lets several layers around one handler work together.

use std::fmt;
use std::sync::Arc;

use crate::data::SessionData;
use crate::jar::Jar;
use crate::session::Session;

/// What a layer leaves in a request, for the handlers of one session type.
#[derive(Clone, Debug)]
pub enum Slot<T: SessionData> {
    /// The session.
    Session(Session<T>),
    /// No session, because two layers around the handler cannot work together.
    Conflict(Conflict),
}

/// Why two layers around a handler cannot work together, so that it gets no session.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Conflict {
    /// Another layer's jar uses the same cookie name. Adapters check this in debug builds.
    OneName,
    /// Layers with different jars claim one session type.
    TwoJars,
}

impl<T: SessionData> Slot<T> {
    /// Records that the request also passed an inner layer, with this jar.
    ///
    /// If one layer is mounted twice, the outer one's session serves both. If two jars claim one
    /// type, the handler gets no session: otherwise the order of the layers would decide which one
    /// it gets.
    pub fn meet(&mut self, jar: &Jar<T>) {
        if let Self::Session(outer) = self
            && !is_of(outer, jar)
        {
            *self = Self::Conflict(Conflict::TwoJars);
        }
    }

    /// Returns the session that a layer has put here.
    ///
    /// `layer` is the name of an adapter's layer, such as `SessionLayer`, and `method` is the
    /// framework's method that adds it, such as `layer`.
    ///
    /// # Errors
    /// [`NoSession`] when the request passed no layer, or conflicting layers.
    pub fn session(
        left: Option<&Self>,
        layer: &'static str,
        method: &'static str,
    ) -> Result<Session<T>, NoSession> {
        let conflict = match left {
            Some(Self::Session(session)) => return Ok(session.clone()),
            Some(Self::Conflict(conflict)) => Some(*conflict),
            None => None,
        };
        Err(NoSession {
            session_type: std::any::type_name::<T>(),
            conflict,
            layer,
            method,
        })
    }
}

/// Returns whether the session was opened by this jar or one of its clones.
#[must_use]
pub fn is_of<T: SessionData>(session: &Session<T>, jar: &Jar<T>) -> bool {
    Arc::ptr_eq(&session.inner().jar, &jar.shared)
}

/// The cookie names of the layers that a request has passed. Two jars with one name would replace
/// each other's cookie.
#[derive(Clone, Debug, Default)]
pub struct CookieNames(Vec<String>);

impl CookieNames {
    /// Records a name, and returns whether no other layer has used it.
    pub fn take(&mut self, name: &str) -> bool {
        let free = !self.0.iter().any(|taken| taken == name);
        if free {
            self.0.push(name.to_owned());
        }
        free
    }
}

/// Why a handler gets no session: what is wrong, and what to do about it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NoSession {
    session_type: &'static str,
    conflict: Option<Conflict>,
    layer: &'static str,
    method: &'static str,
}

impl fmt::Display for NoSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            session_type,
            layer,
            method,
            ..
        } = self;
        match self.conflict {
            None => write!(
                f,
                "no {layer}<{session_type}> is around this handler: add `.{method}({layer}::new(jar))` \
                 with a Jar<{session_type}>"
            ),
            Some(Conflict::OneName) => write!(
                f,
                "the cookie of {layer}<{session_type}> has the name of another layer's around this \
                 handler: give its Jar a cookie_name of its own"
            ),
            Some(Conflict::TwoJars) => write!(
                f,
                "two {layer}<{session_type}> with different jars are around this handler: mount \
                 one of them, or give each jar a session type of its own"
            ),
        }
    }
}

impl std::error::Error for NoSession {}
