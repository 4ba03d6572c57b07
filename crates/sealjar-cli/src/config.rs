//! What holds when a flag, the environment, a file and the ring each say something?
//!
//! Flags win over the environment, that over the file, that over the ring. The first two are
//! clap's.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use sealjar_keeper::export::{ExportError, ExportFile};
use sealjar_keeper::policy::PolicySettings;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use crate::address::StoreAddress;
use crate::flags::{CommonFlags, ExportFlags, SwarmFlags};
use crate::output::exit::{CommandError, Exit};

/// What a command on a store goes by.
#[derive(Debug)]
pub(crate) struct Config {
    pub(crate) store: StoreAddress,
    pub(crate) listen: Option<SocketAddr>,
    /// Where replicas that follow the ring are answered.
    pub(crate) serve: Option<SocketAddr>,
    pub(crate) speaker_keys: Vec<PathBuf>,
    pub(crate) policy: PolicySettings,
    pub(crate) swarm: Swarm,
    /// The applications that use the ring.
    pub(crate) apps: Vec<String>,
    /// What is delivered beside the ring.
    pub(crate) exports: Vec<ExportFile>,
    pub(crate) json: bool,
}

/// What a store in a swarm goes by.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Swarm {
    pub(crate) services: Vec<String>,
    pub(crate) kek: Vec<PathBuf>,
}

impl Config {
    pub(crate) fn gather(
        place: CommonFlags,
        policy: impl Into<PolicySettings>,
        swarm: SwarmFlags,
    ) -> Result<Self, CommandError> {
        let file = place.config.as_deref().map(read).transpose()?;
        let File {
            store,
            listen,
            serve,
            speaker_keys,
            policy: written,
            apps,
            exports,
            swarm: Swarm { services, kek },
        } = file.unwrap_or_default();
        let store = place.store.or(store).ok_or_else(|| {
            CommandError::new(Exit::Usage, "usage", "no store is named").hint(
                "add --store file:PATH or --store swarm:RING, set SEALJAR_STORE, or write `store` in the \
                 configuration",
            )
        })?;
        Ok(Self {
            store,
            listen,
            serve,
            speaker_keys,
            policy: policy.into().or(written),
            swarm: Swarm {
                services: given_or(swarm.services, services),
                kek: given_or(swarm.kek, kek),
            },
            apps,
            exports: exports.into_iter().map(|Written(export)| export).collect(),
            json: place.json,
        })
    }

    /// Takes the exports that were given, if any were.
    pub(crate) fn deliver(self, flags: ExportFlags) -> Self {
        Self {
            exports: given_or(flags.exports, self.exports),
            ..self
        }
    }
}

/// Returns the address that the configuration file gives the keeper, for commands without a store.
pub(crate) fn listen(place: &CommonFlags) -> Result<Option<SocketAddr>, CommandError> {
    let file = place.config.as_deref().map(read).transpose()?;
    Ok(file.and_then(|file| file.listen))
}

/// What a configuration file says.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
struct File {
    store: Option<StoreAddress>,
    listen: Option<SocketAddr>,
    serve: Option<SocketAddr>,
    speaker_keys: Vec<PathBuf>,
    apps: Vec<String>,
    exports: Vec<Written>,
    policy: PolicySettings,
    swarm: Swarm,
}

/// An export, as it is written in a configuration file.
#[derive(Debug)]
struct Written(ExportFile);

impl<'de> Deserialize<'de> for Written {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let export = text
            .parse()
            .map_err(|error: ExportError| D::Error::custom(format!("{error}: {}", error.hint())));
        export.map(Self)
    }
}

fn given_or<T>(given: Vec<T>, written: Vec<T>) -> Vec<T> {
    if given.is_empty() { written } else { given }
}

fn read(path: &Path) -> Result<File, CommandError> {
    let failed = |reason: String| {
        let message = format!("{}: {reason}", path.display());
        CommandError::new(Exit::Usage, "usage", message)
    };
    let text = fs::read_to_string(path).map_err(|error| {
        failed(error.to_string()).hint("check the path in --config or SEALJAR_CONFIG")
    })?;
    toml::from_str(&text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        failed(place_and_reason(&text, at, error.message())).hint(
            "it may hold `store`, `listen`, `serve`, `speaker-keys`, `apps`, `exports`, under [policy] `rotate-every`, `distribution`, `skew`, \
             `token-lifetime`, `revocation-horizon` and `suite`, and under [swarm] `services` and `kek`",
        )
    })
}

/// Says where a file is wrong, and how, and repeats nothing of it but names that a configuration
/// has: another file may have been named by mistake, with secrets in it.
fn place_and_reason(text: &str, at: usize, message: &str) -> String {
    let before = text.get(..at).unwrap_or_default();
    let number = before.matches('\n').count() + 1;
    let line = text.lines().nth(number - 1).unwrap_or_default();
    let name = line.split('=').next().unwrap_or_default().trim();
    let name = if NAMES.contains(&name) {
        format!(", `{name}`")
    } else {
        String::new()
    };
    let message = message.trim_end();
    let reason = if let Some(unknown) = message.strip_prefix("unknown field `") {
        match unknown.split('`').next() {
            Some(name) if is_plain(name) => format!("unknown field `{name}`"),
            _ => "unknown field".into(),
        }
    } else if ["invalid type: ", "invalid value: ", "invalid length "]
        .iter()
        .any(|it| message.starts_with(it))
        && let Some((_, expected)) = message.rsplit_once(", expected ")
    {
        // The value is before it.
        format!("it is not {expected}")
    } else {
        message.into()
    };
    format!("line {number}{name}: {reason}")
}

/// Whether a name that is not known may be repeated. A misspelt name looks like this, and a secret
/// does not.
fn is_plain(name: &str) -> bool {
    (1..=24).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || b"-_".contains(&byte))
}

/// Every name that a configuration file may hold.
const NAMES: [&str; 14] = [
    "store",
    "listen",
    "serve",
    "speaker-keys",
    "apps",
    "exports",
    "rotate-every",
    "distribution",
    "skew",
    "token-lifetime",
    "revocation-horizon",
    "suite",
    "services",
    "kek",
];
