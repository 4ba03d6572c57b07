//! What does a person see who has to wait?

use std::io::IsTerminal as _;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{JoinHandle, spawn};
use std::time::{Duration, Instant};

use anstyle::{Effects, Style};

use crate::cli::address::StoreAddress;

/// Says on a terminal what is waited for, once that takes long, and takes it back when it is over.
#[derive(Debug, Default)]
pub(crate) struct Patience {
    /// Held for as long as the wait lasts.
    waiting: Option<Sender<String>>,
    teller: Option<JoinHandle<()>>,
}

impl Patience {
    pub(crate) fn with(store: &StoreAddress) -> Self {
        let (waiting, over) = channel();
        let what = format!("waiting for {store}");
        let teller = std::io::stderr()
            .is_terminal()
            .then(|| spawn(move || tell(what, &over)));
        Self {
            waiting: Some(waiting),
            teller,
        }
    }

    /// Says something that stays, to whoever reads along.
    pub(crate) fn say(&self, what: &str) {
        match self.teller {
            Some(_) => anstream::eprintln!("\r\x1b[2K{what}"),
            None => anstream::eprintln!("{what}"),
        }
    }

    /// Says what it is that takes long.
    pub(crate) fn tell(&self, what: String) {
        if let Some(waiting) = &self.waiting {
            // Nobody listens where there is no terminal.
            _ = waiting.send(what);
        }
    }
}

impl Drop for Patience {
    fn drop(&mut self) {
        drop(self.waiting.take());
        if let Some(teller) = self.teller.take() {
            _ = teller.join();
        }
    }
}

fn tell(mut what: String, over: &Receiver<String>) {
    let dim = Style::new().effects(Effects::DIMMED);
    let begun = Instant::now();
    let mut shown = false;
    loop {
        match over.recv_timeout(SECOND) {
            Ok(other) => what = other,
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
        let seconds = begun.elapsed().as_secs();
        if seconds > 0 {
            anstream::eprint!("\r\x1b[2K{dim}{what}, {seconds} s{dim:#}");
            shown = true;
        }
    }
    if shown {
        anstream::eprint!("\r\x1b[2K");
    }
}

const SECOND: Duration = Duration::from_secs(1);
