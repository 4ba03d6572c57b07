//! Under which name is an export delivered?

use std::fmt;
use std::str::FromStr;

use crate::export::{Export, ExportError, Target};

/// An export that the keeper delivers with the ring and under its rules: an epoch counts as
/// published when its exports are there too. It is a file beside a ring in a file, and in a swarm a
/// secret that services mount under this name.
///
/// # Examples
/// ```
/// use sealjar_keeper::export::ExportFile;
///
/// let file: ExportFile = "django:shop-prod:django.json".parse()?;
/// assert_eq!(file.name(), "django.json");
/// assert_eq!(file.export().app(), "shop-prod");
/// assert!("django:shop-prod:../etc/passwd".parse::<ExportFile>().is_err());
/// # Ok::<(), sealjar_keeper::export::ExportError>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ExportFile {
    export: Export,
    name: String,
}

impl ExportFile {
    /// Returns what is in the file.
    #[must_use]
    pub const fn export(&self) -> &Export {
        &self.export
    }

    /// Returns the file's name, without a directory.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl FromStr for ExportFile {
    type Err = ExportError;

    /// Reads `TARGET:APP:NAME`. An application's name may have colons.
    fn from_str(text: &str) -> Result<Self, ExportError> {
        let (target, rest) = text.split_once(':').ok_or(ExportError::Spelling)?;
        let (app, name) = rest.rsplit_once(':').ok_or(ExportError::Spelling)?;
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        let is_name =
            (1..=64).contains(&name.len()) && name.bytes().all(is_plain) && !name.starts_with('.');
        if !is_name {
            return Err(ExportError::Name);
        }
        Ok(Self {
            export: Export::new(target.parse::<Target>()?, app)?,
            name: name.into(),
        })
    }
}

impl fmt::Display for ExportFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.export, self.name)
    }
}
