//! How does a ring move on in a swarm?

use std::sync::Arc;

use sealjar::hazmat::StoreKey;
use sealjar::{KeyRing, RingKey};

use crate::delivery::Delivery;
use crate::docker::{EngineError, Kind, Labels, Object};
use crate::plan::Change;
use crate::step::Step;
use crate::store::swarm::SwarmStore;
use crate::store::swarm::digest::Digest;
use crate::store::swarm::head::HeadLabels;
use crate::store::swarm::load::version_of;
use crate::store::swarm::names::Name;
use crate::store::{StoreError, Version};

impl SwarmStore {
    pub(super) async fn commit_now(&self, over: &Version, next: &Change) -> Result<(), StoreError> {
        let head = self.head_at(over).await?;
        let standing = head
            .as_ref()
            .and_then(|it| HeadLabels::read(&it.labels).ok());
        let kek = self.kek_to_seal_under(head.is_none()).await?;
        let previous = standing.as_ref().map_or(Digest::NONE, |it| it.digest);
        let sealed = kek.seal(&next.ring, previous.bytes())?;
        let digest = Digest::of(&sealed);
        let epoch = next.ring.epoch();
        let blob = self.names.epoch(epoch, digest);
        let revoked_in = match &standing {
            Some(standing) if !next.steps.iter().any(Step::revokes) => standing.revoked_in,
            // Of what stood before a damaged head nothing is known.
            Some(_) | None => epoch,
        };
        let labels = HeadLabels {
            epoch,
            blob,
            digest,
            revoked_in,
            published: standing.and_then(|it| it.published),
        };
        let blob = self
            .put_blob(&labels.blob, &kek, &next.ring, &sealed)
            .await?;
        let moved = match head {
            Some(head) => self.move_head(over, head, |_| labels.write()).await,
            None => self.begin_head(&labels).await,
        };
        if matches!(moved, Err(StoreError::LostRace)) {
            // Nobody will ever name it. Whoever tidies up next takes it if this fails.
            _ = self.engine.remove(Kind::Config, &blob).await;
        }
        moved
    }

    pub(super) async fn record_now(
        &self,
        over: &Version,
        delivery: &Delivery,
    ) -> Result<(), StoreError> {
        let Delivery::Acknowledged(fleet) = delivery else {
            return Ok(());
        };
        let head = self.head_at(over).await?.ok_or(StoreError::LostRace)?;
        let published = |head: &Object| match HeadLabels::read(&head.labels) {
            Ok(labels) => HeadLabels {
                published: fleet.published,
                ..labels
            }
            .write(),
            // A head that cannot be read has another version, so that this is never asked.
            Err(_) => head.labels.clone(),
        };
        if published(&head) == head.labels {
            return Ok(());
        }
        self.move_head(over, head, published).await
    }

    /// Reads the head if it is still the one that something was decided over.
    pub(super) async fn head_at(&self, over: &Version) -> Result<Option<Object>, StoreError> {
        let configs = self.engine.list(Kind::Config, &self.names.head()).await?;
        let head = configs
            .into_iter()
            .find(|it| self.names.read(&it.name) == Some(Name::Head));
        match version_of(head.as_ref()) == *over {
            true => Ok(head),
            false => Err(StoreError::LostRace),
        }
    }

    /// Changes the head's labels, unless it was moved meanwhile.
    async fn move_head(
        &self,
        over: &Version,
        mut head: Object,
        labels: impl Fn(&Object) -> Labels,
    ) -> Result<(), StoreError> {
        for _ in 0..ATTEMPTS {
            match self
                .engine
                .relabel(Kind::Config, &head, &labels(&head))
                .await
            {
                // Another keeper may have moved it, or only noted that it is published.
                Err(EngineError::LostRace) => {
                    head = self.head_at(over).await?.ok_or(StoreError::LostRace)?;
                }
                moved => return Ok(moved?),
            }
        }
        Err(StoreError::LostRace)
    }

    /// Makes the head of a ring that begins. Of several that begin at once one wins.
    async fn begin_head(&self, labels: &HeadLabels) -> Result<(), StoreError> {
        let (name, labels) = (self.names.head(), labels.write());
        let made = self.engine.create(Kind::Config, &name, &labels, HEAD_TEXT);
        match made.await {
            Err(EngineError::NameTaken { .. }) => Err(StoreError::LostRace),
            made => Ok(made.map(drop)?),
        }
    }

    /// Creates the blob, and returns its id.
    async fn put_blob(
        &self,
        name: &str,
        kek: &StoreKey,
        ring: &KeyRing,
        sealed: &[u8],
    ) -> Result<String, StoreError> {
        let usable = ring.keys().iter().filter(|key| !key.is_revoked());
        let keys: Vec<String> = usable.map(RingKey::id).map(|id| id.to_string()).collect();
        let labels = Labels::from([
            (KEK.into(), self.names.kek(kek.id())),
            (KEYS.into(), keys.join(",")),
        ]);
        let made = self
            .engine
            .create(Kind::Config, name, &labels, sealed)
            .await;
        match made {
            Ok(id) => Ok(id),
            // It may stand there all the same. Its nonce makes it this one and no other's.
            Err(EngineError::NameTaken { .. } | EngineError::Unknown { .. }) => {
                let standing = self.engine.list(Kind::Config, name).await?.into_iter();
                let ours = standing
                    .filter(|it| it.data.as_deref().is_some_and(|data| *data == sealed))
                    .find(|it| it.name == name);
                match (ours, made) {
                    (Some(ours), _) => Ok(ours.id),
                    (None, Err(error)) => Err(error.into()),
                    (None, Ok(id)) => Ok(id),
                }
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Returns the newest KEK at hand. A ring that begins without one, or goes on after its KEK was lost,
    /// gets a new one.
    async fn kek_to_seal_under(&self, begins: bool) -> Result<Arc<StoreKey>, StoreError> {
        let secrets = self.engine.list(Kind::Secret, self.names.prefix()).await?;
        if let Some(kek) = self.keks.newest(&secrets, &self.names) {
            return Ok(kek);
        }
        let is_delivered = secrets
            .iter()
            .any(|it| self.names.epoch_in(&it.name).is_some());
        if begins && !is_delivered {
            self.remove_stranded_keks(&secrets).await?;
        }
        let (kek, master) = StoreKey::generate()?;
        let name = self.names.kek(kek.id());
        let labels = Labels::from([("kek".into(), "made by sealjar".into())]);
        self.engine
            .create(Kind::Secret, &name, &labels, master.as_slice())
            .await?;
        Ok(self.keks.add(kek))
    }

    /// Removes what is left of rings whose keeper died while they began: nobody has these keys.
    async fn remove_stranded_keks(&self, secrets: &[Object]) -> Result<(), StoreError> {
        let made_here = |it: &&Object| it.labels.contains_key("kek");
        for kek in secrets.iter().filter(made_here) {
            match self.engine.remove(Kind::Secret, &kek.id).await {
                // A service has it, so that somebody means to use it.
                Err(EngineError::InUse { .. } | EngineError::NotFound { .. }) | Ok(()) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}

/// The label of a blob with the ids of the keys whose secrets it holds.
pub(super) const KEYS: &str = "keys";
/// The label of a blob with the secret that it is sealed under.
const KEK: &str = "kek";
/// What the head config holds. All that matters of it are its labels.
const HEAD_TEXT: &[u8] = b"sealjar head 1\n";
/// How often the head's labels may be changed meanwhile by keepers that commit nothing.
const ATTEMPTS: usize = 5;
