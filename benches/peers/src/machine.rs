//! The machine and the build of a run.

use std::fs::read_to_string;
use std::process::Command;

use sealjar::Timestamp;
use sealjar_bench_parts::redis;
use serde::Serialize;

/// What one must know to compare two runs.
#[derive(Debug, Serialize)]
pub(crate) struct Machine {
    cores: usize,
    processor: String,
    kernel: String,
    compiler: String,
    /// The directory of this program, which is named after the profile.
    profile: String,
    features: &'static str,
    /// Programs that ran or waited in the minute before the race began.
    load: String,
    frameworks: Vec<String>,
    redis: Option<String>,
    date: String,
}

impl Machine {
    pub(crate) fn here() -> Self {
        let info = read_to_string("/proc/cpuinfo").unwrap_or_default();
        let model = info
            .lines()
            .find_map(|line| line.strip_prefix("model name"));
        let model = model.map(|line| line.trim_start_matches([' ', '\t', ':']).to_owned());
        let kernel = read_to_string("/proc/sys/kernel/osrelease").ok();
        let load = read_to_string("/proc/loadavg").ok();
        let rustc = Command::new("rustc").arg("--version").output().ok();
        let compiler = rustc.and_then(|output| String::from_utf8(output.stdout).ok());
        let known =
            |text: Option<String>| text.map_or_else(|| UNKNOWN.into(), |it| it.trim().into());
        Self {
            cores: std::thread::available_parallelism().map_or(0, usize::from),
            processor: known(model),
            kernel: known(kernel),
            compiler: known(compiler),
            profile: known(profile()),
            features: FEATURES,
            load: known(load.and_then(|it| Some(it.split_once(' ')?.0.to_owned()))),
            frameworks: with_versions(&["axum", "actix-web"]),
            redis: redis::version().ok(),
            date: known(Timestamp::now().ok().map(|now| now.to_string())),
        }
    }

    pub(crate) fn sentence(&self) -> String {
        let redis = self.redis.as_ref();
        let redis = redis.map_or_else(String::new, |version| format!(", redis-server {version}"));
        format!(
            "{}, {} cores, load average {} when it began, Linux {}, {}, profile {}, {}, {}{redis}; {}",
            self.processor,
            self.cores,
            self.load,
            self.kernel,
            self.compiler,
            self.profile,
            self.features,
            self.frameworks.join(", "),
            self.date
        )
    }
}

/// Returns crates with the versions in the lock file.
pub(crate) fn with_versions(crates: &[&str]) -> Vec<String> {
    let lock: toml::Table = LOCK.parse().unwrap_or_default();
    let packages = lock.get("package").and_then(|it| it.as_array());
    let field = |package: &toml::Value, name| Some(package.get(name)?.as_str()?.to_owned());
    let version = |name: &str, asked_for: &str| {
        let named = packages?
            .iter()
            .filter(|it| field(it, "name").as_deref() == Some(name));
        let mut versions = named.filter_map(|it| field(it, "version"));
        let version = versions.find(|it| it.starts_with(asked_for))?;
        // If the name is ambiguous, no version is given.
        versions
            .all(|it| !it.starts_with(asked_for))
            .then_some(version)
    };
    let told = |named: &&str| {
        let (name, asked_for) = named.split_once(' ').unwrap_or((named, ""));
        let version = version(name, asked_for);
        format!("{name} {}", version.as_deref().unwrap_or(UNKNOWN))
    };
    crates.iter().map(told).collect()
}

fn profile() -> Option<String> {
    let program = std::env::current_exe().ok()?;
    Some(program.parent()?.file_name()?.to_str()?.to_owned())
}

/// The features in this package's manifest.
const FEATURES: &str = "sealjar's default features";
const LOCK: &str = include_str!("../../../Cargo.lock");
const UNKNOWN: &str = "unknown";

#[cfg(test)]
mod tests {
    use clap::ValueEnum;

    use super::*;
    use crate::contenders::Contender;

    #[test]
    fn each_named_crate_is_in_the_lock_file_once_in_the_version_asked_for() {
        let named = Contender::value_variants().iter();
        let named = named.flat_map(|it| it.facts().crates.iter().copied());
        for name in named.chain(["axum", "actix-web"]) {
            let told = with_versions(&[name]).remove(0);
            assert!(told.ends_with(|it: char| it.is_ascii_digit()), "{told}");
        }
        let unknown = with_versions(&["no-such", "tower-sessions"]);
        assert_eq!(unknown, ["no-such unknown", "tower-sessions unknown"]);
    }
}
