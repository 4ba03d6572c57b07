//! What does a handler do with a `Session` of tower-sessions? The same in each of its versions,
//! whose types differ.

use sealjar_bench_parts::data::User;

use crate::app::{Failed, Sessions, USER};

macro_rules! kept_under_a_name {
    ($session:ty) => {
        impl Sessions for $session {
            type Read = User;
            type Written = ();

            async fn user(&self) -> Result<Option<User>, Failed> {
                Ok(self.get(USER).await?)
            }

            async fn log_in(self, user: User) -> Result<(), Failed> {
                Ok(self.insert(USER, user).await?)
            }

            async fn add(self) -> Result<Option<((), u32)>, Failed> {
                let Some(mut user) = self.user().await? else {
                    return Ok(None);
                };
                user.bump();
                let count = user.bumped();
                self.insert(USER, user).await?;
                Ok(Some(((), count)))
            }

            async fn log_out(self) -> Result<(), Failed> {
                Ok(self.flush().await?)
            }
        }
    };
}

kept_under_a_name!(tower_sessions::Session);
kept_under_a_name!(tower_sessions_0_14::Session);
