//! Where does a developer's workspace begin?

use std::env;
use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};

/// Returns the directory for development rings: `.sealjar` at the root of the workspace.
///
/// The search starts at the package that `cargo run` or `cargo test` builds
/// (`CARGO_MANIFEST_DIR`, which cargo sets for the process), otherwise at the working directory. So
/// all packages of a workspace share one ring, from whichever directory they are started.
pub(crate) fn development_directory() -> PathBuf {
    let start = env::var_os("CARGO_MANIFEST_DIR")
        .map(PathBuf::from)
        .filter(|path| path.is_dir())
        .or_else(|| env::current_dir().ok())
        .unwrap_or_else(|| ".".into());
    root(&start).join(".sealjar")
}

/// Returns the nearest directory from `start` upwards that contains a `Cargo.lock` or a `.git`, or
/// `start` if none does.
///
/// Directories of another owner, or that every user may write to, end the search: in a shared
/// directory such as `/tmp`, another user could place such a file, and a ring beside it.
fn root(start: &Path) -> &Path {
    let Ok(first) = fs::metadata(start) else {
        return start;
    };
    start
        .ancestors()
        .take_while(|it| {
            *it == start || fs::metadata(it).is_ok_and(|found| is_ours(&found, &first))
        })
        .find(|it| MARKS.iter().any(|mark| it.join(mark).exists()))
        .unwrap_or(start)
}

/// Whether a directory has the same owner as the first one, and nobody else may write to it. The
/// sticky bit does not help: it lets everybody add files.
#[cfg(unix)]
fn is_ours(found: &Metadata, first: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    found.uid() == first.uid() && found.mode() & 0o002 == 0
}

#[cfg(not(unix))]
fn is_ours(_: &Metadata, _: &Metadata) -> bool {
    true
}

const MARKS: [&str; 2] = ["Cargo.lock", ".git"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_lock_file_or_repository_above_is_the_root() {
        let directory = tempfile::tempdir().unwrap();
        let at = |path: &str| directory.path().join(path);
        let member = at("repository/rust/crates/member");
        fs::create_dir_all(&member).unwrap();
        assert_eq!(root(&member), member, "there is nothing to find");

        fs::create_dir(at("repository/.git")).unwrap();
        assert_eq!(root(&member), at("repository"));
        assert_eq!(root(&at("repository")), at("repository"));

        fs::write(at("repository/rust/Cargo.lock"), "").unwrap();
        for start in ["rust/crates/member", "rust/crates", "rust"] {
            let start = at("repository").join(start);
            assert_eq!(root(&start), at("repository/rust"));
        }
        assert_eq!(root(&at("missing")), at("missing"));
    }

    #[test]
    fn under_cargo_the_ring_is_at_the_root_of_this_workspace() {
        let expected = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.sealjar");
        let expected = expected.parent().unwrap().canonicalize().unwrap();
        assert_eq!(development_directory(), expected.join(".sealjar"));
    }

    /// The sticky bit of `/tmp` changes nothing.
    #[cfg(unix)]
    #[test]
    fn a_directory_that_everybody_may_write_to_ends_the_search() {
        use std::os::unix::fs::PermissionsExt;
        let directory = tempfile::tempdir().unwrap();
        let member = directory.path().join("workspace/member");
        fs::create_dir_all(&member).unwrap();
        fs::write(directory.path().join("Cargo.lock"), "planted").unwrap();
        for (mode, expected) in [
            (0o755, directory.path()),
            (0o775, directory.path()),
            (0o1777, &member),
            (0o777, &member),
        ] {
            fs::set_permissions(directory.path(), fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(root(&member), expected, "{mode:o}");
        }
        // A workspace below it is found.
        fs::write(directory.path().join("workspace/Cargo.lock"), "").unwrap();
        assert_eq!(root(&member), directory.path().join("workspace"));
    }

    /// Needs root, to change a directory's owner.
    #[cfg(unix)]
    #[test]
    fn a_directory_of_another_owner_ends_the_search() {
        let directory = tempfile::tempdir().unwrap();
        let member = directory.path().join("member");
        fs::create_dir(&member).unwrap();
        fs::write(directory.path().join("Cargo.lock"), "").unwrap();
        assert_eq!(root(&member), directory.path());
        if std::os::unix::fs::chown(directory.path(), Some(65_534), None).is_ok() {
            assert_eq!(root(&member), member);
        }
    }
}
