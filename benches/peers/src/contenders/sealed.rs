//! How is sealjar set up? A ring in a file, which is followed.

use std::error::Error;
use std::path::Path;
use std::sync::Arc;

use axum::Router;
use sealjar_axum::{FileSource, Jar, Session, SessionLayer, Watcher};
use sealjar_bench_parts::data::User;

use crate::app::{COOKIE, Failed, Sessions, router};
use crate::facts::Facts;

pub(crate) const FACTS: Facts = Facts {
    crates: &["sealjar-axum", "sealjar-keeper"],
    file: file!(),
    rotation: "a keeper rotates while the replicas run; a new key is out for a whole period before it seals \
               (README, and DESIGN.md: why a standby key)",
    strengths: "nothing to do at a rotation; revocation by person, session or key through the ring; each \
                write's exact size is checked; a typed value",
    servers: "none; a keeper, which may be down",
};

/// Follows the ring at `ring`.
pub(crate) async fn app(ring: &Path) -> Result<Router, Box<dyn Error>> {
    let watcher = Watcher::start(FileSource::new(ring)).await?;
    let jar = Jar::<User>::builder(watcher.ring(), "race")
        .cookie_name(COOKIE)
        .build()?;
    tokio::spawn(watcher.run());
    Ok(router::<Session<User>, ()>().layer(SessionLayer::new(jar)))
}

impl Sessions for Session<User> {
    type Read = Arc<User>;
    type Written = ();

    async fn user(&self) -> Result<Option<Arc<User>>, Failed> {
        let user = self.get();
        Ok((user.id != 0).then_some(user))
    }

    async fn log_in(self, user: User) -> Result<(), Failed> {
        Ok(self.update(|it| *it = user)?)
    }

    async fn add(self) -> Result<Option<((), u32)>, Failed> {
        if self.get().id == 0 {
            return Ok(None);
        }
        let count = self.update(|user| {
            user.bump();
            user.bumped()
        })?;
        Ok(Some(((), count)))
    }

    async fn log_out(self) -> Result<(), Failed> {
        self.purge();
        Ok(())
    }
}
