//! The session that all examples of this workspace share, and what their forms do with it.
//!
//! No framework is in here: each `Session<T>` of ours dereferences to the one that these functions
//! take.

use std::borrow::Cow;
use std::error::Error;
use std::net::TcpListener;

use sealjar_session::{Jar, Session, SessionData, UpdateError};
use sealjar_source::FileSource;
use serde::{Deserialize, Serialize};

/// What the cookie holds.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct Visitor {
    /// Who is logged in.
    pub name: Option<String>,
    /// How often the visitor has pressed the button.
    pub count: u32,
    /// What the next page that a person sees has to say.
    pub message: Option<String>,
}

impl SessionData for Visitor {
    /// A login changes it and so renews the session.
    fn subject(&self) -> Option<Cow<'_, str>> {
        self.name.as_deref().map(Cow::from)
    }
}

/// What the login form sends.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Credentials {
    /// The field `name`.
    pub name: String,
    /// The field `password`.
    pub password: String,
}

/// Logs in as `ada` with the password `lovelace`.
///
/// # Errors
/// If the session cannot be sealed.
pub fn log_in(session: &Session<Visitor>, form: &Credentials) -> Result<(), UpdateError> {
    // A real application looks the account up and compares a password hash.
    let known = (form.name.as_str(), form.password.as_str()) == ("ada", "lovelace");
    session.update(|visitor| {
        if known {
            visitor.name = Some(form.name.clone());
        }
        let message = if known {
            "Welcome, ada."
        } else {
            "Wrong name or password."
        };
        visitor.message = Some(message.to_owned());
    })
}

/// Counts one more.
///
/// # Errors
/// If the session cannot be sealed.
pub fn add(session: &Session<Visitor>) -> Result<(), UpdateError> {
    session.update(|visitor| {
        visitor.count += 1;
        visitor.message = Some(format!("You have {}.", visitor.count));
    })
}

/// Logs out.
///
/// # Errors
/// If the message cannot be sealed.
pub fn log_out(session: &Session<Visitor>) -> Result<(), UpdateError> {
    session.purge();
    session.update(|visitor| visitor.message = Some("You are logged out.".to_owned()))
}

/// Returns what a page shows, and takes the message out of the session if a person sees the page.
///
/// # Errors
/// If the session cannot be sealed without the message.
pub fn look(session: &Session<Visitor>) -> Result<Visitor, UpdateError> {
    let mut seen = Visitor::clone(&session.get());
    if session.is_speculative() {
        seen.message = None; // it waits for a page that is seen
    } else if seen.message.is_some() {
        session.update(|visitor| visitor.message = None)?;
    }
    Ok(seen)
}

/// Makes the jar that all examples share. A debug build makes a ring on its first run.
///
/// # Errors
/// If the ring cannot be read. `Watcher` instead of `fetch` also follows it while keys rotate.
pub fn jar() -> Result<Jar<Visitor>, Box<dyn Error>> {
    Ok(Jar::new(
        FileSource::find("session-ring")?.fetch()?,
        "frameworks",
    )?)
}

/// Listens where `$LISTEN` says, otherwise at 127.0.0.1:3000.
///
/// # Errors
/// If the port is taken.
pub fn listen() -> std::io::Result<TcpListener> {
    let address = std::env::var("LISTEN").unwrap_or_else(|_| "127.0.0.1:3000".to_owned());
    let listener = TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    println!("listening on http://{}", listener.local_addr()?);
    Ok(listener)
}

/// Renders the page, for frameworks that have no templates.
#[must_use]
pub fn page(seen: &Visitor) -> String {
    let name = seen.name.as_deref().unwrap_or_default();
    let message = seen.message.as_deref().unwrap_or_default();
    let forms = if name.is_empty() { LOG_IN } else { LOG_OUT };
    let count = seen.count;
    format!(
        "<!doctype html><html lang=en><title>sealjar</title><style>{STYLE}</style>\
         <main data-name=\"{name}\" data-count=\"{count}\" data-message=\"{message}\">\
         <p role=status>{message}</p><h1>Hello {name}</h1>{forms}\
         <form id=add method=post action=/add><button>{count} + 1</button></form></main>"
    )
}

/// How all pages look.
pub const STYLE: &str = "body { font: 1.2rem system-ui; max-width: 30rem; margin: 4rem auto; } \
    [role=status]:not(:empty) { background: #dfd; padding: .5rem; } form { margin: 1rem 0; } \
    input, button { font: inherit; padding: .3rem; }";

const LOG_IN: &str = "<form id=login method=post action=/login><input name=name placeholder=ada> \
    <input name=password type=password placeholder=lovelace> <button>Log in</button></form>";
const LOG_OUT: &str = "<form id=logout method=post action=/logout><button>Log out</button></form>";
