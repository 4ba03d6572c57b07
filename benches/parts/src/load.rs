//! How much CPU time does a server spend on a request, asked over a few connections?

use std::io;
use std::time::Duration;

use crate::browser::Browser;
use crate::numbers::nanos;
use crate::redis::Redis;
use crate::server::Server;

/// A server and the few who ask it.
#[expect(
    missing_debug_implementations,
    reason = "whoever has the cookies is the visitor"
)]
pub struct Load {
    server: Server,
    browsers: Vec<Browser>,
}

impl Load {
    /// Lets each of them send a first request, which logs them in.
    ///
    /// # Errors
    /// Whatever keeps a browser from being answered.
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

    /// Returns one of the browsers.
    pub fn browser(&mut self) -> &mut Browser {
        &mut self.browsers[0]
    }

    /// Sends so many requests over all connections, and returns the server's CPU time for each in
    /// nanoseconds, and that of Redis.
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
        for browser in &mut self.browsers {
            browser.connect(self.server.address())?;
            browser.ask(method, path)?.confirmed()?;
        }
        let each = requests / CONNECTIONS;
        let redis_before = redis.as_deref_mut().map(Redis::cpu_time).transpose()?;
        let before = self.server.cpu_time()?;
        std::thread::scope(|scope| {
            let asks = |browser: &mut Browser| browser.ask(method, path)?.confirmed().map(drop);
            let browsers = self.browsers.iter_mut();
            let threads: Vec<_> = browsers
                .map(|browser| scope.spawn(move || (0..each).try_for_each(|_| asks(browser))))
                .collect();
            threads
                .into_iter()
                .try_for_each(|thread| thread.join().unwrap_or(Err(io::ErrorKind::Other.into())))
        })?;
        let used = self.server.cpu_time()? - before;
        let redis_after = redis.map(Redis::cpu_time).transpose()?;
        let redis_used = redis_after
            .zip(redis_before)
            .map(|(after, before)| after - before);
        let one = |used: Duration| nanos(used) / f64::from(each * CONNECTIONS);
        Ok((one(used), redis_used.map(one)))
    }
}

const CONNECTIONS: u32 = 4;
