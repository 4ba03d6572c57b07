//! A directory with a store, and users who work there.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::OnceLock;

use sealjar_tests::programs::{Program, built};
use tempfile::TempDir;

pub(crate) const ROOT: u32 = 0;
/// Neither user needs an entry in a user database.
pub(crate) const KEEPER: u32 = 4242;
pub(crate) const STRANGER: u32 = 4343;
/// The group of the replicas.
pub(crate) const APP: u32 = 4444;

/// The result of a command.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) said: String,
}

pub(crate) struct World {
    directory: TempDir,
}

impl World {
    /// A directory `ring` that belongs to a user.
    pub(crate) fn of(owner: u32, mode: u32) -> Self {
        assert_eq!(
            fs::metadata("/proc/self").unwrap().uid(),
            ROOT,
            "only root can start processes of other users: run `just ownership` as root"
        );
        let world = Self {
            directory: tempfile::tempdir().unwrap(),
        };
        fs::set_permissions(world.directory.path(), Permissions::from_mode(0o755)).unwrap();
        fs::create_dir(world.path("")).unwrap();
        chown(world.path(""), Some(owner), Some(owner)).unwrap();
        fs::set_permissions(world.path(""), Permissions::from_mode(mode)).unwrap();
        world
    }

    /// A store of the keeper's user, in a directory of its own.
    pub(crate) fn begun() -> Self {
        let world = Self::of(KEEPER, 0o755);
        world.does(KEEPER, &["init"]);
        world
    }

    /// A path in the directory of the store.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join("ring").join(name)
    }

    pub(crate) fn document(&self) -> PathBuf {
        self.path("ring.json")
    }

    /// A path in the store's own directory.
    pub(crate) fn own(&self, name: &str) -> PathBuf {
        self.path("ring.json.keeper").join(name)
    }

    /// A file outside of the store that only root may read.
    pub(crate) fn secret(&self) -> Secret {
        let path = self.directory.path().join("shadow");
        fs::write(&path, "root's own").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        Secret(path)
    }

    /// A directory outside of the store that only root may write to.
    pub(crate) fn elsewhere(&self) -> PathBuf {
        let path = self.directory.path().join("elsewhere");
        fs::create_dir(&path).unwrap();
        path
    }

    pub(crate) fn run(&self, user: u32, line: &[&str]) -> Ran {
        static PROGRAM: OnceLock<TempDir> = OnceLock::new();
        // Other users may not read the directory in which it was built.
        let program = PROGRAM.get_or_init(|| {
            let directory = tempfile::tempdir().unwrap();
            fs::set_permissions(directory.path(), Permissions::from_mode(0o755)).unwrap();
            let built = built(&[Program::Sealjar], &[]);
            fs::copy(&built["sealjar"], directory.path().join("sealjar")).unwrap();
            directory
        });
        let mut command = std::process::Command::new(program.path().join("sealjar"));
        command
            .env_clear()
            .env(
                "SEALJAR_STORE",
                format!("file:{}", self.document().display()),
            )
            .args(line)
            .current_dir("/")
            .uid(user)
            .gid(user);
        let Output {
            status,
            stdout,
            stderr,
        } = command.output().unwrap();
        Ran {
            code: status.code(),
            said: String::from_utf8([stdout, stderr].concat()).unwrap(),
        }
    }

    pub(crate) fn does(&self, user: u32, line: &[&str]) {
        let ran = self.run(user, line);
        assert_eq!(ran.code, Some(0), "{line:?} as {user}: {}", ran.said);
    }

    pub(crate) fn refuses(&self, user: u32, line: &[&str], words: &str) {
        let ran = self.run(user, line);
        assert_eq!(ran.code, Some(4), "{line:?} as {user}: {}", ran.said);
        assert!(ran.said.contains(words), "{line:?} as {user}: {}", ran.said);
        assert!(ran.said.contains("\nhint: "), "{}", ran.said);
    }

    /// Everything in the directory, with its owner.
    pub(crate) fn owners(&self) -> Vec<(PathBuf, u32)> {
        let mut found = Vec::new();
        gather(&self.path(""), &mut found);
        found.sort();
        found
    }
}

/// A file that only root may read.
pub(crate) struct Secret(pub(crate) PathBuf);

impl Secret {
    pub(crate) fn is_as_it_was(&self) -> bool {
        let found = fs::metadata(&self.0).unwrap();
        (found.uid(), found.gid(), found.mode() & 0o777) == (ROOT, ROOT, 0o600)
            && fs::read_to_string(&self.0).unwrap() == "root's own"
    }
}

/// Makes a file as a user would.
pub(crate) fn plant(user: u32, path: &Path, text: impl AsRef<[u8]>, mode: u32) {
    fs::write(path, text).unwrap();
    chown(path, Some(user), Some(user)).unwrap();
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// Makes a directory as a user would.
pub(crate) fn plant_directory(user: u32, path: &Path) {
    fs::create_dir(path).unwrap();
    chown(path, Some(user), Some(user)).unwrap();
    fs::set_permissions(path, Permissions::from_mode(0o700)).unwrap();
}

fn gather(path: &Path, found: &mut Vec<(PathBuf, u32)>) {
    let metadata = path.symlink_metadata().unwrap();
    found.push((path.to_owned(), metadata.uid()));
    if metadata.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            gather(&entry.unwrap().path(), found);
        }
    }
}

pub(crate) const REVOKE: [&str; 3] = ["revoke", "--session", "00c0ffee00c0ffee"];
pub(crate) const REVOKE_ANOTHER: [&str; 3] = ["revoke", "--session", "00c0ffee00c0ffef"];
