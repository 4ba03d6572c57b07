//! What is each refusal called? The words of SPEC.md, sections 1 to 3, once.

/// Why a token or a session was refused, as logs and counts name it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
#[expect(missing_docs, reason = "SPEC.md says what each word means")]
pub enum RefusalKind {
    Ambiguous,
    BadTime,
    Clock,
    Expired,
    Forged,
    LoggedOut,
    Malformed,
    MalformedInner,
    NewerSchema,
    OldSchema,
    OutsideKeyWindow,
    RevokedAll,
    RevokedKey,
    RevokedSession,
    RevokedSubject,
    SpentKey,
    TooOld,
    TornChunks,
    Undecodable,
    UnknownKey,
    UnknownVersion,
}

impl RefusalKind {
    /// All kinds, in alphabetical order: for whoever shows each one, even before it has happened.
    pub const ALL: &'static [Self] = &[
        Self::Ambiguous,
        Self::BadTime,
        Self::Clock,
        Self::Expired,
        Self::Forged,
        Self::LoggedOut,
        Self::Malformed,
        Self::MalformedInner,
        Self::NewerSchema,
        Self::OldSchema,
        Self::OutsideKeyWindow,
        Self::RevokedAll,
        Self::RevokedKey,
        Self::RevokedSession,
        Self::RevokedSubject,
        Self::SpentKey,
        Self::TooOld,
        Self::TornChunks,
        Self::Undecodable,
        Self::UnknownKey,
        Self::UnknownVersion,
    ];

    pub(crate) const COUNT: usize = Self::ALL.len();

    /// Returns the word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ambiguous => "ambiguous",
            Self::BadTime => "bad_time",
            Self::Clock => "clock",
            Self::Expired => "expired",
            Self::Forged => "forged",
            Self::LoggedOut => "logged_out",
            Self::Malformed => "malformed",
            Self::MalformedInner => "malformed_inner",
            Self::NewerSchema => "newer_schema",
            Self::OldSchema => "old_schema",
            Self::OutsideKeyWindow => "outside_key_window",
            Self::RevokedAll => "revoked_all",
            Self::RevokedKey => "revoked_key",
            Self::RevokedSession => "revoked_session",
            Self::RevokedSubject => "revoked_subject",
            Self::SpentKey => "spent_key",
            Self::TooOld => "too_old",
            Self::TornChunks => "torn_chunks",
            Self::Undecodable => "undecodable",
            Self::UnknownKey => "unknown_key",
            Self::UnknownVersion => "unknown_version",
        }
    }
}
