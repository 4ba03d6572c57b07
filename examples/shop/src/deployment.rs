//! The configuration of a process that is one of several, behind a load balancer.

use std::time::Duration;

use clap::Parser;

use crate::config::{self, Config};
use crate::probe;

/// A small app whose sessions are sealed into cookies.
///
/// The key ring comes from the file that $SEALJAR_RING names, or from /run/secrets/session-ring. A
/// debug build makes one for development.
#[derive(Debug, Parser)]
#[non_exhaustive]
pub struct Deployment {
    /// What every app is configured with.
    #[command(flatten)]
    pub config: Config,
    /// Ask the replica that listens here whether it is healthy, and exit.
    #[arg(long)]
    health: bool,
    /// How long to serve on after SIGTERM, such as 20s, while the health page says that this
    /// replica is stopping.
    #[arg(long, env = "SHUTDOWN_GRACE", default_value = "0s", value_parser = humantime::parse_duration)]
    pub shutdown_grace: Duration,
}

impl Deployment {
    /// Begins to log, and reads the command line. Wrong usage ends the process. `--health` also
    /// ends it, with the running replica's answer: it is the health check of a container without a
    /// shell.
    #[must_use]
    pub async fn begin() -> Self {
        let deployment: Self = config::begin();
        if deployment.health {
            let answer = probe::ask(deployment.config.listen).await;
            if let Err(reason) = &answer {
                eprintln!("{}", reason.trim_end());
            }
            std::process::exit(i32::from(answer.is_err()));
        }
        deployment
    }
}
