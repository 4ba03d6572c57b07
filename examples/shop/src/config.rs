//! The configuration of the process.

use std::net::SocketAddr;
use std::time::Duration;

use clap::Parser;
use clap::builder::FalseyValueParser;
use tracing_subscriber::EnvFilter;

use crate::replica::Replica;

/// A small app whose sessions are sealed into cookies.
///
/// The key ring comes from the file that $SEALJAR_RING names, or from /run/secrets/session-ring. A
/// debug build makes one for development.
#[derive(Debug, Parser)]
#[non_exhaustive]
pub struct Config {
    /// The address to listen on.
    #[arg(long, env = "LISTEN", default_value = "127.0.0.1:3000")]
    pub listen: SocketAddr,
    /// The name of this replica, shown on its pages.
    #[arg(long, env = "HOSTNAME", default_value = "replica")]
    pub replica: Replica,
    /// The name of the cookie, without its prefix.
    #[arg(long, env = "COOKIE", default_value = "session")]
    pub cookie: String,
    /// How often the ring is read again when nothing is heard of a change, in milliseconds.
    #[arg(long, env = "RING_POLL_MS", default_value_t = 1000)]
    ring_poll_ms: u64,
    /// Drops Secure and __Host-Http- from the cookies: for plain http on a local network, and
    /// Safari.
    #[arg(long, env = "ALLOW_INSECURE_HTTP", value_parser = FalseyValueParser::new())]
    pub allow_insecure_http: bool,
}

impl Config {
    /// How often to read the ring again if no change was reported.
    #[must_use]
    pub const fn ring_poll(&self) -> Duration {
        Duration::from_millis(self.ring_poll_ms)
    }
}

/// Begins to log, and reads the command line. Wrong usage ends the process.
#[must_use]
pub fn begin<C: Parser>() -> C {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).init();
    C::parse()
}
