//! Why a cookie is refused as a session, and the kinds under which refusals are counted and logged.

use std::fmt;

use sealjar::{__hazmat as hazmat, KeyId, OpenError, RefusalKind};

/// Why a cookie that came was refused. The visitor is then anonymous.
///
/// For logs, counters and the application. Never show it to the client: all refusals must look the
/// same from outside.
#[derive(Clone, Eq, PartialEq)]
#[non_exhaustive]
pub enum Refusal {
    /// More than four cookies of the name came, or several that open to different sessions.
    Ambiguous,
    /// This browser has logged out of the session, and a slower response set the cookie again.
    LoggedOut,
    /// The session has a newer schema that `migrate` does not read.
    NewerSchema,
    /// The session has an older schema that `migrate` does not read, or this schema in another
    /// layout: the type of the build that wrote it has other fields, variants or names.
    OldSchema,
    /// The ring, or the list of revocations beside it, names this session.
    RevokedSession,
    /// The ring, or the list of revocations beside it, names this session's subject with a later
    /// birth.
    RevokedSubject,
    /// The token was refused.
    Token(OpenError),
    /// Its absolute lifetime is over.
    TooOld,
    /// Some parts of the cookie are missing, or they are not all of one session.
    TornChunks,
    /// The token is authentic, but its payload is not a session of this type.
    Undecodable,
}

impl Refusal {
    /// Returns the kind of this refusal, for counts and logs.
    #[must_use]
    pub const fn kind(&self) -> SessionRefusalKind {
        match self {
            Self::Ambiguous => SessionRefusalKind::Ambiguous,
            Self::LoggedOut => SessionRefusalKind::LoggedOut,
            Self::NewerSchema => SessionRefusalKind::NewerSchema,
            Self::OldSchema => SessionRefusalKind::OldSchema,
            Self::RevokedSession => SessionRefusalKind::RevokedSession,
            Self::RevokedSubject => SessionRefusalKind::RevokedSubject,
            Self::Token(error) => SessionRefusalKind::Token(error.kind()),
            Self::TooOld => SessionRefusalKind::TooOld,
            Self::TornChunks => SessionRefusalKind::TornChunks,
            Self::Undecodable => SessionRefusalKind::Undecodable,
        }
    }

    /// Returns what has happened, or what an operator should check.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        self.kind().hint()
    }

    /// Returns the id of the key that the refusal is about, if it is about one.
    #[must_use]
    pub const fn key_id(&self) -> Option<KeyId> {
        match self {
            Self::Token(error) => error.key_id(),
            _ => None,
        }
    }

    /// Returns whether another replica, with a newer ring, another build or a better clock, may
    /// open this cookie.
    ///
    /// If so, do not write in passing, such as a counter or a form token: the write would replace a
    /// session that is still alive.
    #[must_use]
    pub const fn may_open_elsewhere(&self) -> bool {
        match self {
            Self::NewerSchema | Self::OldSchema | Self::Undecodable => true,
            Self::Token(error) => matches!(
                error,
                OpenError::BadTime
                    | OpenError::Clock(_)
                    | OpenError::UnknownKey(_)
                    | OpenError::UnknownVersion
            ),
            _ => false,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ambiguous => "several cookies claim to be the session",
            Self::LoggedOut => "the visitor has logged out of the session",
            Self::NewerSchema => "the session type is of a newer schema",
            Self::OldSchema => "the session type is of an older schema or has another layout",
            Self::RevokedSession => "the session is revoked",
            Self::RevokedSubject => "the subject's sessions are revoked",
            Self::Token(error) => return fmt::Display::fmt(error, f),
            Self::TooOld => "the session's absolute lifetime is over",
            Self::TornChunks => "the parts of the cookie do not belong together",
            Self::Undecodable => "the payload is no session of this type",
        })
    }
}

sealjar::__debug_as_report!(Refusal, hint);

impl std::error::Error for Refusal {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Token(error) => std::error::Error::source(error),
            _ => None,
        }
    }
}

impl From<OpenError> for Refusal {
    fn from(error: OpenError) -> Self {
        Self::Token(error)
    }
}

sealjar::__refusal_kinds! {
    /// The kinds of refusals of a session, as logs and counts name them: those of sessions and
    /// cookies, and those of tokens.
    ///
    /// A visitor whose session is refused is anonymous, and the cookie stays where it is: another
    /// replica may open it.
    ///
    /// # Examples
    /// ```
    /// use sealjar::{Key, LiveRing, RefusalKind, Suite};
    /// use sealjar_session::{Jar, SessionRefusalKind};
    ///
    /// let ring = LiveRing::from(Key::generate(Suite::Xaes256Gcm)?);
    /// let jar = Jar::<()>::new(&ring, "shop-prod")?;
    ///
    /// // For a dashboard that shows each kind, also those that have not happened.
    /// let refused = jar.uses().refused;
    /// for kind in SessionRefusalKind::all() {
    ///     println!("{kind}: {}", refused.of(kind));
    /// }
    /// assert_eq!(refused.of(SessionRefusalKind::TooOld), 0);
    /// assert_eq!(refused.of(RefusalKind::UnknownKey), 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub enum SessionRefusalKind, first_slot: hazmat::FIRST_SLOT_OF_SESSIONS;

    /// More than four cookies of the name came, or several that open to different sessions. Another
    /// path, domain or program sets this cookie too.
    Ambiguous = "ambiguous", "several came: another path, domain or program sets this cookie too";
    /// The visitor has logged out of it in this browser, and a slower response has set the cookie
    /// again. The next page load expires it.
    LoggedOut = "logged_out", "the visitor has logged out of it, and a slower response set it again";
    /// A newer build sealed it with a higher `SCHEMA`, and `migrate` does not read that. This is
    /// normal on old replicas during a roll-out.
    NewerSchema = "newer_schema", "a newer build sealed it: finish the roll-out, or let `migrate` read its schema";
    /// A build with a lower `SCHEMA` sealed it and `migrate` does not read that, or the type of the
    /// build has other fields, variants or names. The visitor logs in again.
    OldSchema = "old_schema", "a build with another session type sealed it: let `migrate` read its schema";
    /// An operator or the application has revoked this session.
    RevokedSession = "revoked_session", "this session was revoked, and stays so";
    /// An operator or the application has revoked the earlier sessions of its subject. The person
    /// logs in again.
    RevokedSubject = "revoked_subject", "its subject's sessions were revoked: the person logs in again";
    /// Its absolute lifetime is over, 7 days after the login by default. This is normal.
    TooOld = "too_old", "its absolute lifetime is over: the visitor logs in again";
    /// It is spread over several cookies, and some are missing, or they are not all of one session.
    TornChunks = "torn_chunks", "give all parts, such as a whole Cookie header: name, name.1, and so on";
    /// It opens, but its payload is not a session of this type.
    Undecodable = "undecodable", "it opens, and holds no session: another program sealed it";
    ..
    /// The token was refused.
    Token(RefusalKind)
}

impl From<RefusalKind> for SessionRefusalKind {
    fn from(kind: RefusalKind) -> Self {
        Self::Token(kind)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use sealjar::CountedKind as _;

    use super::*;

    #[test]
    fn every_kind_has_a_counter_and_a_word_of_its_own() {
        let slots: BTreeSet<_> = SessionRefusalKind::all().map(|kind| kind.slot()).collect();
        let words: BTreeSet<_> = SessionRefusalKind::all()
            .map(|kind| kind.as_str())
            .collect();
        let kinds = SessionRefusalKind::all().count();
        assert_eq!((slots.len(), words.len()), (kinds, kinds));
        assert!(slots.into_iter().all(|slot| slot < hazmat::SLOTS));
    }
}
