//! Seals the targets' own bytes with the keys of a jar, so that they are authentic.

use sealjar::{__hazmat as hazmat, Context, Sealer, Timestamp};
use sealjar_session::{Contents, DEFAULT_COOKIE_NAME, Jar, Session, SessionData, inspect};

use crate::ring::{NOW, RING};

/// The jar of a session type at [`NOW`] and [`LATER`], and a sealer under its own key and purpose.
#[derive(Debug)]
pub struct Authentic<T: SessionData> {
    app: &'static str,
    now: Jar<T>,
    later: Jar<T>,
    sealer: Sealer,
}

impl<T: SessionData> Authentic<T> {
    /// Makes the jar of an app, whose sessions are sealed for a purpose.
    ///
    /// # Panics
    /// When the names are too long.
    #[must_use]
    pub fn new(app: &'static str, purpose: &'static str) -> Self {
        let [now, later] = [NOW, LATER].map(|now| {
            let jar = Jar::builder(RING.clone(), app).clock(move || Ok(now));
            jar.max_size(12_288).build().expect("the jar can be built")
        });
        let context = Context::new(app, purpose).cookie_name(DEFAULT_COOKIE_NAME);
        let sealer = hazmat::library_sealer(RING.clone(), context).expect("the context is short");
        Self {
            app,
            now,
            later,
            sealer,
        }
    }

    /// Returns the jar with the clock at an instant.
    #[must_use]
    pub fn jar(&self, now: Timestamp) -> &Jar<T> {
        if now == NOW { &self.now } else { &self.later }
    }

    /// Returns the `Cookie` header of a payload that is sealed at [`NOW`] and lives beyond
    /// [`LATER`], `None` if it is too long.
    #[must_use]
    pub fn seal(&self, payload: &[u8]) -> Option<String> {
        let expires_at = LATER.saturating_add(60);
        let sealed = hazmat::seal_born(&self.sealer, payload, NOW, expires_at, NOW);
        sealed
            .ok()
            .map(|(token, _)| format!("{DEFAULT_COOKIE_NAME}={token}"))
    }

    /// Returns the contents of a session that opens.
    ///
    /// # Panics
    /// When it does not open.
    #[must_use]
    pub fn contents(&self, header: &str, now: Timestamp) -> Contents {
        let name = DEFAULT_COOKIE_NAME;
        let bytes = header.as_bytes();
        let inspection = inspect(RING.clone(), Some(self.app), name, b"", bytes, now);
        let mut candidates = inspection.expect("the names are short").candidates;
        let contents = candidates.pop().and_then(|candidate| candidate.contents);
        contents.expect("a session that opens has contents")
    }
}

/// Closes a session, and returns the header of a browser that got the response, if it sets
/// anything.
///
/// # Panics
/// When a browser would drop a line of it.
#[must_use]
pub fn answer<T: SessionData>(session: &Session<T>) -> Option<String> {
    let closing = Session::close(session, []).ok()?;
    let lines = closing.set_cookies.into_iter();
    let pairs: Vec<String> = lines
        .filter_map(|line| {
            assert!(line.len() <= 4096, "a browser drops this line in silence");
            Some(line.split_once(';')?.0.to_owned())
        })
        .collect();
    (!pairs.is_empty()).then(|| pairs.join("; "))
}

/// When a session that was sealed at [`NOW`] is due to be sealed again.
pub const LATER: Timestamp = NOW.saturating_add(2 * 86_400);
