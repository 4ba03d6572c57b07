//! Which programs can be given secrets, and what does each of them take?

use std::fmt;
use std::str::FromStr;

use crate::export::{ExportError, Format};

/// A program that seals or signs by itself, and takes a list of secrets.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Target {
    /// Anything else that takes a list of secrets.
    Any,
    /// Auth.js (NextAuth 5): `AUTH_SECRET` and `AUTH_SECRET_1` to `AUTH_SECRET_3`.
    AuthJs,
    /// `cookie-session`: its `keys`.
    CookieSession,
    /// Django: `SECRET_KEY` and `SECRET_KEY_FALLBACKS`.
    Django,
    /// `express-session`: its `secret`.
    ExpressSession,
    /// `@fastify/secure-session`: its `key`.
    FastifySecureSession,
    /// Flask 3.1: `SECRET_KEY` and `SECRET_KEY_FALLBACKS`.
    Flask,
    /// iron-session: its `password`.
    IronSession,
    /// `keygrip`: its keys.
    Keygrip,
    /// Laravel: `APP_KEY` and `APP_PREVIOUS_KEYS`.
    Laravel,
    /// Rails: `secret_key_base`, and what its cookies rotate from.
    Rails,
}

impl Target {
    /// All of them, in the order of their names.
    pub const ALL: [Self; 11] = [
        Self::Any,
        Self::AuthJs,
        Self::CookieSession,
        Self::Django,
        Self::ExpressSession,
        Self::FastifySecureSession,
        Self::Flask,
        Self::IronSession,
        Self::Keygrip,
        Self::Laravel,
        Self::Rails,
    ];

    /// Returns its name. Secrets are derived for it, so that it never changes.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::AuthJs => "auth.js",
            Self::CookieSession => "cookie-session",
            Self::Django => "django",
            Self::ExpressSession => "express-session",
            Self::FastifySecureSession => "fastify-secure-session",
            Self::Flask => "flask",
            Self::IronSession => "iron-session",
            Self::Keygrip => "keygrip",
            Self::Laravel => "laravel",
            Self::Rails => "rails",
        }
    }

    /// How many bytes a secret has.
    pub(super) const fn length(self) -> usize {
        match self {
            // Its checks warn of fewer than 50 characters.
            Self::Django => 48,
            Self::Rails => 64,
            _ => 32,
        }
    }

    /// The format that it usually reads.
    pub(super) const fn format(self) -> Format {
        match self {
            Self::AuthJs | Self::Laravel => Format::Env,
            _ => Format::Json,
        }
    }

    pub(super) fn reads(self, format: Format) -> bool {
        match self {
            Self::Any => true,
            Self::AuthJs => matches!(format, Format::Env | Format::Json),
            _ => format == self.format(),
        }
    }

    /// How many secrets it takes, `None` for any number.
    pub(super) const fn most(self, format: Format) -> Option<usize> {
        match (self, format) {
            (Self::AuthJs, Format::Env) => Some(4),
            _ => None,
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Target {
    type Err = ExportError;

    fn from_str(text: &str) -> Result<Self, ExportError> {
        let mut all = Self::ALL.into_iter();
        all.find(|target| target.as_str() == text)
            .ok_or(ExportError::UnknownTarget)
    }
}
