//! What does a developer's first run seal with?

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::Path;

use sealjar::{Key, KeyRing, Revocations, RingDraft, RingKey, Suite, Timestamp, Timing};

/// Writes a ring for development beside its place and links it there whole, so that of several
/// processes that start at once all use the first one's.
pub(crate) fn make_ring(directory: &Path, path: &Path) -> Result<(), String> {
    let ring = ring()?;
    let text = ring.to_json();
    // A key's id is drawn at random: no other thread, process or container has this name.
    let beside = path.with_extension(format!("{}.tmp", ring.keys()[0].id()));
    let write = || {
        create_private_directory(directory)?;
        keep_out_of_git(directory)?;
        let mut file = private_file().open(&beside)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        match fs::hard_link(&beside, path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
            linked => linked,
        }
    };
    let written = write();
    // What is left beside is as secret as the ring. Nothing better can be done if this fails.
    _ = fs::remove_file(&beside);
    written.map_err(|error: std::io::Error| error.to_string())?;
    tracing::warn!(
        target: "sealjar",
        path = %path.display(),
        "made a key ring for development; a release build never does"
    );
    Ok(())
}

pub(crate) fn ring() -> Result<KeyRing, String> {
    let now = Timestamp::now().map_err(|error| error.to_string())?;
    let key = || Key::generate(Suite::Xaes256Gcm).map_err(|error| error.to_string());
    let mut sealing = RingKey::standby(key()?, LONGEST, 1, now);
    sealing.seals_from = Some(now.saturating_sub(30));
    RingDraft {
        critical: Vec::new(),
        name: "development".into(),
        id: None,
        epoch: 1,
        issued_at: now,
        timing: Timing {
            // Nobody rotates it, so nobody is late with it.
            rotate_every: u32::MAX,
            distribution: 300,
            skew: 30,
        },
        next_key: None,
        apps: Default::default(),
        keys: vec![sealing, RingKey::standby(key()?, LONGEST, 1, now)],
        revocations: Revocations::generate(LONGEST).map_err(|error| error.to_string())?,
    }
    .build()
    .map_err(|error| error.to_string())
}

/// Writes a `.gitignore` that covers the directory and itself.
fn keep_out_of_git(directory: &Path) -> std::io::Result<()> {
    match private_file().open(directory.join(".gitignore")) {
        Ok(mut file) => file.write_all(b"# Key rings for development. They are secrets.\n*\n"),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

#[cfg(unix)]
fn create_private_directory(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
}

#[cfg(not(unix))]
fn create_private_directory(path: &Path) -> std::io::Result<()> {
    fs::create_dir_all(path)
}

#[cfg(unix)]
fn private_file() -> fs::OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true).mode(0o600);
    options
}

#[cfg(not(unix))]
fn private_file() -> fs::OpenOptions {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    options
}

/// How long a session may live in development: as long as any "remember me", so that what limits it is
/// the jar alone.
const LONGEST: u32 = 90 * 86_400;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_starts_at_once_uses_one_development_ring() {
        let directory = tempfile::tempdir().unwrap();
        for round in 0..20 {
            let path = directory.path().join(format!("ring-{round}.json"));
            let rings: Vec<Vec<u8>> = std::thread::scope(|scope| {
                let starts: Vec<_> = (0..4)
                    .map(|_| {
                        scope.spawn(|| {
                            make_ring(directory.path(), &path).unwrap();
                            fs::read(&path).unwrap()
                        })
                    })
                    .collect();
                starts
                    .into_iter()
                    .map(|start| start.join().unwrap())
                    .collect()
            });
            assert!(rings.iter().all(|ring| *ring == rings[0]));
        }
        // And the `.gitignore`.
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 21);
    }
}
