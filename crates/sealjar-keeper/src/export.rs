//! Secrets of the ring for programs that seal by themselves, written as each of them reads it.
//!
//! Such a program takes a list of secrets: the first seals, the others open. The ring gives it one,
//! with a standby in it: every program can open with a key before any of them seals with it. That
//! is what makes its own rotation right.

mod error;
mod file;
mod format;
mod target;
mod text;

use std::fmt;

use sealjar::KeyRing;
use zeroize::Zeroizing;

pub use crate::export::error::ExportError;
pub use crate::export::file::ExportFile;
pub use crate::export::format::Format;
pub use crate::export::target::Target;

/// What to export: for which program, and for which application.
///
/// # Examples
/// ```
/// use sealjar::{Key, KeyRing, Suite};
/// use sealjar_keeper::export::{Export, Target};
///
/// let ring = KeyRing::from(Key::generate(Suite::Xaes256Gcm)?);
/// let export = Export::new(Target::Django, "shop-prod")?;
/// let settings = export.render(&ring)?;
/// assert!(settings.starts_with("{\"SECRET_KEY\":\""));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Export {
    target: Target,
    app: String,
    format: Format,
}

impl Export {
    /// Names a program and an application, with its environment: `shop-prod`. Each pair gets
    /// secrets of its own.
    ///
    /// # Errors
    /// [`ExportError::App`] for a name that is empty or longer than 65 535 bytes.
    pub fn new(target: Target, app: impl Into<String>) -> Result<Self, ExportError> {
        let app = app.into();
        if app.is_empty() || app.len() > MAX_NAME {
            return Err(ExportError::App);
        }
        Ok(Self {
            format: target.format(),
            target,
            app,
        })
    }

    /// Writes it in another format than the program's usual one.
    ///
    /// # Errors
    /// [`ExportError::Format`] if the program does not read that.
    pub fn format(self, format: Format) -> Result<Self, ExportError> {
        if self.target.reads(format) {
            Ok(Self { format, ..self })
        } else {
            Err(ExportError::Format {
                target: self.target.as_str(),
                format: format.as_str(),
            })
        }
    }

    /// Returns the program that it is for.
    #[must_use]
    pub const fn target(&self) -> Target {
        self.target
    }

    /// Returns the application that it is for.
    #[must_use]
    pub fn app(&self) -> &str {
        &self.app
    }

    /// Writes the secrets of a ring, as the program reads them. The same ring gives the same text,
    /// at any time.
    ///
    /// # Errors
    /// [`ExportError::TooMany`] if the program takes fewer secrets than the ring has keys.
    ///
    /// # Security
    /// The text is as secret as the ring: anybody who has it can forge the sessions of this
    /// application.
    pub fn render(&self, ring: &KeyRing) -> Result<Zeroizing<String>, ExportError> {
        let length = self.target.length();
        let secrets = sealjar::keeper::export(ring, &self.app, self.target.as_str(), length);
        let secrets = secrets.map_err(|_| ExportError::App)?;
        if let Some(most) = self.target.most(self.format)
            && secrets.len() > most
        {
            return Err(ExportError::TooMany {
                target: self.target.as_str(),
                found: secrets.len(),
                most,
            });
        }
        Ok(text::write(self.target, self.format, &secrets))
    }
}

impl fmt::Display for Export {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.target, self.app)
    }
}

/// Names are derived from with their length in 16 bits.
const MAX_NAME: usize = 65_535;

#[cfg(test)]
mod tests;
