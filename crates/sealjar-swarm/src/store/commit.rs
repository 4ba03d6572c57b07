//! How does a ring move on in a swarm?

use std::collections::BTreeMap;
use std::sync::Arc;

use sealjar::__hazmat::StoreKey;
use sealjar::{KeyRing, RingKey};

use crate::engine::{EngineError, Kind, Labels, Object};
use crate::store::SwarmStore;
use crate::store::digest::Digest;
use crate::store::head::HeadLabels;
use crate::store::load::version_of;
use crate::store::names::Name;
use sealjar_keeper::Step;
use sealjar_keeper::delivery::Delivery;
use sealjar_keeper::plan::Change;
use sealjar_keeper::store::{StoreError, Version};

impl SwarmStore {
    pub(super) async fn commit_now(&self, over: &Version, next: &Change) -> Result<(), StoreError> {
        let head = self.head_at(over).await?;
        let standing = head
            .as_ref()
            .and_then(|it| HeadLabels::read(&it.labels).ok());
        self.check_exports(standing.as_ref(), &next.ring).await?;
        let secrets = self.engine.list(Kind::Secret, self.names.prefix()).await?;
        let Kek { kek, made } = self.kek_to_seal_under(&secrets).await?;
        let previous = standing.as_ref().map_or(Digest::NONE, |it| it.digest);
        let sealed = kek.seal(&next.ring, previous.bytes())?;
        let digest = Digest::of(&sealed);
        let epoch = next.ring.epoch();
        let blob = self.names.epoch(epoch, digest);
        let revoked_in = self.revoked_in(standing.as_ref(), &secrets, next).await?;
        let labels = HeadLabels {
            epoch,
            blob,
            digest,
            revoked_in,
            published: standing.and_then(|it| it.published),
            is_fast: self.is_fast,
            // None is made before it is the head.
            exports: BTreeMap::new(),
        };
        let blob = self
            .put_blob(&labels.blob, &kek, &next.ring, &sealed)
            .await?;
        let begins = head.is_none();
        let moved = match head {
            Some(head) => self.move_head(over, head, |_| labels.write()).await,
            None => self.begin_head(&labels).await,
        };
        let won = match moved {
            Ok(()) => true,
            Err(error @ (StoreError::LostRace | StoreError::Backend(_))) => {
                self.came_of(over, digest, error).await?
            }
            Err(error) => return Err(error),
        };
        if !won {
            // Nobody will ever name these. If this fails, the next keeper that tidies up takes the
            // blob.
            _ = self.engine.remove(Kind::Config, &blob).await;
            if let Some(made) = made {
                _ = self.engine.remove(Kind::Secret, &made).await;
            }
            return Err(StoreError::LostRace);
        }
        let is_delivered = |it: &Object| self.names.epoch_in(&it.name).is_some();
        if begins && made.is_some() && !secrets.iter().any(is_delivered) {
            self.remove_stranded_keks(&secrets).await;
        }
        Ok(())
    }

    /// Returns the last epoch that revoked something, once `next` is committed over a head.
    async fn revoked_in(
        &self,
        standing: Option<&HeadLabels>,
        secrets: &[Object],
        next: &Change,
    ) -> Result<u64, StoreError> {
        let epoch = next.ring.epoch();
        let Some(standing) = standing else {
            // Of epochs that are lost before a damaged head nothing is known.
            return Ok(epoch);
        };
        let configs = self.configs().await?;
        let given = self.given_after(standing, secrets, std::iter::empty(), &configs);
        // Nor of those after a head that was put back.
        if next.steps.iter().any(Step::revokes) || !given.await?.is_empty() {
            return Ok(epoch);
        }
        // One that lies ahead of the next was numbered under a clock that was ahead.
        Ok(standing.revoked_in.min(epoch))
    }

    /// Finds out what came of a commit that was answered with an error, and returns whether it was
    /// made. It may be answered that our own commit lost the race: a manager that loses its leader
    /// resends what it forwarded.
    async fn came_of(
        &self,
        over: &Version,
        ours: Digest,
        error: StoreError,
    ) -> Result<bool, StoreError> {
        let configs = self.configs().await?;
        let head = configs.head(&self.names);
        let standing = head.and_then(|it| HeadLabels::read(&it.labels).ok());
        let chain = standing.map(|it| configs.chain(it.digest, &self.names));
        // Another keeper may have gone on from there.
        if chain.is_some_and(|it| it.iter().any(|blob| blob.digest == ours)) {
            return Ok(true);
        }
        match version_of(head) == *over {
            // Not made, or this manager does not know yet.
            true => Err(error),
            false => Ok(false),
        }
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
        self.move_head(over, head, published).await
    }

    /// Reads the head if it is still the one that something was decided over.
    pub(super) async fn head_at(&self, over: &Version) -> Result<Option<Object>, StoreError> {
        let configs = self.engine.list(Kind::Config, &self.names.head()).await?;
        let head = configs
            .into_iter()
            .find(|it| self.names.read(&it.name) == Some(Name::Head));
        if version_of(head.as_ref()) == *over {
            Ok(head)
        } else {
            Err(StoreError::LostRace)
        }
    }

    /// Changes the head's labels, unless it was moved meanwhile.
    pub(super) async fn move_head(
        &self,
        over: &Version,
        mut head: Object,
        labels: impl Fn(&Object) -> Labels,
    ) -> Result<(), StoreError> {
        for _ in 0..ATTEMPTS {
            let labels = labels(&head);
            if labels == head.labels {
                return Ok(());
            }
            match self.engine.relabel(Kind::Config, &head, &labels).await {
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
        // Its nonce makes it this one and no other's.
        let is_it = |it: &Object| it.data.as_deref().is_some_and(|data| *data == sealed);
        self.create(Kind::Config, name, &labels, sealed, is_it)
            .await
    }

    /// Returns the newest KEK at hand. A ring that begins without one, or continues after its KEK
    /// was lost, gets a new one.
    async fn kek_to_seal_under(&self, secrets: &[Object]) -> Result<Kek, StoreError> {
        if let Some(kek) = self.keks.newest(secrets, &self.names) {
            return Ok(Kek { kek, made: None });
        }
        let (kek, made) = self.make_kek().await?;
        Ok(Kek {
            kek: self.keks.add(kek),
            made: Some(made),
        })
    }

    /// Makes a KEK, and the secret that keeps it, whose id comes with it.
    pub(super) async fn make_kek(&self) -> Result<(StoreKey, String), StoreError> {
        let (kek, master) = StoreKey::generate()?;
        let name = self.names.kek(kek.id());
        let labels = Labels::from([(KEK.into(), "made by sealjar".into())]);
        // Its name is that of the key.
        let made = self.create(Kind::Secret, &name, &labels, master.as_slice(), |_| true);
        Ok((kek, made.await?))
    }

    /// Creates an object under a name that is ours alone, and returns its id. It may also exist if
    /// no answer came, or if the name is taken.
    async fn create(
        &self,
        kind: Kind,
        name: &str,
        labels: &Labels,
        data: &[u8],
        is_it: impl Fn(&Object) -> bool,
    ) -> Result<String, StoreError> {
        let error = match self.engine.create(kind, name, labels, data).await {
            Err(error @ (EngineError::NameTaken { .. } | EngineError::Unknown { .. })) => error,
            made => return Ok(made?),
        };
        let mut standing = self.engine.list(kind, name).await?.into_iter();
        let ours = standing.find(|it| it.name == name && is_it(it));
        ours.map(|it| it.id).ok_or_else(|| error.into())
    }

    /// Removes what is left of rings whose keeper died while they began: nobody has these keys.
    /// Done only by who has begun the ring, for before that one of them may be another keeper's who
    /// begins it now.
    async fn remove_stranded_keks(&self, before: &[Object]) {
        for kek in before.iter().filter(|it| it.labels.contains_key(KEK)) {
            // A service may have it, so that somebody means to use it. They do no harm.
            _ = self.engine.remove(Kind::Secret, &kek.id).await;
        }
    }
}

/// What a ring is sealed under.
struct Kek {
    kek: Arc<StoreKey>,
    /// The id of its secret, if that was made for it.
    made: Option<String>,
}

/// The label of a blob with the ids of the keys whose secrets it holds.
pub(super) const KEYS: &str = "keys";
/// The label of a blob with the secret that it is sealed under, and of such a secret that was made
/// here.
const KEK: &str = "kek";
/// What the head config holds. All that matters of it are its labels.
const HEAD_TEXT: &[u8] = b"sealjar head 1\n";
/// How often the head's labels may be changed meanwhile by keepers that commit nothing.
const ATTEMPTS: usize = 5;
