//! How do the layers around one handler get on with each other? For adapters.

use std::fmt;
use std::marker::PhantomData;

use crate::data::SessionData;
use crate::jar::Jar;
use crate::session::Session;

/// What a layer leaves in a request, for the handlers of one session type.
#[derive(Clone, Debug)]
#[expect(
    clippy::exhaustive_enums,
    reason = "there is a session or there is none"
)]
pub enum Mount<T: SessionData> {
    /// The session.
    Gives(Session<T>),
    /// None, because a layer is where it cannot work.
    Withholds(Misplaced),
}

/// Why a layer that is there gives no session.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Misplaced {
    /// Another layer's jar has a cookie of the same name. Adapters look for it in debug builds.
    OneName,
    /// Layers with different jars claim one session type.
    TwoJars,
}

impl<T: SessionData> Mount<T> {
    /// Lets a layer further in find that one further out has been here. Its requests pass.
    ///
    /// Mounted twice, the outer layer's session serves both. With two jars for one type it would be
    /// the order of the layers that says which one a handler gets, so it gets neither.
    pub fn meet(&mut self, jar: &Jar<T>) {
        if let Self::Gives(outer) = self
            && !outer.is_of(jar)
        {
            *self = Self::Withholds(Misplaced::TwoJars);
        }
    }

    /// Returns the session that was left, if any was.
    ///
    /// # Errors
    /// [`NotMounted`] when no layer was passed, or one that is misplaced.
    pub fn session(left: Option<&Self>) -> Result<Session<T>, NotMounted<T>> {
        let misplaced = match left {
            Some(Self::Gives(session)) => return Ok(session.clone()),
            Some(Self::Withholds(misplaced)) => Some(*misplaced),
            None => None,
        };
        Err(NotMounted {
            misplaced,
            session_type: PhantomData,
        })
    }
}

/// The cookie names of the layers that a request has passed. Of two jars with one name each would replace
/// the other's cookie.
#[derive(Clone, Debug, Default)]
pub struct CookieNames(Vec<String>);

impl CookieNames {
    /// Takes a name, and returns whether it was free.
    pub fn take(&mut self, name: &str) -> bool {
        let free = !self.0.iter().any(|taken| taken == name);
        if free {
            self.0.push(name.to_owned());
        }
        free
    }
}

/// A handler asks for a session that no layer gives it.
pub struct NotMounted<T> {
    misplaced: Option<Misplaced>,
    session_type: PhantomData<fn() -> T>,
}

impl<T> NotMounted<T> {
    /// Says what is wrong and what to do, in the words of an adapter: `layer` is the name of its layer,
    /// such as `SessionLayer`, and `line` the code that adds one.
    ///
    /// # Errors
    /// As the formatter's.
    pub fn explain(&self, layer: &str, line: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let session_type = std::any::type_name::<T>();
        match self.misplaced {
            None => write!(
                f,
                "no {layer}<{session_type}> is around this handler: add `{line}` with a \
                 Jar<{session_type}>"
            ),
            Some(Misplaced::OneName) => write!(
                f,
                "the cookie of {layer}<{session_type}> has the name of another layer's around this \
                 handler: give its Jar a cookie_name of its own"
            ),
            Some(Misplaced::TwoJars) => write!(
                f,
                "two {layer}<{session_type}> with different jars are around this handler: mount \
                 one of them, or give each jar a session type of its own"
            ),
        }
    }
}

impl<T> fmt::Debug for NotMounted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NotMounted")
            .field("session_type", &std::any::type_name::<T>())
            .field("misplaced", &self.misplaced)
            .finish()
    }
}
