//! What does a person see who has to wait?

use std::io::IsTerminal as _;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{JoinHandle, spawn};
use std::time::Duration;

use anstyle::{Effects, Style};

use crate::cli::address::StoreAddress;

/// Says on a terminal what is waited for, once that takes long, and takes it back when it is over.
#[derive(Debug)]
pub(crate) struct Patience {
    /// Held for as long as the wait lasts.
    waiting: Option<Sender<()>>,
    teller: Option<JoinHandle<()>>,
}

impl Patience {
    pub(crate) fn with(store: &StoreAddress) -> Self {
        let (waiting, over) = channel();
        let store = store.to_string();
        let teller = std::io::stderr()
            .is_terminal()
            .then(|| spawn(move || tell(&store, &over)));
        Self {
            waiting: Some(waiting),
            teller,
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

fn tell(store: &str, over: &Receiver<()>) {
    let dim = Style::new().effects(Effects::DIMMED);
    let mut seconds = 0;
    while let Err(RecvTimeoutError::Timeout) = over.recv_timeout(SECOND) {
        seconds += 1;
        anstream::eprint!("\r{dim}waiting for {store}, {seconds} s{dim:#}");
    }
    if seconds > 0 {
        anstream::eprint!("\r\x1b[2K");
    }
}

const SECOND: Duration = Duration::from_secs(1);
