//! How is seshcookie set up? With the newest key first and the older ones as fallbacks.

use axum::Router;
use sealjar_bench_parts::data::User;
use seshcookie::{BuildError, Session, SessionConfig, SessionKeys, SessionLayer};

use crate::app::{COOKIE, Failed, Sessions, router};
use crate::facts::Facts;
use crate::keys::Keys;

pub(crate) const FACTS: Facts = Facts {
    crates: &["seshcookie"],
    file: file!(),
    rotation: "one roll-out: \"Deploy with `new` as primary and `old` as fallback\" (README, Key rotation)",
    strengths: "a typed value; sessions move to the new key by themselves; the time of issue is sealed inside; \
                a read that changes nothing sets no cookie",
    servers: "none",
};

pub(crate) fn app(keys: &Keys) -> Result<Router, BuildError> {
    let keys = SessionKeys::new(keys.first())?.with_fallbacks(keys.others())?;
    let config = SessionConfig::default().cookie_name(COOKIE);
    Ok(router::<Session<User>, ()>().layer(SessionLayer::<User>::new(keys, config)?))
}

impl Sessions for Session<User> {
    type Read = User;
    type Written = ();

    async fn user(&self) -> Result<Option<User>, Failed> {
        Ok(self.get().await)
    }

    async fn log_in(self, user: User) -> Result<(), Failed> {
        self.insert(user).await;
        Ok(())
    }

    async fn add(self) -> Result<Option<((), u32)>, Failed> {
        let add = |user: &mut Option<User>| {
            let user = user.as_mut()?;
            user.bump();
            Some(((), user.bumped()))
        };
        Ok(self.modify(add).await)
    }

    async fn log_out(self) -> Result<(), Failed> {
        self.clear().await;
        Ok(())
    }
}
