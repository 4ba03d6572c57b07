//! Where do the stores over Redis keep their sessions? In a Redis of this benchmark alone.

use std::io;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use redis::{Client, Connection, InfoDict};

/// A `redis-server` on a free port of loopback, which writes nothing to disk and ends with this value,
/// or with this process if that is killed.
pub(crate) struct Redis {
    guard: Child,
    connection: Connection,
    port: u16,
    _directory: tempfile::TempDir,
}

impl Redis {
    pub(crate) fn start() -> io::Result<Self> {
        find(PROGRAM)?;
        let directory = tempfile::tempdir()?;
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let mut guard = Command::new("sh")
            .args(["-c", GUARD, "sh", PROGRAM])
            .args(["--bind", "127.0.0.1", "--port", &port.to_string()])
            .args(["--save", "", "--appendonly", "no"])
            .current_dir(&directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()?;
        match connect(port) {
            Ok(connection) => Ok(Self {
                guard,
                connection,
                port,
                _directory: directory,
            }),
            Err(error) => {
                end(&mut guard);
                Err(error)
            }
        }
    }

    pub(crate) const fn port(&self) -> u16 {
        self.port
    }

    /// Asks how much CPU time the server has used, in user code and in the system.
    pub(crate) fn cpu_time(&mut self) -> io::Result<Duration> {
        let info = self.info("cpu")?;
        let seconds = |name| info.get(name).unwrap_or(f64::NAN);
        let used: f64 = seconds("used_cpu_user") + seconds("used_cpu_sys");
        Duration::try_from_secs_f64(used).map_err(io::Error::other)
    }

    /// Asks how many bytes of memory the server has allocated.
    pub(crate) fn memory(&mut self) -> io::Result<usize> {
        let used = self.info("memory")?.get("used_memory");
        used.ok_or_else(|| io::Error::other("Redis does not tell its used_memory"))
    }

    fn info(&mut self, section: &str) -> io::Result<InfoDict> {
        let info = redis::cmd("INFO").arg(section).query(&mut self.connection);
        info.map_err(io::Error::other)
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        end(&mut self.guard);
    }
}

/// Checks that a program is there, and says what to install if not.
fn find(program: &str) -> io::Result<()> {
    let mut version = Command::new(program);
    match version.arg("--version").stdout(Stdio::null()).status() {
        Ok(_) => Ok(()),
        Err(error) => Err(io::Error::other(format!(
            "{program} does not start ({error}); install it, on Debian with `apt-get install {program}`"
        ))),
    }
}

/// Waits for the server to answer, which takes it some milliseconds.
fn connect(port: u16) -> io::Result<Connection> {
    let client = Client::open(format!("redis://127.0.0.1:{port}/")).map_err(io::Error::other)?;
    let started = Instant::now();
    loop {
        match client.get_connection() {
            Ok(connection) => return Ok(connection),
            Err(error) if started.elapsed() > PATIENCE => {
                return Err(io::Error::other(format!(
                    "{PROGRAM} does not answer: {error}"
                )));
            }
            Err(_) => sleep(Duration::from_millis(10)),
        }
    }
}

/// Closes the guard's standard input, and waits until the server has ended.
fn end(guard: &mut Child) {
    guard.stdin = None;
    _ = guard.wait();
}

const PROGRAM: &str = "redis-server";
const PATIENCE: Duration = Duration::from_secs(5);
/// Ends the server and takes its empty directory away when standard input closes, which the kernel does
/// even for a parent that was killed. Interrupts are left to the parent and the server.
const GUARD: &str = r#"
trap '' INT
"$@" </dev/null &
read -r _
kill "$!" 2>/dev/null
rmdir "$PWD"
wait "$!"
"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_is_not_there_is_named_with_what_to_install() {
        let told = find("no-such-redis").map_err(|error| error.to_string());
        let told = told.expect_err("there is none");
        assert!(told.starts_with("no-such-redis does not start"), "{told}");
        assert!(told.contains("apt-get install no-such-redis"), "{told}");
        assert!(find("true").is_ok());
    }

    #[test]
    fn the_server_ends_when_whoever_started_it_is_gone() {
        let directory = tempfile::tempdir().expect("a directory");
        let mut guard = Command::new("sh")
            .args(["-c", GUARD, "sh", "sleep", "600"])
            .current_dir(&directory)
            .stdin(Stdio::piped())
            .spawn()
            .expect("a shell");
        end(&mut guard);
        let status = guard.wait().expect("it has ended");
        assert_eq!(status.code(), Some(128 + 15), "the sleeper was killed");
        assert!(!directory.path().exists(), "nothing is left");
    }
}
