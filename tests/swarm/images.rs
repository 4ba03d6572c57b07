//! How does a program of this workspace become an image, where no registry can be reached?

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use sealjar_tests::programs::{self, Program};

use crate::engine::{Engine, HOME};

/// An image, and the program in it.
pub(crate) struct Image {
    pub(crate) name: &'static str,
    program: Program,
    /// Whether it is the build whose session type has one more field.
    grown: bool,
    /// What is set beside the libraries and the user, as a Dockerfile has it.
    settings: &'static [&'static str],
}

/// The app, with its sessions in cookies.
pub(crate) const APP: Image = Image {
    name: "app:1",
    program: Program::AxumSsr,
    grown: false,
    settings: &[ENTER_APP, HEALTH],
};

/// The app's next release: its session type has one more field.
pub(crate) const NEXT_APP: Image = Image {
    name: "app:2",
    grown: true,
    ..APP
};

/// The same pages, with sessions in the memory of each replica.
pub(crate) const IN_MEMORY: Image = Image {
    name: "in-memory:1",
    program: Program::Replicas,
    grown: false,
    settings: &[ENTER_IN_MEMORY],
};

/// The keeper.
pub(crate) const KEEPER: Image = Image {
    name: "keeper:1",
    program: Program::Sealjar,
    grown: false,
    settings: &[r#"ENTRYPOINT ["/sealjar"]"#, r#"CMD ["run"]"#],
};

/// Builds the programs and lays them where `import_all` finds them.
pub(crate) fn build_programs() {
    fs::create_dir_all(PROGRAMS).unwrap();
    let grown = &["--features", "axum-ssr/wishlist"];
    lay_down(&programs::built(&[NEXT_APP.program], grown), true);
    // These come to stand where the one before stood.
    lay_down(&programs::built(&Program::ALL, &[]), false);
}

fn lay_down(built: &HashMap<String, PathBuf>, grown: bool) {
    for image in ALL.iter().filter(|image| image.grown == grown) {
        let program = &built[image.program.name()];
        // Eighty megabytes of a debug build are symbols.
        run(Command::new("strip")
            .arg("-o")
            .arg(image.place())
            .arg(program));
    }
}

pub(crate) fn import_all(engine: &Engine) {
    for image in ALL {
        image.import(engine);
    }
}

impl Image {
    /// Imports the program and the libraries that it names as an image of one layer.
    fn import(&self, engine: &Engine) {
        let root = tempfile::tempdir_in(HOME).unwrap();
        let copy = |from: &Path, to: &Path| {
            let to = root.path().join(to.strip_prefix("/").unwrap());
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::copy(from, to).unwrap();
        };
        let program = self.place();
        copy(&program, Path::new(&format!("/{}", self.program.name())));
        for library in libraries(&program) {
            copy(&library, &library);
        }
        let archive = root.path().with_extension("tar");
        run(Command::new("tar")
            .arg("-cf")
            .arg(&archive)
            .arg("-C")
            .arg(root.path())
            .arg("."));
        let archive = archive.to_str().unwrap();
        let settings = self.settings.iter().chain(&["USER 1000:1000"]);
        let settings = settings.flat_map(|it| ["--change", it]);
        let import: Vec<_> = ["import"].into_iter().chain(settings).collect();
        engine.docker(&[&import[..], &[archive, self.name]].concat());
        fs::remove_file(archive).unwrap();
    }

    /// Where the program lies, outside of any container.
    pub(crate) fn place(&self) -> PathBuf {
        Path::new(PROGRAMS).join(self.name)
    }
}

/// Asks the loader where the libraries of a program are, and which loader it is.
fn libraries(program: &Path) -> Vec<PathBuf> {
    let named = run(Command::new("ldd").arg(program));
    let paths = named
        .split_whitespace()
        .filter(|word| word.starts_with('/'));
    paths.map(PathBuf::from).collect()
}

fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

const ALL: [Image; 4] = [APP, NEXT_APP, IN_MEMORY, KEEPER];

/// Where programs are laid that are to be imported.
const PROGRAMS: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/swarm");

const ENTER_APP: &str = r#"ENTRYPOINT ["/axum-ssr"]"#;
const ENTER_IN_MEMORY: &str = r#"ENTRYPOINT ["/replicas", "replica", "--way", "memory", "--name", "in-memory", "--listen", "0.0.0.0:3000"]"#;

/// Two cores start three replicas at once, so they may take their time.
const HEALTH: &str = r#"HEALTHCHECK --interval=500ms --timeout=5s --start-period=10s --retries=3 CMD ["/axum-ssr", "--health"]"#;
