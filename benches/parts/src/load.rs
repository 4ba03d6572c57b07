//! Measures the CPU time that a server spends on a request, over a few connections.

use std::io;
use std::time::Duration;

use crate::browser::Browser;
use crate::numbers::nanos;
use crate::redis::Redis;
use crate::server::Server;

/// A server and a few browsers.
#[expect(
    missing_debug_implementations,
    reason = "the cookies are those of a login"
)]
pub struct Load {
    server: Server,
    browsers: Vec<Browser>,
}

impl Load {
    /// Sends a first request from each browser, which logs it in.
    ///
    /// # Errors
    /// A browser's error.
    pub fn log_in(server: Server, method: &str, path: &str) -> io::Result<Self> {
        let mut browsers = Vec::new();
        for _ in 0..CONNECTIONS {
            let mut browser = Browser::default();
            browser.connect(server.address())?;
            browser.ask(method, path)?.confirmed()?;
            browsers.push(browser);
        }
        Ok(Self { server, browsers })
    }

    /// Returns the server.
    #[must_use]
    pub const fn server(&self) -> &Server {
        &self.server
    }

    /// Returns one of the browsers.
    pub fn browser(&mut self) -> &mut Browser {
        &mut self.browsers[0]
    }

    /// Sends this many requests over all connections, and returns the CPU time per request in
    /// nanoseconds, the server's and that of Redis.
    ///
    /// # Errors
    /// Whatever keeps a browser from being answered 200.
    pub fn round(
        &mut self,
        method: &str,
        path: &str,
        requests: u32,
        mut redis: Option<&mut Redis>,
    ) -> io::Result<(f64, Option<f64>)> {
        self.connect()?;
        for browser in &mut self.browsers {
            browser.ask(method, path)?.confirmed()?;
        }
        let each = requests / CONNECTIONS;
        let redis_before = redis.as_deref_mut().map(Redis::cpu_time).transpose()?;
        let before = self.server.cpu_time()?;
        self.at_once(each, |browser| {
            browser.ask(method, path)?.confirmed().map(drop)
        })?;
        let used = self.server.cpu_time()? - before;
        let redis_after = redis.map(Redis::cpu_time).transpose()?;
        let redis_used = redis_after
            .zip(redis_before)
            .map(|(after, before)| after - before);
        let one = |used: Duration| nanos(used) / f64::from(each * CONNECTIONS);
        Ok((one(used), redis_used.map(one)))
    }

    /// Begins this many sessions over all connections, each with a request to `login`, and reads
    /// each once.
    ///
    /// # Errors
    /// Whatever keeps a browser from being answered 200.
    pub fn visit(&mut self, sessions: u32, login: &str, read: &str) -> io::Result<()> {
        self.connect()?;
        self.at_once(sessions / CONNECTIONS, |browser| {
            browser.forget();
            browser.ask("GET", login)?.confirmed()?;
            browser.ask("GET", read)?.confirmed().map(drop)
        })
    }

    fn connect(&mut self) -> io::Result<()> {
        let address = self.server.address();
        self.browsers
            .iter_mut()
            .try_for_each(|browser| browser.connect(address))
    }

    /// Does something this many times over each connection, over all of them at once.
    fn at_once(
        &mut self,
        times: u32,
        ask: impl Fn(&mut Browser) -> io::Result<()> + Sync,
    ) -> io::Result<()> {
        let ask = &ask;
        std::thread::scope(|scope| {
            let browsers = self.browsers.iter_mut();
            let threads: Vec<_> = browsers
                .map(|browser| scope.spawn(move || (0..times).try_for_each(|_| ask(browser))))
                .collect();
            threads
                .into_iter()
                .try_for_each(|thread| thread.join().unwrap_or(Err(io::ErrorKind::Other.into())))
        })
    }
}

const CONNECTIONS: u32 = 4;
