//! Does the command line answer as the files in `tests/cmd` say? Their names are what is promised.
//!
//! `TRYCMD=overwrite cargo test -p sealjar-cli --test cli golden` writes what it answers now; look
//! at the difference before you keep it.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

#[test]
fn the_command_line_answers_as_the_golden_files_say() {
    close(Path::new("tests/cmd/given"));
    trycmd::TestCases::new()
        .case("tests/cmd/*.toml")
        .case("tests/cmd/*.trycmd");
}

/// Git keeps no modes: a ring that everyone may read is warned of, and a store that others may
/// write is refused.
fn close(directory: &Path) {
    fs::set_permissions(directory, Permissions::from_mode(0o700)).unwrap();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            close(&path);
        } else {
            fs::set_permissions(path, Permissions::from_mode(0o600)).unwrap();
        }
    }
}
