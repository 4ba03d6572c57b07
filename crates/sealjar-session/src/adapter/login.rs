//! Is somebody logged in, and if not: does a person or a program get the response?

use std::fmt;

use crate::data::{Belongs, SessionData};
use crate::return_to::ReturnTo;
use crate::session::Session;

/// Returns whose the session is.
///
/// `method` is the request's method, `target` its path and query as the client sent them. `header`
/// returns the value of the first header with this name, in lower case. For `host` it may return
/// the authority of the request's address.
///
/// # Errors
/// [`NotLoggedIn`] when nobody is logged in.
pub fn subject_of<'a, T: SessionData>(
    session: &Session<T>,
    method: &str,
    target: &str,
    header: impl Fn(&'static str) -> Option<&'a [u8]>,
) -> Result<String, NotLoggedIn> {
    match Belongs::of(&*session.get()) {
        Belongs::To(subject) => return Ok(subject.into_owned()),
        Belongs::ToNobody => {}
        Belongs::Undeclared => {
            return Err(NotLoggedIn(Answer::NoSubject(std::any::type_name::<T>())));
        }
    }
    let login_page = session.inner().jar.settings.login_page.as_deref();
    let Some(login_page) = login_page.filter(|_| is_for_a_person(&header)) else {
        return Err(NotLoggedIn(Answer::Unauthorized));
    };
    let wanted = if ["GET", "HEAD"].contains(&method) {
        ReturnTo::parse(target)
    } else {
        // What was sent is lost. Its form is on the page before.
        page_before(&header)
    };
    let path = |text: &str| text.split('?').next().map(str::to_owned);
    let wanted = wanted.filter(|page| path(page.as_str()) != path(login_page));
    Err(NotLoggedIn(Answer::LoginPage(match wanted {
        Some(page) => page.append_to(login_page),
        None => login_page.to_owned(),
    })))
}

/// Returns whether a browser shows the response as a page. A script would follow a redirect and
/// take the login page for the answer.
fn is_for_a_person<'a>(header: &impl Fn(&'static str) -> Option<&'a [u8]>) -> bool {
    let navigates = header("sec-fetch-mode").is_none_or(|mode| mode == b"navigate");
    let accepts_html = header("accept").is_some_and(|types| {
        let mut types = types.split(|byte| b",;".contains(byte));
        types.any(|it| it.trim_ascii().eq_ignore_ascii_case(b"text/html"))
    });
    // For browsers that send no Fetch Metadata.
    let is_a_scripts = ["hx-request", "x-requested-with"]
        .into_iter()
        .any(|name| header(name).is_some());
    navigates && accepts_html && !is_a_scripts
}

/// Returns the page that the request comes from, if it is one of this host.
fn page_before<'a>(header: &impl Fn(&'static str) -> Option<&'a [u8]>) -> Option<ReturnTo> {
    let referer = std::str::from_utf8(header("referer")?).ok()?;
    let (scheme, rest) = referer.split_once("://")?;
    let (host, _) = rest.split_once('/')?;
    let is_same_origin = match header("sec-fetch-site") {
        Some(site) => site == b"same-origin",
        None => header("host").is_some_and(|own| own.eq_ignore_ascii_case(host.as_bytes())),
    };
    let is_http = ["http", "https"].contains(&scheme);
    let page = &rest[host.len()..];
    (is_http && is_same_origin).then(|| ReturnTo::parse(page))?
}

/// Why a handler that needs somebody who is logged in was not called, and what to answer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NotLoggedIn(Answer);

#[derive(Clone, Debug, Eq, PartialEq)]
enum Answer {
    LoginPage(String),
    /// The session type has no `subject`, so nobody can ever be logged in: a mistake.
    NoSubject(&'static str),
    Unauthorized,
}

impl NotLoggedIn {
    /// Returns the status of the response: 303, 401, or 500 if the session type does not implement
    /// [`subject`](SessionData::subject).
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self.0 {
            Answer::LoginPage(_) => 303,
            Answer::NoSubject(_) => 500,
            Answer::Unauthorized => 401,
        }
    }

    /// Returns the value of the `Location` header, if the response is a redirect.
    #[must_use]
    pub fn location(&self) -> Option<&str> {
        match &self.0 {
            Answer::LoginPage(location) => Some(location),
            Answer::NoSubject(_) | Answer::Unauthorized => None,
        }
    }
}

impl fmt::Display for NotLoggedIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Answer::LoginPage(_) | Answer::Unauthorized => f.write_str("nobody is logged in"),
            Answer::NoSubject(session_type) => write!(
                f,
                "nobody can be logged in: implement SessionData::subject for {session_type}"
            ),
        }
    }
}

impl std::error::Error for NotLoggedIn {}
