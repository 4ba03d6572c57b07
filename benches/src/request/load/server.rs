//! Checks that an application in a child process does what is measured.

use std::io;

use sealjar_bench_parts::load::Load;
use sealjar_bench_parts::server::Server;

use crate::request::apps::App;
use crate::request::framework::Framework;
use crate::request::{LOGIN, NAME, Variant, WRITE, WRITES};

/// Starts an application in a process of its own, and logs in.
pub(crate) fn start(app: App) -> io::Result<Load> {
    Load::log_in(Server::start(&serde_json::to_string(&app)?)?, "GET", LOGIN)
}

/// Checks that the application answers with the user's name and that every write counts.
pub(super) fn check<F: Framework>(load: &mut Load, variant: Variant<F>) -> io::Result<()> {
    let mut ask = |path| {
        let answer = load.browser().ask("GET", path)?.confirmed()?;
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
