//! Which file holds the ring, and how is it read?

mod judge;

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use sealjar::{KeyRing, Timestamp};
use tokio::sync::Mutex;
use zeroize::Zeroizing;

use crate::detached_thread::on_detached_thread;
use crate::development;
use crate::directory::DirectoryWatch;
use crate::error::{SourceError, shown};
use crate::readiness::Concern;
use crate::source::RingSource;
use crate::workspace::development_directory;

/// Reads the ring from a file: a Docker secret, a bind mount, a Kubernetes secret volume.
///
/// # Examples
/// ```
/// use sealjar_source::FileSource;
/// # use sealjar::{Key, KeyRing, Suite};
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("session-ring.json");
/// # let ring = KeyRing::from(Key::generate(Suite::Xaes256Gcm)?);
/// # std::fs::write(&path, &*ring.to_json())?;
///
/// // `path` is where the ring is delivered, such as /srv/ring/session-ring.json.
/// let ring = FileSource::new(&path).fetch()?;
/// assert_eq!(ring.keys().len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct FileSource {
    path: PathBuf,
    /// Made for a first run, on the file system of the sources, which may have one mode for every
    /// file.
    #[cfg_attr(not(unix), expect(dead_code, reason = "no modes are judged there"))]
    is_for_development: bool,
    /// The file is read again and again; a problem with its mode is logged once.
    warned_of_wide_mode: Arc<AtomicBool>,
    /// Whether the file that was read last no longer has a name.
    is_cut_off: Arc<AtomicBool>,
    /// Whether every user can replace the file.
    is_replaceable: Arc<AtomicBool>,
    watch: DirectoryWatch,
    /// Held by the read in flight, even if its caller has given up.
    reading: Arc<Mutex<()>>,
}

impl FileSource {
    /// Makes a source for the file at this path.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        Self {
            watch: DirectoryWatch::around(&path),
            path,
            is_for_development: false,
            warned_of_wide_mode: Arc::default(),
            is_cut_off: Arc::default(),
            is_replaceable: Arc::default(),
            reading: Arc::default(),
        }
    }

    /// Looks for the ring `name` in the usual places: the file that the environment variable
    /// `SEALJAR_RING` names unless it is empty, then `/run/secrets/<name>`, then, only in debug
    /// builds, `.sealjar/<name>.json`. If that file is missing it is created, so that a first run
    /// just works.
    ///
    /// `.sealjar` is at the root of the workspace: the nearest directory that contains a
    /// `Cargo.lock` or a `.git`, upwards from the package that `cargo run` or `cargo test` builds,
    /// otherwise from the working directory. The search ends at a directory that belongs to another
    /// user or that every user may write to. All packages of a workspace share the ring. Set
    /// `SEALJAR_RING` to use another one. `.sealjar` contains a `.gitignore`, so that git never
    /// sees the keys.
    ///
    /// A release build never makes keys: replicas with keys of their own log everyone out.
    ///
    /// # Errors
    /// [`SourceError::NotFound`] with the places that were checked; [`SourceError::Develop`] when
    /// the development ring cannot be created.
    ///
    /// # Examples
    /// ```no_run
    /// use sealjar_source::FileSource;
    ///
    /// let source = FileSource::find("session-ring")?;
    /// println!("the ring is at {:?}", source.path());
    /// let ring = source.fetch()?;
    /// # Ok::<(), sealjar_source::SourceError>(())
    /// ```
    pub fn find(name: &str) -> Result<Self, SourceError> {
        let development = cfg!(debug_assertions).then(development_directory);
        Self::find_in(
            std::env::var_os("SEALJAR_RING").map(PathBuf::from),
            Path::new(SECRETS),
            development.as_deref(),
            name,
        )
    }

    fn find_in(
        from_environment: Option<PathBuf>,
        secrets: &Path,
        development: Option<&Path>,
        name: &str,
    ) -> Result<Self, SourceError> {
        if let Some(path) = from_environment.filter(|path| !path.as_os_str().is_empty()) {
            return Ok(Self::new(path));
        }
        let secret = secrets.join(name);
        if secret.exists() {
            return Ok(Self::new(secret));
        }
        let Some(directory) = development else {
            return Err(SourceError::NotFound {
                places: vec!["$SEALJAR_RING".into(), shown(&secret)],
            });
        };
        let path = directory.join(name).with_extension("json");
        if !path.exists() {
            development::make_ring(directory, &path).map_err(|reason| SourceError::Develop {
                path: path.clone(),
                reason,
            })?;
        } else if let Err(error) = development::keep_out_of_git(directory) {
            // An earlier version made the directory without it. The ring can still be used.
            let directory = shown(directory);
            tracing::debug!(target: "sealjar", directory, %error, "no .gitignore could be written");
        }
        Ok(Self {
            is_for_development: true,
            ..Self::new(path)
        })
    }

    /// Returns the file's path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads the ring. Blocks for as long as the file system does.
    ///
    /// A file that others than its owner may write to is refused. One that more than its owner and
    /// a group may read causes one warning. The development ring never causes more than that, and a
    /// file in `/run/secrets` neither, because there the container engine sets the mode. A
    /// directory in which every user can replace the file causes a warning, too.
    ///
    /// # Errors
    /// [`SourceError::Read`], [`SourceError::NotAFile`], [`SourceError::Writable`],
    /// [`SourceError::Empty`] and [`SourceError::Ring`], each with the path.
    pub fn fetch(&self) -> Result<KeyRing, SourceError> {
        let text = self.read()?;
        if text.is_empty() {
            let place = self.place();
            return Err(SourceError::Empty { place });
        }
        let read = KeyRing::from_json(&text).and_then(|ring| {
            // If the clock shows a time that cannot be held, the replica's readiness reports it.
            Timestamp::now().map_or(Ok(()), |now| ring.check_epoch(now))?;
            Ok(ring)
        });
        read.map_err(|error| SourceError::Ring {
            place: self.place(),
            error,
        })
    }

    fn read(&self) -> Result<Zeroizing<Vec<u8>>, SourceError> {
        let cannot_read = |error| self.cannot_read(error);
        let file = reading().open(&self.path).map_err(cannot_read)?;
        // Metadata of the open file: another file may have its path by now.
        let metadata = file.metadata().map_err(cannot_read)?;
        if !metadata.is_file() {
            let place = self.place();
            return Err(SourceError::NotAFile { place });
        }
        self.judge_mode(&metadata)?;
        self.judge_name(&metadata);
        self.judge_directories();
        // One byte more than a ring may have, to notice a longer file. The buffer never grows:
        // growing would leave copies of the secrets behind.
        let limit = KeyRing::MAX_DOCUMENT + 1;
        let mut text = Zeroizing::new(Vec::with_capacity(limit));
        file.take(limit as u64)
            .read_to_end(&mut text)
            .map_err(cannot_read)?;
        Ok(text)
    }

    fn cannot_read(&self, error: io::Error) -> SourceError {
        SourceError::Read {
            place: self.place(),
            error,
        }
    }
}

impl RingSource for FileSource {
    fn place(&self) -> String {
        shown(&self.path)
    }

    fn concern(&self) -> Option<Concern> {
        // The concern that keeps rotations and revocations away comes first.
        let mut concerns = [Concern::CutOff, Concern::Replaceable].into_iter();
        concerns.find(|it| self.state_of(*it).load(Ordering::Relaxed))
    }

    async fn current(&mut self) -> Result<KeyRing, SourceError> {
        // While a read hangs, later looks must not start more of them.
        let only = Arc::clone(&self.reading).lock_owned().await;
        // This order misses nothing: a change before the watch is armed is read, and a later one is
        // reported.
        self.watch.forget();
        let source = self.clone();
        // A file system that hangs must not hang the requests.
        on_detached_thread(move || {
            let _only = only;
            source.watch.arm();
            let ring = source.fetch()?;
            // Without a ring, the error is more important.
            source.watch.warn_if_deaf();
            Ok(ring)
        })
        .await
        .unwrap_or_else(|error| Err(self.cannot_read(error)))
    }

    async fn changed(&mut self) {
        self.watch.changed().await;
    }
}

/// Where container engines put secrets. They choose the modes there.
const SECRETS: &str = "/run/secrets";

/// Does not wait for a writer if there is a pipe in place of the file.
#[cfg(unix)]
fn reading() -> fs::OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = fs::OpenOptions::new();
    options.read(true).custom_flags(libc::O_NONBLOCK);
    options
}

#[cfg(not(unix))]
fn reading() -> fs::OpenOptions {
    let mut options = fs::OpenOptions::new();
    options.read(true);
    options
}

#[cfg(test)]
mod tests;
