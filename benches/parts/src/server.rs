//! Serves an application in a child process, which reports its CPU time and ends with its parent.

use std::io::{self, BufRead, BufReader, Write, stdin, stdout};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use cpu_time::ProcessTime;

/// A child process of this program, and the pipes to it. It is killed when this is dropped, and
/// ends by itself when its standard input closes, which the kernel does even for a parent that was
/// killed.
#[derive(Debug)]
pub struct Server {
    child: Child,
    ask: ChildStdin,
    answers: Receiver<String>,
    address: SocketAddr,
}

impl Server {
    /// Starts this program again as `serve ORDER`, and waits until it serves.
    ///
    /// # Errors
    /// The child does not start, or does not report its address in time.
    pub fn start(order: &str) -> io::Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(["serve", order])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let pipes = child.stdin.take().zip(child.stdout.take());
        let (ask, output) = pipes.ok_or(io::ErrorKind::BrokenPipe)?;
        let (say, answers) = channel();
        std::thread::spawn(move || {
            let lines = BufReader::new(output).lines();
            lines
                .map_while(Result::ok)
                .try_for_each(|line| say.send(line))
        });
        let mut server = Self {
            child,
            ask,
            answers,
            address: (Ipv4Addr::LOCALHOST, 0).into(),
        };
        let port = u16::try_from(server.number()?).map_err(io::Error::other)?;
        server.address.set_port(port);
        Ok(server)
    }

    /// Returns its address.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns how much CPU time the process has used, in user code and in the system.
    ///
    /// # Errors
    /// The child does not report it in time.
    pub fn cpu_time(&mut self) -> io::Result<Duration> {
        self.ask.write_all(b"\n")?;
        Ok(Duration::from_nanos(self.number()?))
    }

    /// Returns how much memory of the process is resident, in bytes, as Linux counts it.
    ///
    /// # Errors
    /// `/proc` does not show it.
    pub fn resident(&self) -> io::Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok());
        kib.map(|kib| kib * 1024)
            .ok_or_else(|| io::Error::other("/proc does not say what is resident"))
    }

    fn number(&mut self) -> io::Result<u64> {
        match self.answers.recv_timeout(PATIENCE) {
            Ok(line) => line.trim().parse().map_err(io::Error::other),
            Err(_) => Err(io::Error::other(
                "the server has ended or does not answer; if it said why, that is above",
            )),
        }
    }
}

impl Drop for Server {
    /// SIGKILL: the child has nothing to clean up.
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

/// Begins a server child: it then answers each line of its standard input with its CPU time so far
/// in nanoseconds, and ends when standard input closes. Returns the listener to serve on.
///
/// # Errors
/// No port of loopback is free.
pub fn begin() -> io::Result<TcpListener> {
    std::thread::spawn(|| {
        for _ in stdin().lock().lines().map_while(Result::ok) {
            let used = ProcessTime::now().as_duration().as_nanos();
            println!("{used}");
        }
        std::process::exit(0);
    });
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
}

/// Tells the parent where the child listens.
///
/// # Errors
/// The parent does not read it.
pub fn announce(listener: &TcpListener) -> io::Result<()> {
    let mut output = stdout();
    writeln!(output, "{}", listener.local_addr()?.port())?;
    output.flush()
}

const PATIENCE: Duration = Duration::from_secs(20);
