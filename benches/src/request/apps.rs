//! One small application, in two frameworks and with many kinds of session: which user is it, and
//! count one more.

mod on_actix;
mod on_axum;

use serde::{Deserialize, Serialize};

pub(crate) use on_actix::Actix;
pub(crate) use on_axum::Axum;

/// An application, as the server child gets it.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub(crate) enum App {
    Actix(Actix),
    Axum(Axum),
}

impl From<Actix> for App {
    fn from(app: Actix) -> Self {
        Self::Actix(app)
    }
}

impl From<Axum> for App {
    fn from(app: Axum) -> Self {
        Self::Axum(app)
    }
}

/// Writes the handlers over a sealed session, whose text is the same in every framework.
macro_rules! sealed_handlers {
    ($adapter:ident) => {
        async fn login(
            session: $adapter::Session<$crate::data::User>,
            new: $crate::data::User,
        ) -> Result<String, $adapter::SessionError> {
            session.update(|user| *user = new)?;
            Ok(session.get().name.clone())
        }
        async fn read(session: $adapter::Session<$crate::data::User>) -> String {
            session.get().name.clone()
        }
        async fn untouched() -> String {
            $crate::request::NAME.to_owned()
        }
        async fn write(
            session: $adapter::Session<$crate::data::User>,
        ) -> Result<String, $adapter::SessionError> {
            session.update(|user| {
                user.bump();
                user.name.clone()
            })
        }
        async fn writes(session: $adapter::Session<$crate::data::User>) -> String {
            session.get().bumped().to_string()
        }
    };
}
use sealed_handlers;

/// The name under which the session crates keep the user.
const USER: &str = "user";
