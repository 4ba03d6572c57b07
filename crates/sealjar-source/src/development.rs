//! Makes the ring for a developer's first run.

use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::Path;
use std::thread;
use std::time::Duration;

use sealjar::keeper::RingDraft;
use sealjar::{Key, KeyRing, Revocations, RingKey, Suite, Timestamp, Timing};

use crate::error::shown;

/// Writes a development ring to a temporary file and then gives it its name. If several processes
/// start at once, all of them use the first one's ring.
pub(crate) fn make_ring(directory: &Path, path: &Path) -> Result<(), String> {
    let ring = ring()?;
    let text = ring.to_json();
    // A key's id is random: no other thread, process or container uses this name.
    let beside = path.with_extension(format!("{}.tmp", ring.keys()[0].id()));
    let write = || {
        create_private_directory(directory)?;
        keep_out_of_git(directory)?;
        let mut file = private_file().open(&beside)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        place(&beside, path, |beside, path| fs::hard_link(beside, path))
    };
    let written = write();
    // The temporary file is as secret as the ring. If this fails, nothing more can be done.
    _ = fs::remove_file(&beside);
    written.map_err(|error: io::Error| error.to_string())?;
    announce(path);
    Ok(())
}

/// Says that a ring was made: in the log, or on standard error where nobody reads the log. A first
/// run has seldom set up a log, and files must not appear without a word.
fn announce(path: &Path) {
    tracing::warn!(
        target: "sealjar",
        path = shown(path),
        "made a key ring for development; a release build never does"
    );
    if !tracing::enabled!(target: "sealjar", tracing::Level::WARN) {
        eprintln!(
            "sealjar: made {}, a key ring for development; git ignores it, and a release build never makes \
             one",
            shown(path)
        );
    }
}

/// Gives a file its name, unless another has it already: of several processes the first one wins.
fn place(
    beside: &Path,
    path: &Path,
    link: impl Fn(&Path, &Path) -> io::Result<()>,
) -> io::Result<()> {
    match link(beside, path) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        // exFAT and the shared folders of virtual machines have no hard links, and each reports
        // that with another error.
        Err(_) => place_by_claim(beside, path),
    }
}

/// Does the same with a second file, which only one process at a time can create. A rename alone
/// would replace the first ring by the last one, when the first is already in use.
fn place_by_claim(beside: &Path, path: &Path) -> io::Result<()> {
    let claim = path.with_extension("claim");
    for _ in 0..CLAIM_LOOKS {
        match private_file().open(&claim) {
            Ok(_) => {
                let placed = match path.try_exists() {
                    Ok(true) => Ok(()),
                    Ok(false) => fs::rename(beside, path),
                    Err(error) => Err(error),
                };
                _ = fs::remove_file(&claim);
                return placed;
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                if path.try_exists()? {
                    return Ok(());
                }
                thread::sleep(CLAIM_PAUSE);
            }
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::other(format!(
        "another process began it and did not finish: remove {} and start again",
        shown(&claim)
    )))
}

pub(crate) fn ring() -> Result<KeyRing, String> {
    let now = Timestamp::now().map_err(|error| error.to_string())?;
    let key = || Key::generate(Suite::Xaes256Gcm).map_err(|error| error.to_string());
    let mut sealing = RingKey::standby(key()?, LONGEST, 1, now);
    sealing.seals_from = Some(now.saturating_sub(30));
    RingDraft {
        issued_at: now,
        timing: Timing {
            // There is no keeper, so no rotation can be overdue.
            rotate_every: u32::MAX,
            ..Timing::default()
        },
        keys: vec![sealing, RingKey::standby(key()?, LONGEST, 1, now)],
        revocations: Revocations::generate(LONGEST).map_err(|error| error.to_string())?,
        ..RingDraft::named("development", 1).map_err(|error| error.to_string())?
    }
    .build()
    .map_err(|error| error.to_string())
}

/// Writes a `.gitignore` that covers the directory and itself, if there is none.
pub(crate) fn keep_out_of_git(directory: &Path) -> io::Result<()> {
    match private_file().open(directory.join(".gitignore")) {
        Ok(mut file) => file.write_all(b"# Key rings for development. They are secrets.\n*\n"),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

#[cfg(unix)]
fn create_private_directory(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
}

#[cfg(not(unix))]
fn create_private_directory(path: &Path) -> io::Result<()> {
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

/// How long a session may live in development: longer than any "remember me", so that only the jar
/// limits it.
const LONGEST: u32 = 90 * 86_400;

/// Five seconds in all, for something that takes a millisecond.
const CLAIM_LOOKS: u32 = 250;
const CLAIM_PAUSE: Duration = Duration::from_millis(20);

#[cfg(test)]
mod tests {
    use super::*;

    /// What a developer's first run prints, with a log and without one.
    #[test]
    fn a_first_run_says_what_it_made_where_a_newcomer_looks() {
        const MADE: &str = "SEALJAR_TEST_MADE";
        if let Some(directory) = std::env::var_os(MADE) {
            let directory = Path::new(&directory);
            make_ring(directory, &directory.join("session-ring.json")).unwrap();
            return;
        }
        let directory = tempfile::tempdir().unwrap();
        let test = "development::tests::a_first_run_says_what_it_made_where_a_newcomer_looks";
        let run = std::process::Command::new(std::env::current_exe().unwrap())
            .args([test, "--exact", "--nocapture"])
            .env(MADE, directory.path())
            .output()
            .unwrap();
        let said = String::from_utf8(run.stderr).unwrap();
        assert!(run.status.success(), "{said}");
        let made = directory.path().join("session-ring.json");
        let line = format!("sealjar: made {}", shown(&made));
        assert!(said.contains(&line), "{said}");
        assert!(said.contains("git ignores it"), "{said}");
    }

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

    /// A file system without hard links, with the error of the kernel's vfat.
    fn no_links(_: &Path, _: &Path) -> io::Result<()> {
        Err(ErrorKind::PermissionDenied.into())
    }

    /// Lets several processes place their files at once. Returns how many different rings they then
    /// find, and how many files remain.
    fn race(place: impl Fn(&Path, &Path) -> io::Result<()> + Sync) -> (usize, usize) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("ring.json");
        let mut found: Vec<String> = thread::scope(|scope| {
            let starts: Vec<_> = (0..8)
                .map(|number| {
                    let (path, place) = (&path, &place);
                    scope.spawn(move || {
                        let beside = path.with_extension(format!("{number}.tmp"));
                        fs::write(&beside, number.to_string()).unwrap();
                        place(&beside, path).unwrap();
                        _ = fs::remove_file(&beside);
                        fs::read_to_string(path).unwrap()
                    })
                })
                .collect();
            starts.into_iter().map(|it| it.join().unwrap()).collect()
        });
        found.sort();
        found.dedup();
        (found.len(), fs::read_dir(directory.path()).unwrap().count())
    }

    #[test]
    fn without_hard_links_the_first_ring_stays_too() {
        for _ in 0..20 {
            assert_eq!(race(|beside, path| place(beside, path, no_links)), (1, 1));
        }
        // The control: with a rename alone the last one wins, while others already use the first.
        let takes_turns = std::sync::Mutex::new(());
        let renamed = race(|beside, path| {
            let _turn = takes_turns.lock().unwrap();
            fs::rename(beside, path)?;
            thread::sleep(Duration::from_millis(5));
            Ok(())
        });
        assert!(renamed.0 > 1, "{renamed:?}");
    }

    #[test]
    fn a_claim_that_nobody_finishes_is_an_error_that_says_what_to_do() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("ring.json");
        let beside = directory.path().join("beside");
        fs::write(&beside, "ring").unwrap();
        fs::write(path.with_extension("claim"), "").unwrap();
        let error = place(&beside, &path, no_links).unwrap_err().to_string();
        assert!(
            error.contains("remove ") && error.contains("ring.claim"),
            "{error}"
        );
        // If there is a ring, an old claim file delays no process.
        fs::write(&path, "first").unwrap();
        place(&beside, &path, no_links).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "first");
    }
}
