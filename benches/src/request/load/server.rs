//! How is an application served to be measured? By a child process, which says what it has used.

use std::io::{self, BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use super::browser::Browser;
use super::redis::Redis;
use crate::measure::nanos;
use crate::request::apps::App;
use crate::request::framework::Framework;
use crate::request::{LOGIN, NAME, READ, Variant, WRITE, WRITES};

/// A child process and the pipes to it. It ends when its standard input closes.
pub(crate) struct Server {
    child: Child,
    ask: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    port: u16,
    browsers: Vec<Browser>,
}

impl Server {
    pub(crate) fn start(app: App) -> io::Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(["serve", &serde_json::to_string(&app)?])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let ask = child.stdin.take();
        let answers = BufReader::new(child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?);
        let mut server = Self {
            child,
            ask,
            answers,
            port: 0,
            browsers: Vec::new(),
        };
        let port = server.number()?;
        server.port = u16::try_from(port).map_err(io::Error::other)?;
        for _ in 0..CONNECTIONS {
            server.browsers.push(Browser::log_in(server.port)?);
        }
        Ok(server)
    }

    /// Checks that the application answers with the user's name and that every write counts.
    pub(crate) fn check<F: Framework>(&mut self, variant: Variant<F>) -> io::Result<()> {
        let mut ask = |path| {
            let answer = self.browsers[0].ask(path)?;
            assert!(path == WRITES || answer == NAME, "{}", variant.name);
            io::Result::Ok(answer)
        };
        ask(variant.path)?;
        if variant.app.has_sessions() {
            let number = |text: String| text.parse::<u32>().map_err(io::Error::other);
            let before = number(ask(WRITES)?)?;
            ask(variant.path)?;
            ask(variant.path)?;
            let expected = if variant.path == WRITE { 2 } else { 0 };
            let after = number(ask(WRITES)?)?;
            assert_eq!(after - before, expected, "{}", variant.name);
        }
        Ok(())
    }

    /// Sends so many requests over each of a few connections, and returns the server's CPU time for
    /// each in nanoseconds, and that of Redis.
    pub(crate) fn round(
        &mut self,
        path: &'static str,
        requests: u32,
        mut redis: Option<&mut Redis>,
    ) -> io::Result<(f64, Option<f64>)> {
        for browser in &mut self.browsers {
            browser.return_to(self.port)?;
            browser.ask(path)?;
        }
        let each = requests / CONNECTIONS;
        let redis_before = redis.as_deref_mut().map(Redis::cpu_time).transpose()?;
        let before = self.cpu_time()?;
        self.at_once(each, |browser| browser.ask(path))?;
        let used = self.cpu_time()? - before;
        let redis_after = redis.map(Redis::cpu_time).transpose()?;
        let redis_used = redis_after
            .zip(redis_before)
            .map(|(after, before)| after - before);
        let one = |used: Duration| nanos(used) / f64::from(each * CONNECTIONS);
        Ok((one(used), redis_used.map(one)))
    }

    /// Begins so many sessions, one after the other over each of a few connections, and reads each once.
    pub(crate) fn visit(&mut self, sessions: u32) -> io::Result<()> {
        for browser in &mut self.browsers {
            browser.return_to(self.port)?;
        }
        self.at_once(sessions / CONNECTIONS, |browser| {
            browser.forget();
            browser.ask(LOGIN)?;
            browser.ask(READ)
        })
    }

    /// Returns the first of the browsers.
    pub(crate) fn browser(&mut self) -> &mut Browser {
        &mut self.browsers[0]
    }

    /// Returns how many bytes of memory the process has, as the kernel counts what is resident.
    pub(crate) fn resident(&self) -> io::Result<usize> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<usize>().ok());
        let kib =
            kib.ok_or_else(|| io::Error::other("the kernel does not tell the VmRSS of a process"))?;
        Ok(kib * 1024)
    }

    /// Does something so many times over each connection, over all of them at the same time.
    fn at_once(
        &mut self,
        times: u32,
        ask: impl Fn(&mut Browser) -> io::Result<String> + Sync,
    ) -> io::Result<()> {
        std::thread::scope(|scope| {
            let browsers = self.browsers.iter_mut();
            let threads: Vec<_> = browsers
                .map(|browser| scope.spawn(|| (0..times).try_for_each(|_| ask(browser).map(drop))))
                .collect();
            threads
                .into_iter()
                .try_for_each(|thread| thread.join().unwrap_or(Err(io::ErrorKind::Other.into())))
        })
    }

    fn cpu_time(&mut self) -> io::Result<Duration> {
        self.ask
            .as_mut()
            .ok_or(io::ErrorKind::BrokenPipe)?
            .write_all(b"\n")?;
        Ok(Duration::from_nanos(self.number()?))
    }

    fn number(&mut self) -> io::Result<u64> {
        let mut line = String::new();
        if self.answers.read_line(&mut line)? == 0 {
            return Err(io::Error::other("the server ended, and said why above"));
        }
        line.trim().parse().map_err(io::Error::other)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.ask = None;
        _ = self.child.wait();
    }
}

const CONNECTIONS: u32 = 4;
