//! Ends what a killed test has started.
//!
//! A shell reads from this process which groups of processes run. When there is nothing more to
//! read, this process has ended, in whatever way, and the shell kills those that it read last.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::{LazyLock, Mutex, PoisonError};

/// Starts a process in a group of its own, with all that it starts. The group ends with the tests.
///
/// # Errors
/// If the process cannot be started.
pub fn spawn(command: &mut Command) -> io::Result<Child> {
    let child = command.process_group(0).spawn()?;
    tell(|groups| _ = groups.insert(child.id()));
    Ok(child)
}

/// Kills what a process has started and left behind. The process itself was waited for.
pub fn end(child: &Child) {
    let mut kill = kill(&format!("-{}", child.id()));
    _ = kill.stderr(Stdio::null()).status();
    tell(|groups| _ = groups.remove(&child.id()));
}

fn kill(group: &str) -> Command {
    let mut kill = Command::new("kill");
    kill.args(["-s", "KILL", "--", group]);
    kill
}

fn tell(change: impl FnOnce(&mut BTreeSet<u32>)) {
    static GUARD: LazyLock<Mutex<Guard>> = LazyLock::new(|| Mutex::new(Guard::start()));
    let mut guard = GUARD.lock().unwrap_or_else(PoisonError::into_inner);
    change(&mut guard.groups);
    let groups: Vec<_> = guard.groups.iter().map(|it| format!("-{it}")).collect();
    let shell = guard.shell.stdin.as_mut().unwrap();
    writeln!(shell, "{}", groups.join(" ")).unwrap();
}

struct Guard {
    groups: BTreeSet<u32>,
    shell: Child,
}

impl Guard {
    fn start() -> Self {
        let mut shell = Command::new("sh");
        shell.args(["-c", SCRIPT]).stdin(Stdio::piped());
        // No Ctrl-C reaches it.
        shell.process_group(0);
        Self {
            groups: BTreeSet::new(),
            shell: shell.spawn().unwrap(),
        }
    }
}

const SCRIPT: &str = r#"while read -r line; do groups=$line; done
[ -z "$groups" ] || kill -s KILL -- $groups 2>/dev/null"#;

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader};
    use std::time::{Duration, Instant};

    use super::*;

    #[test]
    fn what_a_killed_test_has_started_ends() {
        let mut killed = Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "guard::tests::is_killed"])
            .arg("--nocapture")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(killed.stdout.take().unwrap()).lines();
        let started = lines.map_while(Result::ok).find_map(|line| {
            let (_, started) = line.split_once("started ")?;
            Some(started.split(' ').map(String::from).collect::<Vec<_>>())
        });
        let started = started.unwrap();
        assert!(started.iter().all(|it| runs(it)), "{started:?}");
        killed.kill().unwrap();
        killed.wait().unwrap();
        let patience = Instant::now() + Duration::from_secs(60);
        while started.iter().any(|it| runs(it)) {
            assert!(Instant::now() < patience, "{started:?} go on");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    #[test]
    #[ignore = "another test runs it, and kills it"]
    fn is_killed() {
        let mut program = Command::new("sh");
        program.args(["-c", "sleep 600 & echo started $! $$; sleep 600"]);
        let mut program = spawn(&mut program).unwrap();
        program.wait().unwrap();
    }

    /// Whether a process runs. One that has ended and was not reaped has no command line.
    fn runs(process: &str) -> bool {
        let line = std::fs::read(format!("/proc/{process}/cmdline"));
        line.is_ok_and(|line| !line.is_empty())
    }
}
