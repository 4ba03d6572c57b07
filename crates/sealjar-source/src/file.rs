//! Which file holds the ring?

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use sealjar::{KeyRing, LiveRing};
use zeroize::Zeroizing;

use crate::development;
use crate::error::SourceError;

/// Reads the ring from a file: a Docker secret, a bind mount, a Kubernetes secret volume.
#[derive(Clone, Debug)]
pub struct FileSource {
    path: PathBuf,
    /// A file is read again and again; what is wrong with its mode is said once.
    warned_of_wide_mode: Arc<AtomicBool>,
}

impl FileSource {
    /// Names the file.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            warned_of_wide_mode: Arc::default(),
        }
    }

    /// Looks for the ring `name` where rings are delivered: the file that the environment variable
    /// `SEALJAR_RING` names, then `/run/secrets/<name>`, then, in debug builds only,
    /// `.sealjar/<name>.json`, which is made if it is missing so that a first run just works.
    ///
    /// A release build never makes keys: replicas with keys of their own log everyone out.
    ///
    /// # Errors
    /// [`SourceError::NotFound`] with the places that were looked at; [`SourceError::Develop`] when
    /// the development ring cannot be made.
    pub fn find(name: &str) -> Result<Self, SourceError> {
        let development = cfg!(debug_assertions).then(|| Path::new(".sealjar"));
        Self::find_in(
            std::env::var_os("SEALJAR_RING").map(PathBuf::from),
            Path::new("/run/secrets"),
            development,
            name,
        )
    }

    fn find_in(
        from_environment: Option<PathBuf>,
        secrets: &Path,
        development: Option<&Path>,
        name: &str,
    ) -> Result<Self, SourceError> {
        if let Some(path) = from_environment {
            return Ok(Self::new(path));
        }
        let secret = secrets.join(name);
        if secret.exists() {
            return Ok(Self::new(secret));
        }
        let Some(directory) = development else {
            return Err(SourceError::NotFound {
                places: vec!["$SEALJAR_RING".into(), secret.display().to_string()],
            });
        };
        let path = directory.join(name).with_extension("json");
        if !path.exists() {
            development::make_ring(directory, &path).map_err(|reason| SourceError::Develop {
                path: path.clone(),
                reason,
            })?;
        }
        Ok(Self::new(path))
    }

    /// Returns the file's path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads the ring.
    ///
    /// # Errors
    /// [`SourceError::Read`] and [`SourceError::Ring`], each with the path.
    pub fn fetch(&self) -> Result<KeyRing, SourceError> {
        // One byte more than a ring may have, so that a longer file is seen to be longer. The buffer
        // never grows: growing would leave copies of the secrets behind.
        let limit = KeyRing::MAX_DOCUMENT + 1;
        let mut text = Zeroizing::new(Vec::with_capacity(limit));
        fs::File::open(&self.path)
            .and_then(|file| file.take(limit as u64).read_to_end(&mut text))
            .map_err(|error| SourceError::Read {
                path: self.path.clone(),
                error,
            })?;
        self.warn_of_wide_mode();
        KeyRing::from_json(&text).map_err(|error| self.refuse(error))
    }

    /// Reads the ring and puts it in use if it is newer. The ring in use stays when the file holds
    /// nothing better. Returns whether another ring is in use than before.
    ///
    /// # Errors
    /// As [`fetch`](Self::fetch), and [`SourceError::Ring`] for a ring that is older, of another name,
    /// or of the same epoch with other content.
    pub fn refresh(&self, ring: &LiveRing) -> Result<bool, SourceError> {
        let before = ring.load().epoch();
        ring.replace(self.fetch()?)
            .map_err(|error| self.refuse(error))?;
        Ok(ring.load().epoch() != before)
    }

    fn refuse(&self, error: sealjar::RingError) -> SourceError {
        SourceError::Ring {
            path: self.path.clone(),
            error,
        }
    }

    #[cfg(unix)]
    fn warn_of_wide_mode(&self) {
        use std::os::unix::fs::PermissionsExt;
        if self.path.starts_with("/run/secrets") {
            return;
        }
        if let Ok(metadata) = fs::metadata(&self.path) {
            let mode = metadata.permissions().mode() & 0o777;
            if mode & !0o640 != 0 && !self.warned_of_wide_mode.swap(true, Ordering::Relaxed) {
                tracing::warn!(
                    target: "sealjar",
                    path = %self.path.display(),
                    mode = format_args!("{mode:04o}"),
                    "the key ring is open to more users than it should be: chmod 0640 or narrower"
                );
            }
        }
    }

    #[cfg(not(unix))]
    fn warn_of_wide_mode(&self) {}
}

#[cfg(test)]
mod tests {
    use sealjar::Timestamp;

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
    fn a_development_ring_is_made_once_private_and_can_seal() {
        let directory = tempfile::tempdir().unwrap();
        let development = directory.path().join("made").join(".sealjar");
        let source = find(None, directory.path(), Some(&development)).unwrap();
        let first = source.fetch().unwrap();
        assert!(first.sealing_key(Timestamp::now().unwrap()).is_some());
        assert_eq!(first.keys().len(), 2);

        let again = find(None, directory.path(), Some(&development)).unwrap();
        assert_eq!(again.fetch().unwrap().keys()[0].id(), first.keys()[0].id());
        assert_eq!(
            fs::read_dir(&development).unwrap().count(),
            1,
            "nothing is left beside it"
        );
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode(source.path()), 0o600);
            assert_eq!(mode(&development), 0o700);
        }
    }

    #[test]
    fn a_missing_an_empty_a_cut_and_a_foreign_file_are_each_refused_with_path_and_reason() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("ring.json");
        let source = FileSource::new(&path);
        let shown = |error: SourceError| {
            let shown = error.to_string();
            assert!(shown.contains("ring.json: "), "{shown}");
            assert!(!shown.contains("sealjar-key-1_"), "{shown}");
            shown
        };
        assert!(matches!(
            source.fetch().unwrap_err(),
            SourceError::Read { .. }
        ));

        let whole = development::ring().unwrap().to_json();
        for cut in [0, 1, whole.len() / 2, whole.len() - 3] {
            fs::write(&path, &whole[..cut]).unwrap();
            assert!(shown(source.fetch().unwrap_err()).contains("not a ring document"));
        }

        fs::write(&path, &*whole).unwrap();
        let live = LiveRing::new(source.fetch().unwrap());
        let mut foreign = live.load().draft();
        foreign.name = "another".into();
        fs::write(&path, &*foreign.build().unwrap().to_json()).unwrap();
        assert!(shown(source.refresh(&live).unwrap_err()).contains("another"));
        assert_eq!(
            live.load().name(),
            "development",
            "the last good ring stays"
        );
    }

    #[test]
    fn a_newer_ring_is_put_in_use_and_an_older_one_is_not() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("ring.json");
        let source = FileSource::new(&path);
        let first = development::ring().unwrap();
        let live = LiveRing::new(KeyRing::from_json(first.to_json().as_bytes()).unwrap());
        let mut newer = first.draft();
        newer.epoch += 1;
        fs::write(&path, &*newer.build().unwrap().to_json()).unwrap();
        assert!(source.refresh(&live).unwrap());
        assert!(
            !source.refresh(&live).unwrap(),
            "the same ring again is no news"
        );
        assert_eq!(live.load().epoch(), 2);
        fs::write(&path, &*first.to_json()).unwrap();
        assert!(matches!(
            source.refresh(&live).unwrap_err(),
            SourceError::Ring {
                error: sealjar::RingError::Older { .. },
                ..
            }
        ));
        assert_eq!(live.load().epoch(), 2);
    }

    #[test]
    fn while_running_a_missing_empty_cut_or_corrupt_file_leaves_the_last_good_ring() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("ring.json");
        let source = FileSource::new(&path);
        let good = development::ring().unwrap();
        let text = good.to_json().to_string();
        let live = LiveRing::new(good);
        assert!(matches!(
            source.refresh(&live),
            Err(SourceError::Read { .. })
        ));
        for broken in [
            "",
            &text[..text.len() / 2],
            &text.replace("sealjar-key-1_", "sealjar-key-1_A"),
        ] {
            fs::write(&path, broken).unwrap();
            assert!(matches!(
                source.refresh(&live),
                Err(SourceError::Ring { .. })
            ));
            assert_eq!(live.load().epoch(), 1);
        }
        fs::write(&path, text).unwrap();
        assert!(!source.refresh(&live).unwrap());
    }

    #[test]
    fn a_file_without_end_is_read_no_further_than_a_ring_may_be_long() {
        let source = FileSource::new("/dev/zero");
        let shown = source.fetch().unwrap_err().to_string();
        assert!(shown.contains("500001 bytes"), "{shown}");
    }

    #[cfg(unix)]
    #[test]
    fn a_mode_wider_than_0640_is_warned_of_once() {
        use std::os::unix::fs::PermissionsExt;
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("ring.json");
        fs::write(&path, &*development::ring().unwrap().to_json()).unwrap();
        for (mode, warned) in [(0o600, false), (0o640, false), (0o644, true), (0o660, true)] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let source = FileSource::new(&path);
            source.fetch().unwrap();
            assert_eq!(
                source.warned_of_wide_mode.load(Ordering::Relaxed),
                warned,
                "{mode:o}"
            );
        }
    }
}
