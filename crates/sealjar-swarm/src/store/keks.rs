//! Which keys are there to seal rings under?

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use sealjar::__hazmat::StoreKey;
use sealjar::KeyId;

use crate::engine::{self, Object};
use crate::store::names::{Name, Names};
use sealjar_keeper::__program::read_file;
use sealjar_keeper::store::StoreError;

/// The KEKs that are at hand. One may be made while the store is in use, when a ring begins.
#[derive(Debug, Default)]
pub(super) struct Keks(Mutex<Vec<Arc<StoreKey>>>);

impl Keks {
    /// Reads the files that are named, or those that Swarm mounts under the names of KEKs.
    pub(super) fn read(files: &[PathBuf], names: &Names) -> Result<Self, StoreError> {
        let mounted = match files {
            [] => mounted(Path::new(MOUNTED), names)?,
            _ => files.to_vec(),
        };
        let keks: Result<Vec<_>, _> = mounted
            .iter()
            .map(|file| read(file).map(Arc::new))
            .collect();
        Ok(Self(Mutex::new(keks?)))
    }

    pub(super) fn add(&self, kek: StoreKey) -> Arc<StoreKey> {
        let kek = Arc::new(kek);
        let mut keks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        keks.push(Arc::clone(&kek));
        kek
    }

    /// Returns the key of this id.
    pub(super) fn of(&self, id: KeyId) -> Option<Arc<StoreKey>> {
        self.all().into_iter().find(|kek| kek.id() == id)
    }

    /// Returns the key whose secret was made last, or one that has no secret, if nothing else is at
    /// hand.
    pub(super) fn newest(&self, secrets: &[Object], names: &Names) -> Option<Arc<StoreKey>> {
        let made = |kek: &Arc<StoreKey>| {
            let name = names.kek(kek.id());
            let secret = secrets.iter().find(|it| it.name == name)?;
            engine::time(&secret.created_at)
        };
        self.all().into_iter().max_by_key(made)
    }

    pub(super) fn names(&self, names: &Names) -> Vec<String> {
        self.all().iter().map(|kek| names.kek(kek.id())).collect()
    }

    pub(super) fn ids(&self) -> Vec<KeyId> {
        self.all().iter().map(|kek| kek.id()).collect()
    }

    fn all(&self) -> Vec<Arc<StoreKey>> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

fn mounted(directory: &Path, names: &Names) -> Result<Vec<PathBuf>, StoreError> {
    let listed = match fs::read_dir(directory) {
        Ok(listed) => listed,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed(directory, error.to_string())),
    };
    let mut files: Vec<PathBuf> = listed
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            let name = path.file_name().and_then(|name| name.to_str());
            name.and_then(|name| names.read(name)) == Some(Name::Kek)
        })
        .collect();
    files.sort_unstable();
    Ok(files)
}

fn read(file: &Path) -> Result<StoreKey, StoreError> {
    let master = read_file(file, MAX_KEK).map_err(|error| failed(file, error.to_string()))?;
    StoreKey::from_bytes(&master).map_err(|error| failed(file, error.to_string()))
}

fn failed(file: &Path, reason: String) -> StoreError {
    StoreError::Kek {
        file: file.to_owned(),
        reason,
    }
}

/// Far more than a key takes.
const MAX_KEK: usize = 4096;
/// Where Swarm mounts secrets.
const MOUNTED: &str = "/run/secrets";
