//! Where are the files and the pages that people copy from, and what do tools say of them?

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use sealjar_tests::programs::Program;
use serde_json::Value;
use tempfile::TempDir;

/// The top of the repository.
pub(crate) fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// A tool that `just homes` has brought.
pub(crate) fn tool(name: &str) -> Command {
    let path = root().join("target/tools/bin").join(name);
    assert!(
        path.exists(),
        "{} is missing: run `just homes`, which brings it",
        path.display()
    );
    Command::new(path)
}

/// Returns the documents of a YAML file as JSON.
pub(crate) fn yaml(text: &[u8]) -> Vec<Value> {
    const READ: &str =
        "import json, sys, yaml; print(json.dumps(list(yaml.safe_load_all(sys.stdin))))";
    let mut python = tool("python");
    let read = fed(python.args(["-c", READ]), text);
    serde_json::from_slice(&stdout(read)).unwrap()
}

/// Runs a command with this on its standard input.
pub(crate) fn fed(command: &mut Command, input: &[u8]) -> Output {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), input).unwrap();
    command.stdin(file.reopen().unwrap()).output().unwrap()
}

pub(crate) fn stdout(output: Output) -> Vec<u8> {
    assert!(output.status.success(), "{output:?}");
    output.stdout
}

/// Returns the first block of shell below a heading of a page in `docs/`.
pub(crate) fn block(page: &str, heading: &str) -> String {
    let text = std::fs::read_to_string(root().join("docs").join(page)).unwrap();
    let (_, below) = text.split_once(&format!("\n## {heading}\n")).unwrap();
    let (_, block) = below.split_once("```sh\n").unwrap();
    block.split_once("```").unwrap().0.to_owned()
}

/// A program of the workspace, where every user may look.
pub(crate) fn program(program: Program) -> PathBuf {
    static PLACE: OnceLock<TempDir> = OnceLock::new();
    let place = PLACE.get_or_init(|| {
        let place = tempfile::tempdir().unwrap();
        std::fs::set_permissions(place.path(), Permissions::from_mode(0o755)).unwrap();
        for it in [Program::Sealjar, Program::AxumSsr] {
            std::fs::copy(it.path(), place.path().join(it.name())).unwrap();
        }
        place
    });
    place.path().join(program.name())
}

/// A path among the examples.
pub(crate) fn example(path: &str) -> PathBuf {
    root().join("examples").join(path)
}
