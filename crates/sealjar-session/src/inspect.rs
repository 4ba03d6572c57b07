//! Examines a cookie, and says why it does not open. For operators: it needs no jar and no session
//! type.
//!
//! It reads cookies as a request does: the same scan, the same opening, the same choice. It skips
//! the checks that need a jar; [`Inspection::UNCHECKED`] lists them.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use sealjar::{ContextError, KeyId, KeyRing, LiveRing, OpenError, Phase, Suite, Timestamp, Token};

use crate::candidates::{select_session, token_text};
use crate::cookie::chunk;
use crate::cookie::scan::Found;
use crate::data::{Format, Kind};
use crate::id::SessionId;
use crate::refusal::{Refusal, SessionRefusalKind};
use crate::unsealed::{Sealers, Unsealed};

/// Examines the session cookies in `text` at the time `now`. `text` is the value of a `Cookie`
/// header, or the value of one cookie, which has no `=`.
///
/// `cookie_name` is the exact name: [`DEFAULT_COOKIE_NAME`](crate::DEFAULT_COOKIE_NAME) unless the
/// jar changes it. With the name of a [`Flash`](crate::Flash) jar's cookie, its messages are found:
/// [`Contents::is_flash`]. `binding` is what the jar got as
/// [`binding`](crate::JarBuilder::binding), usually nothing. Without `app`, only the unencrypted
/// header of each token is reported.
///
/// # Errors
/// [`ContextError::TooLong`] for an app, a name or a binding of more than 65 535 bytes.
///
/// # Security
/// A caller with the ring can read sessions. The answer cannot be used to seal one.
///
/// # Examples
/// ```
/// use sealjar::{Key, LiveRing, Suite, Timestamp};
/// use sealjar_session::{DEFAULT_COOKIE_NAME, Jar, inspect};
///
/// let ring = LiveRing::from(Key::generate(Suite::Xaes256Gcm)?);
/// let header = Jar::<()>::new(&ring, "shop-prod")?.cookie_for(&())?;
///
/// let look = |app| {
///     let now = Timestamp::now()?;
///     inspect(&ring, Some(app), DEFAULT_COOKIE_NAME, b"", header.as_bytes(), now)
///         .map_err(Box::<dyn std::error::Error>::from)
/// };
/// assert_eq!(look("shop-prod")?.chosen, Some(0));
/// assert_eq!(look("shop-test")?.refusal.map(|it| it.kind().as_str()), Some("forged"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn inspect(
    ring: impl Into<LiveRing>,
    app: Option<&str>,
    cookie_name: &str,
    binding: &[u8],
    text: &[u8],
    now: Timestamp,
) -> Result<Inspection, ContextError> {
    let ring = ring.into();
    let header = if text.contains(&b'=') {
        text.to_vec()
    } else {
        [cookie_name.as_bytes(), b"=", text].concat()
    };
    let headers = [header];
    // No jar has the empty name: under it a token passes every check up to the seal, and is then
    // `forged`.
    let named = app.unwrap_or_default();
    let of_kind = |kind| {
        Sealers::new(
            ring.clone(),
            named,
            cookie_name,
            binding,
            kind,
            Format::Postcard,
        )
    };
    let mut sessions = of_kind(Kind::Session)?;
    sessions.also_open(named, Format::Json, None)?;
    let inspector = Inspector {
        sessions,
        messages: of_kind(Kind::Flash)?,
        has_app: app.is_some(),
        ring: ring.load(),
        found: Found::scan(&headers, cookie_name),
        now,
    };
    let candidates = inspector.found.values().iter().map(|value| {
        let text = token_text(value, &headers, cookie_name);
        inspector.candidate(value, text)
    });
    Ok(Inspection::of(candidates.collect()))
}

/// What the session cookies of one request are.
#[derive(Debug)]
#[non_exhaustive]
pub struct Inspection {
    /// The distinct values of the cookie's name, in order, at most the first five. Empty when no
    /// cookie of the name came.
    pub candidates: Vec<Candidate>,
    /// The index of the candidate that is the session, as far as this was checked.
    pub chosen: Option<usize>,
    /// Why no candidate is the session. Both this and `chosen` are `None` when no cookie came, or
    /// when no app was given and nothing else is wrong.
    pub refusal: Option<Refusal>,
}

impl Inspection {
    /// The refusals that are not checked, because they depend on the session type or on the jar's
    /// settings. A body that the type cannot read, `undecodable`, is not noticed either.
    pub const UNCHECKED: [SessionRefusalKind; 4] = [
        SessionRefusalKind::OldSchema,
        SessionRefusalKind::NewerSchema,
        SessionRefusalKind::TooOld,
        SessionRefusalKind::RevokedSubject,
    ];

    fn of(candidates: Vec<Candidate>) -> Self {
        let verdicts: Option<Vec<_>> = candidates.iter().map(Candidate::verdict).collect();
        let chosen = verdicts.filter(|them| !them.is_empty()).map(|verdicts| {
            let verdicts = verdicts.into_iter().enumerate();
            let verdicts = verdicts.map(|(at, verdict)| Ok((at, verdict?)));
            select_session(verdicts, |(_, unsealed)| unsealed.age()).map(|(at, _)| at)
        });
        let (chosen, refusal) = match chosen {
            None => (None, None),
            Some(Ok(at)) => (Some(at), None),
            Some(Err(refusal)) => (None, Some(refusal)),
        };
        Self {
            candidates,
            chosen,
            refusal,
        }
    }
}

/// One cookie that may be the session.
#[derive(Debug)]
#[non_exhaustive]
pub struct Candidate {
    /// The length in bytes of the sealed text, or of the cookie's value if its parts cannot be
    /// joined.
    pub size: usize,
    /// Over how many cookies it claims to be spread, from 1 to 9.
    pub parts: usize,
    /// The suite of the token's version, if it has the shape of a token.
    pub suite: Option<Suite>,
    /// The key that the token names, if it has the shape of a token.
    pub key_id: Option<KeyId>,
    /// What that key does now, `None` if the ring does not hold it.
    pub phase: Option<Phase>,
    /// Why it is refused, `None` if it is not, as far as this was checked.
    pub refusal: Option<Refusal>,
    /// What is under the seal, if it opens. It may still be refused, as `revoked_session` or
    /// `logged_out`. Both this and `refusal` are `None` if no app was given.
    pub contents: Option<Contents>,
}

impl Candidate {
    /// Returns what was opened or why it is refused; `None` if it was not opened for lack of an
    /// app.
    fn verdict(&self) -> Option<Result<&Unsealed, Refusal>> {
        match (&self.refusal, &self.contents) {
            (Some(refusal), _) => Some(Err(refusal.clone())),
            (None, Some(contents)) => Some(Ok(&contents.unsealed)),
            (None, None) => None,
        }
    }
}

/// What was under the seal.
pub struct Contents {
    unsealed: Unsealed,
    kind: Kind,
}

impl Contents {
    /// Returns whether these are messages for the next page, a [`Flash`](crate::Flash), and no
    /// session.
    #[must_use]
    pub fn is_flash(&self) -> bool {
        self.kind == Kind::Flash
    }

    /// Returns the start of the absolute lifetime.
    #[must_use]
    pub const fn born(&self) -> Timestamp {
        self.unsealed.opened.born()
    }

    /// Returns when it was sealed.
    #[must_use]
    pub const fn sealed_at(&self) -> Timestamp {
        self.unsealed.opened.sealed_at()
    }

    /// Returns the first second in which it no longer opens.
    #[must_use]
    pub const fn expires_at(&self) -> Timestamp {
        self.unsealed.opened.expires_at()
    }

    /// Returns the session's id.
    #[must_use]
    pub const fn session_id(&self) -> SessionId {
        SessionId(self.unsealed.envelope.id)
    }

    /// Returns the format of the body.
    #[must_use]
    pub const fn format(&self) -> Format {
        self.unsealed.format
    }

    /// Returns the version of the application's type.
    #[must_use]
    pub const fn schema(&self) -> u16 {
        self.unsealed.envelope.schema
    }

    /// Returns how many writes the session has seen.
    #[must_use]
    pub const fn revision(&self) -> u32 {
        self.unsealed.envelope.revision
    }

    /// Returns the layout of the body, as the build that wrote it reports it: a byte for each field
    /// of the outermost struct (SPEC.md, section 2). A JSON session has none.
    #[must_use]
    pub fn layout(&self) -> &[u8] {
        self.unsealed.body().layout
    }

    /// Returns the application's value in its encoding, unencrypted. It may contain anything that
    /// the application stores about a visitor.
    #[must_use]
    pub fn plaintext_body(&self) -> &[u8] {
        self.unsealed.body().bytes
    }
}

impl fmt::Debug for Contents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Contents")
            .field("session_id", &self.session_id())
            .field("format", &self.format())
            .field("born", &self.born())
            .field("sealed_at", &self.sealed_at())
            .field("expires_at", &self.expires_at())
            .field("schema", &self.schema())
            .field("revision", &self.revision())
            .field("fields", &self.layout().len())
            .field("body_len", &self.plaintext_body().len())
            .finish()
    }
}

struct Inspector<'a> {
    sessions: Sealers,
    messages: Sealers,
    has_app: bool,
    ring: Arc<KeyRing>,
    found: Found<'a>,
    now: Timestamp,
}

impl Inspector<'_> {
    fn candidate(&self, value: &[u8], text: Result<Cow<'_, [u8]>, Refusal>) -> Candidate {
        let token = text.as_ref().ok().and_then(|it| Token::parse(it).ok());
        let key_id = token.as_ref().map(Token::key_id);
        let mut candidate = Candidate {
            size: text.as_ref().map_or(value.len(), |text| text.len()),
            parts: chunk::parts(value),
            suite: token.as_ref().map(Token::suite),
            key_id,
            phase: key_id.and_then(|id| self.ring.phase(id, self.now)),
            refusal: None,
            contents: None,
        };
        match self.open(text) {
            Ok(contents) => {
                candidate.refusal = self.refusal(&contents.unsealed);
                candidate.contents = Some(contents);
            }
            Err(Refusal::Token(OpenError::Forged)) if !self.has_app => {}
            Err(refusal) => candidate.refusal = Some(refusal),
        }
        candidate
    }

    fn open(&self, text: Result<Cow<'_, [u8]>, Refusal>) -> Result<Contents, Refusal> {
        self.found.candidates().ok_or(Refusal::Ambiguous)?;
        let text = text?;
        let as_kind = |kind, sealers| {
            let unsealed = Unsealed::open(sealers, &text, self.now)?;
            Ok(Contents { unsealed, kind })
        };
        match as_kind(Kind::Session, &self.sessions) {
            // What is sealed for one purpose is forged for every other.
            Err(Refusal::Token(OpenError::Forged)) => as_kind(Kind::Flash, &self.messages),
            opened => opened,
        }
    }

    fn refusal(&self, unsealed: &Unsealed) -> Option<Refusal> {
        if unsealed.is_revoked() {
            Some(Refusal::RevokedSession)
        } else if self.found.logged_out.contains(&unsealed.envelope.id) {
            Some(Refusal::LoggedOut)
        } else {
            None
        }
    }
}
