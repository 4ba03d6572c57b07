//! Where does the key ring come from: a file that somebody delivers, or keepers that are asked?

use std::env;
use std::error::Error;
use std::path::{Path, PathBuf};

use sealjar::KeyRing;
use sealjar_source::{
    Concern, DeliveryKey, FileSource, Follow, Look, RevocationSender, RingSource, SourceError,
};

/// The key ring's source: keepers if `$SEALJAR_KEEPERS` names any, otherwise a file.
///
/// `SEALJAR_KEEPERS` is a list of addresses, separated by commas. The delivery key is in the file
/// that `$SEALJAR_DELIVERY_KEY` names, or in `/run/secrets/delivery-key`; the ring's name is
/// `$SEALJAR_RING_NAME` or `web`. A ring that is mounted as well is for a start without a keeper.
#[derive(Debug)]
pub enum Ring {
    /// A file.
    Delivered(FileSource),
    /// Keepers.
    Followed(Box<Follow>),
}

impl Ring {
    /// Finds out where the ring comes from.
    ///
    /// # Errors
    /// Without a ring or a delivery key that can be read.
    pub fn find() -> Result<Self, Box<dyn Error>> {
        let keepers = env::var("SEALJAR_KEEPERS").unwrap_or_default();
        if keepers.is_empty() {
            return Ok(Self::Delivered(FileSource::find("session-ring")?));
        }
        let path = path_in("SEALJAR_DELIVERY_KEY").unwrap_or_else(|| DELIVERY_KEY.into());
        let text = std::fs::read(&path)
            .map_err(|error| format!("the delivery key {}: {error}", path.display()))?;
        let name = env::var("SEALJAR_RING_NAME").unwrap_or_else(|_| "web".into());
        let follow = Follow::new(name, DeliveryKey::from_bytes(&text)?, keepers.split(','));
        let mounted = path_in("SEALJAR_RING").or_else(|| {
            let mounted = Path::new("/run/secrets/session-ring");
            mounted.exists().then(|| mounted.into())
        });
        Ok(Self::Followed(Box::new(match mounted {
            Some(path) => follow.or_mounted(path),
            None => follow,
        })))
    }

    /// Returns what asks the keepers to end sessions, `None` if none is followed.
    #[must_use]
    pub fn revocations(&self) -> Option<RevocationSender> {
        match self {
            Self::Delivered(_) => None,
            Self::Followed(follow) => Some(follow.revocations()),
        }
    }
}

impl RingSource for Ring {
    fn place(&self) -> String {
        match self {
            Self::Delivered(file) => file.place(),
            Self::Followed(follow) => follow.place(),
        }
    }

    fn concern(&self) -> Option<Concern> {
        match self {
            Self::Delivered(file) => file.concern(),
            Self::Followed(follow) => follow.concern(),
        }
    }

    async fn current(&mut self) -> Result<KeyRing, SourceError> {
        match self {
            Self::Delivered(file) => file.current().await,
            Self::Followed(follow) => follow.current().await,
        }
    }

    async fn look(&mut self) -> Result<Look, SourceError> {
        match self {
            Self::Delivered(file) => file.look().await,
            Self::Followed(follow) => follow.look().await,
        }
    }

    fn accepted(&mut self, ring: &KeyRing) {
        match self {
            Self::Delivered(file) => file.accepted(ring),
            Self::Followed(follow) => follow.accepted(ring),
        }
    }

    async fn changed(&mut self) {
        match self {
            Self::Delivered(file) => file.changed().await,
            Self::Followed(follow) => follow.changed().await,
        }
    }
}

fn path_in(variable: &str) -> Option<PathBuf> {
    let path = env::var_os(variable).filter(|path| !path.is_empty());
    path.map(PathBuf::from)
}

const DELIVERY_KEY: &str = "/run/secrets/delivery-key";
