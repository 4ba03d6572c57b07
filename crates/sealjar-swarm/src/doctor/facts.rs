//! What does the engine say, before anybody judges it?

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use sealjar::Timestamp;
use serde_json::Value;

use crate::doctor::service::{Mount, ServiceView};
use crate::engine::{Engine, EngineError, Kind, Labels};
use crate::store::names::{Name, Names};
use sealjar_keeper::HumanDuration;

/// What the doctor looks at, and by which measures.
#[derive(Clone, Debug)]
pub struct Target {
    /// The ring's name.
    pub ring: String,
    /// The services that the keeper brings the ring to, as far as they are known.
    pub services: Vec<String>,
    /// How far apart any two clocks may be.
    pub skew: HumanDuration,
    /// How often Traefik looks at the swarm. `None`: as its own service says, every 15 s if that
    /// says nothing.
    pub traefik_poll: Option<HumanDuration>,
}

/// What an engine says of its swarm, as raw JSON.
///
/// # Security
/// Services hold their environment, and with it other people's secrets. `Debug` shows none of it,
/// and findings quote no value that is not the doctor's business.
pub struct Facts {
    pub(crate) subject: Target,
    pub(crate) names: Names,
    pub(crate) info: Value,
    pub(crate) nodes: Vec<Value>,
    pub(crate) services: Vec<Value>,
    pub(crate) tasks: Vec<Value>,
    /// The images of the services to examine, as far as this engine has them.
    pub(crate) images: BTreeMap<String, Value>,
    /// The names of the ring's secrets.
    pub(crate) secrets: Vec<String>,
    /// The labels of the ring's head.
    pub(crate) head: Option<Labels>,
    /// This machine's clock before the engine was asked for its own, and after.
    pub(crate) asked: (Timestamp, Timestamp),
}

impl Facts {
    /// Asks an engine.
    ///
    /// What it says of the swarm as such, `/swarm`, is left alone: the tokens to join it are in
    /// there.
    ///
    /// # Errors
    /// [`EngineError`] when it does not answer, or is no manager of a swarm.
    pub async fn gather(engine: &Engine, subject: Target) -> Result<Self, EngineError> {
        // A clock that shows what no ring can hold is found to be wrong, like any other that is.
        let clock = || Timestamp::now().unwrap_or(Timestamp::MIN);
        let before = clock();
        let info = engine.info().await?;
        let asked = (before, clock());
        let names = Names::of(&subject.ring);
        let head = names.head();
        let mut heads = engine.list(Kind::Config, &head).await?.into_iter();
        let secrets = engine.list(Kind::Secret, names.prefix()).await?;
        let mut facts = Self {
            info,
            nodes: engine.nodes().await?,
            services: engine.services().await?,
            tasks: engine.tasks().await?,
            images: BTreeMap::new(),
            secrets: secrets.into_iter().map(|it| it.name).collect(),
            head: heads.find(|it| it.name == head).map(|it| it.labels),
            names,
            asked,
            subject,
        };
        let names: BTreeSet<String> = facts.examined().map(|it| it.image().into()).collect();
        for name in names {
            if let Some(image) = engine.image(&name).await? {
                facts.images.insert(name, image);
            }
        }
        Ok(facts)
    }

    /// Returns what they are about.
    #[must_use]
    pub const fn subject(&self) -> &Target {
        &self.subject
    }

    /// Returns the names of the services that were looked at.
    #[must_use]
    pub fn looked_at(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.examined().map(|it| it.name()).collect();
        names.sort_unstable();
        names
    }

    /// Returns the services that mount the ring or ought to.
    pub(crate) fn examined(&self) -> impl Iterator<Item = ServiceView<'_>> {
        self.services().filter(|service| {
            self.is_listed(service.name())
                || service
                    .mounts()
                    .any(|mount| self.epoch_of(&mount).is_some())
        })
    }

    pub(crate) fn services(&self) -> impl Iterator<Item = ServiceView<'_>> {
        self.services.iter().map(ServiceView::new)
    }

    pub(crate) fn is_listed(&self, service: &str) -> bool {
        self.subject.services.iter().any(|it| it == service)
    }

    pub(crate) fn tasks_of(&self, service: ServiceView<'_>) -> impl Iterator<Item = &Value> {
        let tasks = self.tasks.iter();
        tasks.filter(move |task| task["ServiceID"] == service.id())
    }

    /// Returns how many tasks a service should have.
    pub(crate) fn replicas_of(&self, service: &ServiceView<'_>) -> u64 {
        service.replicas().unwrap_or_else(|| {
            // One on each suitable node: the tasks that should run show how many these are.
            let tasks = self.tasks_of(*service);
            tasks.filter(|it| it["DesiredState"] == "running").count() as u64
        })
    }

    /// Returns the user that a service's app runs as, `None` if its image decides and this engine
    /// does not have the image.
    pub(crate) fn user_of<'a>(&'a self, service: &ServiceView<'a>) -> Option<&'a str> {
        service.user().or_else(|| {
            let image = self.images.get(service.image())?;
            Some(image["Config"]["User"].as_str().unwrap_or_default())
        })
    }

    /// Returns the epoch of the ring or the export in a mounted secret, `None` if it is another
    /// secret.
    pub(crate) fn epoch_of(&self, mount: &Mount<'_>) -> Option<u64> {
        self.names.given_in(mount.secret())
    }

    /// Returns whether a mounted secret is an export of the ring.
    pub(crate) fn is_export(&self, mount: &Mount<'_>) -> bool {
        matches!(self.names.read(mount.secret()), Some(Name::Export(_)))
    }

    /// Returns whether a mounted secret is the key under which the ring is kept.
    pub(crate) fn is_kek(&self, mount: &Mount<'_>) -> bool {
        self.names.read(mount.secret()) == Some(Name::Kek)
    }
}

impl fmt::Debug for Facts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Facts")
            .field("subject", &self.subject)
            .finish_non_exhaustive()
    }
}
