//! A ring that is followed: the replica asks keepers while it runs.

mod address;
mod asker;
mod exchange;
mod farewell;
mod relay;
mod revoke;
mod shared;
mod source;

use std::path::PathBuf;
use std::sync::Arc;

use sealjar_follow::DeliveryKey;
use tokio::task::JoinSet;

use crate::error::SourceError;
use crate::file::FileSource;
use crate::follow::address::Address;
use crate::follow::asker::{Kind, ask_all_of};
pub use crate::follow::farewell::Farewell;
pub use crate::follow::relay::Relay;
pub use crate::follow::revoke::{RevocationSender, RevokeError, Sent};
use crate::follow::shared::{Shared, Taken};
use crate::source::RingSource as _;

/// Asks keepers for the ring while the replica runs, so that a rotation reaches it within a second
/// and without a restart.
///
/// It asks every keeper that it was given, always: each keeper waits for all of its replicas before
/// it promotes a key. What a keeper answers is signed, so plain HTTP is enough. The keepers run
/// `sealjar run --serve`, and `sealjar new-delivery-key` makes the key.
///
/// If no keeper answers, the ring in use stays, and the replica stays ready.
/// [`Readiness::failure`](crate::Readiness::failure) says since when and why. A keeper that does
/// not answer beside one that does is a [`Concern`](crate::Concern).
///
/// # Starting
/// At its start a replica asks all places at once. The first answer of a keeper ends that. After 2
/// seconds without one, it starts with the newest ring that a [relay](Self::relays) or the
/// [mounted file](Self::or_mounted) has. Without any it does not start.
///
/// # Revocations
/// With the ring comes the list of what applications have revoked, and the replica refuses it. A
/// [`RevocationSender`] asks the keepers to add to it. A mounted file has no list: a replica that
/// starts with one accepts what only the list revokes, until a keeper or a relay answers.
/// [`require_answer`](Self::require_answer) prevents that.
///
/// # Examples
/// ```no_run
/// use sealjar_source::{DeliveryKey, Follow, Watcher};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let key = DeliveryKey::from_bytes(&std::fs::read("/run/secrets/delivery-key")?)?;
/// let follow = Follow::new("web", key, ["http://keeper:9465"]);
/// let watcher = Watcher::start(follow.or_mounted("/run/secrets/session-ring")).await?;
/// let ring = watcher.ring().clone();
/// tokio::spawn(watcher.run());
/// # _ = ring;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Follow {
    ring: String,
    key: Arc<DeliveryKey>,
    keepers: Vec<String>,
    relays: Vec<String>,
    mounted: Option<FileSource>,
    requires_answer: bool,
    name: String,
    running: Option<Running>,
    relay: Relay,
    farewell: Farewell,
    revocations: RevocationSender,
}

/// What runs once the ring is followed.
#[derive(Debug)]
struct Running {
    shared: Arc<Shared>,
    /// What was returned last and is not known to be in use.
    offered: Option<Taken>,
    _tasks: JoinSet<()>,
}

impl Follow {
    /// Follows the ring of this name with the keepers at these addresses, such as
    /// `http://keeper:9465`. If a name has several addresses, each is a keeper.
    pub fn new(
        ring: impl Into<String>,
        key: DeliveryKey,
        keepers: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        let (ring, key) = (ring.into(), Arc::new(key));
        Self {
            relay: Relay::new(ring.clone(), Arc::clone(&key)),
            ring,
            key,
            keepers: keepers.into_iter().map(Into::into).collect(),
            relays: Vec::new(),
            mounted: None,
            requires_answer: false,
            name: String::new(),
            running: None,
            farewell: Farewell::default(),
            revocations: RevocationSender::default(),
        }
    }

    /// Starts with the ring in this file if no keeper answers, and takes a newer one from there
    /// while none does.
    #[must_use]
    pub fn or_mounted(mut self, path: impl Into<PathBuf>) -> Self {
        self.mounted = Some(FileSource::new(path));
        self
    }

    /// Asks these addresses too while no keeper answers. They are other replicas that pass on what
    /// they hold: [`relay`](Self::relay).
    #[must_use]
    pub fn relays(mut self, addresses: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.relays = addresses.into_iter().map(Into::into).collect();
        self
    }

    /// Starts only with the answer of a keeper, for which it waits 25 seconds.
    #[must_use]
    pub const fn require_answer(mut self) -> Self {
        self.requires_answer = true;
        self
    }

    /// Sets the name that the keeper shows to people, at most 64 bytes. Default: the environment
    /// variable `HOSTNAME`.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Returns what passes on to other replicas what this one holds.
    #[must_use]
    pub fn relay(&self) -> Relay {
        self.relay.clone()
    }

    /// Returns what tells the keepers that this replica ends.
    #[must_use]
    pub fn farewell(&self) -> Farewell {
        self.farewell.clone()
    }

    /// Returns what asks the keepers to revoke sessions and people, for handlers.
    #[must_use]
    pub fn revocations(&self) -> RevocationSender {
        self.revocations.clone()
    }

    fn begin(&mut self) -> Result<&mut Running, SourceError> {
        if self.running.is_none() {
            let running = self.begun()?;
            self.running = Some(running);
        }
        Ok(self.running.as_mut().expect("it has just been begun"))
    }

    fn begun(&self) -> Result<Running, SourceError> {
        if !sealjar::keeper::is_ring_name(&self.ring) || self.keepers.is_empty() {
            return Err(SourceError::Unanswered {
                place: self.place(),
                reason: "the ring's name or the keeper's address is missing or wrong".into(),
                hint: "name the ring as `sealjar status` does, and at least one keeper",
            });
        }
        let parse = |text: &String| Address::parse(text);
        let keepers: Vec<_> = self.keepers.iter().map(parse).collect::<Result<_, _>>()?;
        let relays: Vec<_> = self.relays.iter().map(parse).collect::<Result<_, _>>()?;
        let name = match &*self.name {
            "" => std::env::var("HOSTNAME").unwrap_or_default(),
            name => name.into(),
        };
        let shared = Shared::new(&self.ring, Arc::clone(&self.key), name, keepers.len());
        let shared = shared.map_err(|error| SourceError::Unanswered {
            place: self.place(),
            reason: error.to_string(),
            hint: "see why the operating system gives no random bytes",
        })?;
        let shared = Arc::new(shared);
        self.farewell.begin(&shared);
        self.revocations.begin(&shared);
        let mut tasks = JoinSet::new();
        for (at, address) in keepers.into_iter().enumerate() {
            tasks.spawn(ask_all_of(Arc::clone(&shared), Kind::Keeper(at), address));
        }
        for address in relays {
            tasks.spawn(ask_all_of(Arc::clone(&shared), Kind::Relay, address));
        }
        Ok(Running {
            shared,
            offered: None,
            _tasks: tasks,
        })
    }
}
