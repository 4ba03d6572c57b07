//! Counts the instructions of a piece of work: two runs under valgrind, and the difference between
//! them. Start, warm-up and end are the same in both.

use std::process::Command;

use super::work::{FEW, MANY};

/// Returns the instructions of one repetition, and the features of the processor that counted them.
pub(super) fn count(work: &str) -> Result<(u32, String), String> {
    let (few, _) = run(work, FEW)?;
    let (many, features) = run(work, MANY)?;
    let one = many.saturating_sub(few) / u64::from(MANY - FEW);
    let one = u32::try_from(one).map_err(|_| format!("{work} takes {one} instructions"))?;
    Ok((one, features))
}

/// Returns how many instructions a whole process takes, and what it has printed.
fn run(work: &str, times: u32) -> Result<(u64, String), String> {
    let this = std::env::current_exe().map_err(|error| error.to_string())?;
    let output = Command::new(VALGRIND)
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(this)
        .args(["repeat", work, &times.to_string()])
        .output()
        .map_err(|error| {
            format!(
                "{VALGRIND} does not start ({error}); install it, on Debian with \
                 `apt-get install {VALGRIND}`"
            )
        })?;
    let told = String::from_utf8_lossy(&output.stderr);
    let collected = collected(&told).filter(|_| output.status.success());
    let collected = collected.ok_or_else(|| format!("{work} was not counted:\n{told}"))?;
    Ok((
        collected,
        String::from_utf8_lossy(&output.stdout).trim().to_owned(),
    ))
}

/// Reads the total from valgrind's last lines.
fn collected(told: &str) -> Option<u64> {
    let sum = told
        .lines()
        .find_map(|line| line.split_once("Collected : "));
    sum?.1.trim().parse().ok()
}

const VALGRIND: &str = "valgrind";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_is_read_off_what_valgrind_says() {
        let told = "==7== Events    : Ir\n==7== Collected : 109320780\n==7== \n";
        assert_eq!(collected(told), Some(109_320_780));
        assert_eq!(collected("==7== Events    : Ir\n"), None);
        assert_eq!(collected("==7== Collected : many\n"), None);
    }
}
