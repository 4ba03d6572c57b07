//! What does a person see who has to wait?

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{JoinHandle, spawn};
use std::time::{Duration, Instant};

use crate::address::StoreAddress;
use crate::output::roll_out::RollOut;
use crate::output::terminal;

/// Says on a terminal what is waited for, once that takes long, and takes it back when it is over.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    /// Held for as long as the wait lasts.
    waiting: Option<Sender<String>>,
    teller: Option<JoinHandle<()>>,
    /// Whether a machine reads along.
    json: bool,
}

impl Progress {
    pub(crate) fn with(store: &StoreAddress, json: bool) -> Self {
        let (waiting, over) = channel();
        let what = format!("waiting for {store}");
        let teller = (terminal::is_watched() && !json).then(|| spawn(move || tell(what, &over)));
        Self {
            waiting: Some(waiting),
            teller,
            json,
        }
    }

    /// Prints a line that stays, for a person who reads along.
    pub(crate) fn say(&self, what: &str) {
        if self.json {
            return;
        }
        if self.teller.is_some() {
            terminal::take_back();
        }
        terminal::remark(what);
    }

    /// Says how far an epoch has come since `before`: on a terminal in the line that is waited in,
    /// otherwise in a line for each replica.
    pub(crate) fn show(&self, now: &RollOut, before: Option<&RollOut>) {
        if self.json {
            if now.goes_further_than(before) {
                terminal::remark_json(&now.json());
            }
        } else if self.teller.is_some() {
            self.tell(now.words());
        } else if now.goes_further_than(before) {
            terminal::remark(&now.words());
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

impl Drop for Progress {
    fn drop(&mut self) {
        drop(self.waiting.take());
        if let Some(teller) = self.teller.take() {
            _ = teller.join();
        }
    }
}

fn tell(mut what: String, over: &Receiver<String>) {
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
            terminal::show_for_now(&format!("{what}, {seconds} s"));
            shown = true;
        }
    }
    if shown {
        terminal::take_back();
    }
}

const SECOND: Duration = Duration::from_secs(1);
