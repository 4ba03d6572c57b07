//! May others write to the ring's file or replace it, and has it lost its name?

use std::fs;
#[cfg(unix)]
use std::path::Path;
use std::sync::atomic::AtomicBool;
#[cfg(unix)]
use std::sync::atomic::Ordering;

#[cfg(unix)]
use crate::directory::directory_of;
use crate::error::SourceError;
use crate::file::FileSource;
#[cfg(unix)]
use crate::file::SECRETS;
use crate::readiness::Concern;
#[cfg(unix)]
use crate::source::RingSource as _;

impl FileSource {
    #[cfg(unix)]
    pub(super) fn judge_mode(&self, metadata: &fs::Metadata) -> Result<(), SourceError> {
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
    pub(super) fn judge_mode(&self, _: &fs::Metadata) -> Result<(), SourceError> {
        Ok(())
    }

    /// Records whether the open file is cut off from its replacements, and warns when that begins.
    #[cfg(unix)]
    pub(super) fn judge_name(&self, opened: &fs::Metadata) {
        use std::os::unix::fs::MetadataExt;
        // A file that was replaced just now has no name either, but its path leads to another file.
        let is_cut_off =
            opened.nlink() == 0 && fs::metadata(&self.path).is_ok_and(|it| it.nlink() == 0);
        self.note(Concern::CutOff, is_cut_off);
    }

    #[cfg(not(unix))]
    pub(super) fn judge_name(&self, _: &fs::Metadata) {}

    /// Records whether every user can replace the file: in the directory of its path, or in that of
    /// the file to which its path leads.
    #[cfg(unix)]
    pub(super) fn judge_directories(&self) {
        let leads_to = fs::canonicalize(&self.path);
        let paths = [Some(self.path.as_path()), leads_to.as_deref().ok()];
        let mut directories = paths.into_iter().flatten().map(directory_of);
        let is_replaceable =
            !self.path.starts_with(SECRETS) && directories.any(lets_everybody_replace);
        self.note(Concern::Replaceable, is_replaceable);
    }

    #[cfg(not(unix))]
    pub(super) fn judge_directories(&self) {}

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

    pub(super) fn state_of(&self, concern: Concern) -> &AtomicBool {
        match concern {
            Concern::CutOff => &self.is_cut_off,
            // A file gives rise to no other.
            Concern::KeeperSilent | Concern::Replaceable => &self.is_replaceable,
        }
    }
}

/// Whether every user can replace a file in a directory.
#[cfg(unix)]
fn lets_everybody_replace(directory: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    const WRITE: u32 = 0o002;
    const STICKY: u32 = 0o1000;
    let mode = fs::metadata(directory).map(|it| it.permissions().mode());
    mode.is_ok_and(|mode| mode & WRITE != 0 && mode & STICKY == 0)
}
