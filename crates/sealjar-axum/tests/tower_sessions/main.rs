//! Handlers that were written for tower-sessions, over sealed sessions.
//!
//! One handler does what the query says, step by step, and reports the results. It is compiled for
//! each version from one source text; for 0.15 the same function also runs over tower-sessions' own
//! layer and store.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

#[path = "../shared/account.rs"]
mod account;
mod composition;
mod handler;
mod hostile;
mod lives;
#[path = "../shared/logs.rs"]
mod logs;
mod revoking;
mod seals;
mod support;
mod table;

use std::sync::Arc;

use axum::Router;
use http::{HeaderValue, header};
use sealjar::LiveRing;
use sealjar_session::{Contents, inspect};
use tokio::sync::Notify;
use tokio::sync::mpsc::UnboundedSender;
use tower_sessions::MemoryStore;

use crate::support::{APP, Answer, Browser, NAME, Time, call, ring};
use handler::{v0_14, v0_15};

/// The settings of the layers around the handler.
#[derive(Clone, Debug, Default)]
struct Options {
    /// As in the step `expire`.
    expiry: &'static str,
    always_save: bool,
    subject: Option<&'static str>,
    /// The limit of all cookies together; the jar's own if `None`.
    max_size: Option<usize>,
}

/// A task that outlives its request: a signal to continue, and its result.
#[derive(Clone)]
struct Late {
    answered: Arc<Notify>,
    told: UnboundedSender<String>,
}

/// A version of tower-sessions over a jar, with a clock that the test sets.
struct World {
    version: &'static str,
    ring: LiveRing,
    time: Time,
    build: Build,
    app: Router,
    browser: Browser,
}

/// Returns a world for each version.
fn worlds(options: &Options) -> [World; 2] {
    let builds: [(_, Build); 2] = [("0.14", v0_14::sealed), ("0.15", v0_15::sealed)];
    builds.map(|(version, build)| {
        let (ring, time) = (ring(), Time::starting());
        World {
            version,
            app: build(&ring, &time, options),
            ring,
            time,
            build,
            browser: Browser::default(),
        }
    })
}

type Build = fn(&LiveRing, &Time, &Options) -> Router;

/// The same handlers over tower-sessions' own layer and a store in memory.
fn stored(options: &Options) -> Router {
    let layer = tower_sessions::SessionManagerLayer::new(MemoryStore::default())
        .with_name(NAME)
        .with_always_save(options.always_save);
    v0_15::router().layer(layer)
}

impl World {
    async fn run(&mut self, steps: &str) -> Answer {
        self.go(&format!("/?{steps}")).await
    }

    async fn go(&mut self, path: &str) -> Answer {
        self.browser.go(&self.app, path).await
    }

    /// Makes a request as a page's script does.
    async fn in_the_background(&mut self, path: &str) -> Answer {
        self.saying("sec-fetch-mode", "cors", path).await
    }

    /// Makes a request as a browser does when the pointer is over a link.
    async fn ahead_of_time(&mut self, path: &str) -> Answer {
        self.saying("sec-purpose", "prefetch", path).await
    }

    async fn saying(&mut self, name: &'static str, value: &'static str, path: &str) -> Answer {
        let mut request = crate::support::get(path);
        let headers = request.headers_mut();
        headers.insert(name, HeaderValue::from_static(value));
        headers.insert(header::COOKIE, self.browser.header().parse().unwrap());
        let answer = call(&self.app, request).await;
        self.browser.receive(&answer);
        answer
    }

    /// Returns what is under the seal of the browser's session.
    fn contents(&self) -> Contents {
        let header = self.browser.header();
        let now = self.time.now();
        let seen = inspect(&self.ring, Some(APP), NAME, b"", header.as_bytes(), now).unwrap();
        seen.candidates
            .into_iter()
            .next()
            .unwrap()
            .contents
            .unwrap()
    }
}

/// Returns what a response does to the browser's session cookie.
fn cookie(answer: &Answer) -> &'static str {
    let line = answer
        .cookies()
        .into_iter()
        .find(|it| it.starts_with(&format!("{NAME}=")));
    match line.map(max_age) {
        None => "kept",
        Some(Some(..=0)) => "removed",
        Some(_) => "set",
    }
}

fn max_age(line: &str) -> Option<i64> {
    let attribute = line
        .split("; ")
        .find_map(|it| it.strip_prefix("Max-Age="))?;
    Some(attribute.parse().unwrap())
}
