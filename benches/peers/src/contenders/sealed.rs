//! How is sealjar set up? A ring in a file, which is followed, or read once as a Swarm's secret is.

use std::error::Error;
use std::path::Path;
use std::sync::Arc;

use axum::Router;
use sealjar::LiveRing;
use sealjar_axum::{FileSource, Jar, Session, SessionLayer, Watcher};
use sealjar_bench_parts::data::User;

use crate::app::{COOKIE, Failed, Sessions, router};
use crate::facts::Facts;

pub(crate) const FACTS: Facts = Facts {
    crates: &["sealjar-axum", "sealjar-keeper"],
    file: file!(),
    rotation: "a keeper rotates while the replicas run; a new key is on every replica for a whole period before \
               it seals (docs/operating.md, and DESIGN.md: why a standby key)",
    strengths: "nothing to do at a rotation; revocation by person, session or key through the ring; each \
                write's exact size is checked; a typed value",
    servers: "none; a keeper, which may be down",
};

/// Follows the ring at `ring`.
pub(crate) async fn following(ring: &Path) -> Result<Router, Box<dyn Error>> {
    let watcher = Watcher::start(FileSource::new(ring)).await?;
    let router = app(watcher.ring())?;
    tokio::spawn(watcher.run());
    Ok(router)
}

/// Reads the ring at `ring` once.
pub(crate) fn at_start(ring: &Path) -> Result<Router, Box<dyn Error>> {
    app(FileSource::new(ring).fetch()?)
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

fn app(ring: impl Into<LiveRing>) -> Result<Router, Box<dyn Error>> {
    let jar = Jar::<User>::builder(ring, "race")
        .cookie_name(COOKIE)
        .build()?;
    Ok(router::<Session<User>, ()>().layer(SessionLayer::new(jar)))
}
