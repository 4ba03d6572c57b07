//! A Redis server for one benchmark alone.

use std::io;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use redis::{Client, Connection, FromRedisValue, InfoDict};

/// A `redis-server` on a free port of loopback, which ends with this value, or with this process if
/// that is killed.
#[expect(missing_debug_implementations, reason = "a connection has none")]
pub struct Redis {
    guard: Child,
    connection: Connection,
    port: u16,
    kept: Kept,
    directory: tempfile::TempDir,
}

/// What a Redis writes to disk.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kept {
    /// Every write, flushed once a second: `appendonly yes`.
    Log,
    /// Nothing.
    Nothing,
    /// A snapshot after a number of writes within a time, the default of the server and of Debian's
    /// package.
    Snapshots,
}

impl Redis {
    /// Starts a Redis and waits until it answers.
    ///
    /// # Errors
    /// Redis is not installed (with what to install), or does not answer.
    pub fn start(kept: Kept) -> io::Result<Self> {
        version()?;
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        Self::start_in(tempfile::tempdir()?, port, kept)
    }

    /// Kills the server with SIGKILL and starts it again over what it has written, on the same
    /// port.
    ///
    /// # Errors
    /// The server cannot be killed, or does not answer.
    pub fn kill_and_restart(mut self, pause: Duration) -> io::Result<Self> {
        let id: u32 = self.info("server", "process_id")?;
        let killed = Command::new("kill")
            .args(["-KILL", &id.to_string()])
            .status()?;
        if !killed.success() {
            return Err(io::Error::other(format!("{PROGRAM} cannot be killed")));
        }
        sleep(pause);
        let (port, kept) = (self.port, self.kept);
        let directory = std::mem::replace(&mut self.directory, tempfile::tempdir()?);
        drop(self);
        // The guard removes the directory if it is empty.
        std::fs::create_dir_all(&directory)?;
        Self::start_in(directory, port, kept)
    }

    /// Returns its port of loopback.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Asks how much CPU time the server has used, in user code and in the system.
    ///
    /// # Errors
    /// The server does not report it.
    pub fn cpu_time(&mut self) -> io::Result<Duration> {
        let user: f64 = self.info("cpu", "used_cpu_user")?;
        let system: f64 = self.info("cpu", "used_cpu_sys")?;
        Duration::try_from_secs_f64(user + system).map_err(io::Error::other)
    }

    /// Asks how much memory the server's data takes, in bytes.
    ///
    /// # Errors
    /// The server does not report it.
    pub fn used_memory(&mut self) -> io::Result<u64> {
        self.info("memory", "used_memory")
    }

    fn info<T: FromRedisValue>(&mut self, section: &str, name: &str) -> io::Result<T> {
        let info: InfoDict = redis::cmd("INFO")
            .arg(section)
            .query(&mut self.connection)
            .map_err(io::Error::other)?;
        info.get(name)
            .ok_or_else(|| io::Error::other(format!("{PROGRAM} does not say its {name}")))
    }

    fn start_in(directory: tempfile::TempDir, port: u16, kept: Kept) -> io::Result<Self> {
        let mut guard = Command::new("sh")
            .args(["-c", GUARD, "sh", PROGRAM])
            .args(["--bind", "127.0.0.1", "--port", &port.to_string()])
            .args(match kept {
                Kept::Log => &["--appendonly", "yes"][..],
                Kept::Nothing => &["--save", "", "--appendonly", "no"],
                Kept::Snapshots => &[],
            })
            .current_dir(&directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()?;
        match connect(port) {
            Ok(connection) => Ok(Self {
                guard,
                connection,
                port,
                kept,
                directory,
            }),
            Err(error) => {
                end(&mut guard);
                Err(error)
            }
        }
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        end(&mut self.guard);
    }
}

/// Asks which version of Redis is installed.
///
/// # Errors
/// Redis is not installed (with what to install).
pub fn version() -> io::Result<String> {
    version_of(PROGRAM)
}

fn version_of(program: &str) -> io::Result<String> {
    match Command::new(program).arg("--version").output() {
        Ok(output) => {
            let told = String::from_utf8_lossy(&output.stdout);
            let version = told.split(' ').find_map(|word| word.strip_prefix("v="));
            Ok(version.unwrap_or("of an unknown version").to_owned())
        }
        Err(error) => Err(io::Error::other(format!(
            "{program} does not start ({error}); install it, on Debian with `apt-get install {program}`"
        ))),
    }
}

/// Waits until the server answers, which takes some milliseconds.
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
/// Ends the server when standard input closes, which the kernel does even for a parent that was
/// killed, and then removes its directory if it is empty. Interrupts are left to the parent and the
/// server. SIGTERM would not do: a server that cannot write its snapshot does not end.
const GUARD: &str = r#"
trap '' INT
"$@" </dev/null &
read -r _
kill -KILL "$!" 2>/dev/null
rmdir "$PWD" 2>/dev/null
wait "$!" 2>/dev/null
"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_is_not_there_is_named_with_what_to_install() {
        let told = version_of("no-such-redis").map_err(|error| error.to_string());
        let told = told.expect_err("there is none");
        assert!(told.starts_with("no-such-redis does not start"), "{told}");
        assert!(told.contains("apt-get install no-such-redis"), "{told}");
        assert!(version_of("true").is_ok());
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
        assert_eq!(status.code(), Some(128 + 9), "the sleeper was killed");
        assert!(!directory.path().exists(), "nothing is left");
    }
}
