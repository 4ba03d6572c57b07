//! Which file holds the ring, and how is it read?

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
use crate::directory::{DirectoryWatch, directory_of};
use crate::error::{SourceError, shown};
use crate::readiness::Concern;
use crate::source::RingSource;
use crate::workspace::development_directory;

/// Reads the ring from a file: a Docker secret, a bind mount, a Kubernetes secret volume.
#[derive(Clone, Debug)]
pub struct FileSource {
    path: PathBuf,
    /// Made for a first run, on whatever file system the sources are: some have one mode for every file.
    #[cfg_attr(not(unix), expect(dead_code, reason = "no modes are judged there"))]
    is_for_development: bool,
    /// A file is read again and again; what is wrong with its mode is said once.
    warned_of_wide_mode: Arc<AtomicBool>,
    /// Whether the file that was read last has no name any more.
    is_cut_off: Arc<AtomicBool>,
    /// Whether everybody can put another file in its place.
    is_replaceable: Arc<AtomicBool>,
    watch: DirectoryWatch,
    /// Held by the read in flight, even when nobody waits for it any more.
    reading: Arc<Mutex<()>>,
}

impl FileSource {
    /// Names the file.
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

    /// Looks for the ring `name` where rings are delivered: the file that the environment variable
    /// `SEALJAR_RING` names unless it is empty, then `/run/secrets/<name>`, then, in debug builds only,
    /// `.sealjar/<name>.json`, which is made if it is missing so that a first run just works.
    ///
    /// `.sealjar` is at the root of the workspace: the nearest directory that holds a `Cargo.lock` or a
    /// `.git`, upwards from the package that `cargo run` or `cargo test` builds, otherwise from the
    /// working directory. The search ends at a directory that belongs to another user or that every user
    /// may write to. All packages of a workspace share the ring. Set `SEALJAR_RING` for another one.
    /// `.sealjar` holds a `.gitignore`, so that git never sees the keys.
    ///
    /// A release build never makes keys: replicas with keys of their own log everyone out.
    ///
    /// # Errors
    /// [`SourceError::NotFound`] with the places that were looked at; [`SourceError::Develop`] when
    /// the development ring cannot be made.
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
            // An earlier version made the directory without it. The ring can be used all the same.
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
    /// A file that others than its owner may write to is refused, and one that more than its owner and a
    /// group may read is warned of once: outside of `/run/secrets`, where the container engine decides, and
    /// unless it is the development ring, which is only warned of. A directory in which every user can
    /// replace the file is warned of, too.
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
            // Of a clock that shows a time that cannot be held the replica's readiness tells.
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
        // Of the open file, since another may have taken its path by now.
        let metadata = file.metadata().map_err(cannot_read)?;
        if !metadata.is_file() {
            let place = self.place();
            return Err(SourceError::NotAFile { place });
        }
        self.judge_mode(&metadata)?;
        self.judge_name(&metadata);
        self.judge_directories();
        // One byte more than a ring may have, so that a longer file is seen to be longer. The buffer
        // never grows: growing would leave copies of the secrets behind.
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

    #[cfg(unix)]
    fn judge_mode(&self, metadata: &fs::Metadata) -> Result<(), SourceError> {
        use std::os::unix::fs::PermissionsExt;
        let mode = metadata.permissions().mode() & 0o777;
        if mode & !0o640 == 0 || self.path.starts_with(SECRETS) {
            return Ok(());
        }
        if mode & 0o022 != 0 && !self.is_for_development {
            let place = self.place();
            return Err(SourceError::Writable { place, mode });
        }
        if !self.warned_of_wide_mode.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                target: "sealjar",
                path = self.place(),
                mode = format_args!("{mode:04o}"),
                hint = "chmod 0640 or narrower; for a secret of Kubernetes `defaultMode: 0440` and an fsGroup",
                "the key ring is open to more users than it should be"
            );
        }
        Ok(())
    }

    #[cfg(not(unix))]
    fn judge_mode(&self, _: &fs::Metadata) -> Result<(), SourceError> {
        Ok(())
    }

    /// Notes whether what was opened is cut off from what replaced it, and says so when that begins.
    #[cfg(unix)]
    fn judge_name(&self, opened: &fs::Metadata) {
        use std::os::unix::fs::MetadataExt;
        // A file that was replaced just now has no name any more either, but its path leads to another.
        let is_cut_off =
            opened.nlink() == 0 && fs::metadata(&self.path).is_ok_and(|it| it.nlink() == 0);
        self.note(Concern::CutOff, is_cut_off);
    }

    #[cfg(not(unix))]
    fn judge_name(&self, _: &fs::Metadata) {}

    /// Notes whether everybody can replace the file: in the directory of its path, or in that of the file to
    /// which its path leads.
    #[cfg(unix)]
    fn judge_directories(&self) {
        let leads_to = fs::canonicalize(&self.path);
        let paths = [Some(self.path.as_path()), leads_to.as_deref().ok()];
        let mut directories = paths.into_iter().flatten().map(directory_of);
        let is_replaceable =
            !self.path.starts_with(SECRETS) && directories.any(lets_everybody_replace);
        self.note(Concern::Replaceable, is_replaceable);
    }

    #[cfg(not(unix))]
    fn judge_directories(&self) {}

    /// Warns when a concern begins.
    #[cfg(unix)]
    fn note(&self, concern: Concern, is_so: bool) {
        let was_so = self.state_of(concern).swap(is_so, Ordering::Relaxed);
        if is_so && !was_so {
            tracing::warn!(
                target: "sealjar",
                path = self.place(),
                hint = concern.hint(),
                "{concern}"
            );
        }
    }

    fn state_of(&self, concern: Concern) -> &AtomicBool {
        match concern {
            Concern::CutOff => &self.is_cut_off,
            Concern::Replaceable => &self.is_replaceable,
        }
    }
}

impl RingSource for FileSource {
    fn place(&self) -> String {
        shown(&self.path)
    }

    fn concern(&self) -> Option<Concern> {
        // What keeps rotations and revocations away comes first.
        let mut concerns = [Concern::CutOff, Concern::Replaceable].into_iter();
        concerns.find(|it| self.state_of(*it).load(Ordering::Relaxed))
    }

    async fn current(&mut self) -> Result<KeyRing, SourceError> {
        // A read that hangs must not be joined by another at each look.
        let only = Arc::clone(&self.reading).lock_owned().await;
        // In this order nothing is missed: what happens before the watch stands is read, and what
        // happens after it is heard.
        self.watch.forget();
        let source = self.clone();
        // A file system that hangs must not hang the requests.
        on_detached_thread(move || {
            let _only = only;
            source.watch.arm();
            let ring = source.fetch()?;
            // Without a ring there is something worse to tell.
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

/// Whether everybody can put another file in the place of one in a directory.
#[cfg(unix)]
fn lets_everybody_replace(directory: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    const WRITE: u32 = 0o002;
    const STICKY: u32 = 0o1000;
    let mode = fs::metadata(directory).map(|it| it.permissions().mode());
    mode.is_ok_and(|mode| mode & WRITE != 0 && mode & STICKY == 0)
}

/// Where container engines put secrets. They decide on the modes there.
const SECRETS: &str = "/run/secrets";

/// Does not wait for a writer where a pipe stands in place of the file.
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
mod tests {
    use super::*;

    fn find(
        environment: Option<&Path>,
        secrets: &Path,
        development: Option<&Path>,
    ) -> Result<FileSource, SourceError> {
        FileSource::find_in(
            environment.map(Path::to_owned),
            secrets,
            development,
            "session-ring",
        )
    }

    #[test]
    fn the_environment_comes_before_the_secret_and_the_secret_before_development() {
        let directory = tempfile::tempdir().unwrap();
        let named = directory.path().join("named.json");
        let secret = directory.path().join("session-ring");
        let development = directory.path().join(".sealjar");
        let found = |environment: Option<&Path>| {
            find(environment, directory.path(), Some(&development))
                .unwrap()
                .path()
                .to_owned()
        };
        assert_eq!(found(None), development.join("session-ring.json"));
        fs::write(&secret, "").unwrap();
        assert_eq!(found(None), secret);
        assert_eq!(found(Some(&named)), named);
        assert_eq!(found(Some(Path::new(""))), secret, "empty names nothing");
    }

    #[test]
    fn a_release_build_names_the_places_it_looked_at_and_makes_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let error = find(None, directory.path(), None).unwrap_err();
        let shown = format!("{error:?}");
        assert!(shown.contains("$SEALJAR_RING"), "{shown}");
        assert!(shown.contains("session-ring"), "{shown}");
        assert!(shown.contains("\nhint: "), "{shown}");
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_path_with_control_characters_is_spelt_out_where_nothing_can_be_made_or_found() {
        let hostile = Path::new("/dev/null/a\rb\n\u{1b}[2J");
        for error in [
            find(None, hostile, None).unwrap_err(),
            find(None, hostile, Some(hostile)).unwrap_err(),
        ] {
            let shown = error.to_string();
            assert!(shown.contains(r"/a\rb\n\u{1b}[2J"), "{shown}");
            assert!(!shown.contains(char::is_control), "{shown:?}");
        }
    }

    #[test]
    fn a_development_ring_is_made_once_private_and_can_seal() {
        let directory = tempfile::tempdir().unwrap();
        let development = directory.path().join("made").join(".sealjar");
        let source = find(None, directory.path(), Some(&development)).unwrap();
        let first = source.fetch().unwrap();
        assert!(first.sealing_key(Timestamp::now().unwrap()).is_some());
        assert_eq!(first.keys().len(), 2);

        let again = find(None, directory.path(), Some(&development)).unwrap();
        assert_eq!(again.fetch().unwrap().keys()[0].id(), first.keys()[0].id());
        let files = fs::read_dir(&development).unwrap();
        let mut files: Vec<_> = files.map(|file| file.unwrap().file_name()).collect();
        files.sort();
        assert_eq!(files, [".gitignore", "session-ring.json"]);
        let ignored = fs::read_to_string(development.join(".gitignore")).unwrap();
        assert!(ignored.lines().any(|line| line == "*"), "{ignored}");
        // An earlier version made none.
        fs::remove_file(development.join(".gitignore")).unwrap();
        find(None, directory.path(), Some(&development)).unwrap();
        let again = fs::read_to_string(development.join(".gitignore")).unwrap();
        assert_eq!(again, ignored);
        // "Remember me" works at once.
        assert!(first.keys().iter().all(|key| key.lifetime == 90 * 86_400));
        assert_eq!(first.revocations().horizon, 90 * 86_400);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode(source.path()), 0o600);
            assert_eq!(mode(&development), 0o700);
        }
    }

    /// Some file systems have one mode for all files, which nobody can change.
    #[cfg(unix)]
    #[test]
    fn a_development_ring_is_used_whatever_its_mode_and_no_other_is() {
        use std::os::unix::fs::PermissionsExt;
        let directory = tempfile::tempdir().unwrap();
        let source = find(None, Path::new("nowhere"), Some(directory.path())).unwrap();
        fs::set_permissions(source.path(), fs::Permissions::from_mode(0o777)).unwrap();
        assert!(source.fetch().is_ok());
        let named = FileSource::new(source.path());
        let refused = named.fetch().unwrap_err();
        assert!(
            matches!(refused, SourceError::Writable { mode: 0o777, .. }),
            "{refused:?}"
        );
    }

    #[test]
    fn a_file_of_a_terabyte_is_read_no_further_than_a_ring_may_be_long() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("ring.json");
        fs::File::create(&path).unwrap().set_len(1 << 40).unwrap();
        let shown = FileSource::new(path).fetch().unwrap_err().to_string();
        assert!(shown.contains("500001 bytes"), "{shown}");
    }

    #[test]
    fn a_read_that_hangs_is_joined_by_no_other_and_heals() {
        let directory = tempfile::tempdir().unwrap();
        let mut source = find(None, Path::new("nowhere"), Some(directory.path())).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap();
        let shared = Arc::clone(&source.reading);

        let hang = source.watch.clone();
        let hang = hang.hold();
        for _ in 0..3 {
            let look = async {
                let patience = std::time::Duration::from_millis(50);
                tokio::time::timeout(patience, source.current()).await
            };
            assert!(runtime.block_on(look).is_err());
            // This one, the source's, and that of the read in flight, which also has the lock.
            assert_eq!(Arc::strong_count(&shared), 4);
        }
        drop(hang);
        assert_eq!(runtime.block_on(source.current()).unwrap().epoch(), 1);
    }
}
