//! Where is a ring kept, as a person writes it?

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use serde::Deserialize;

/// Names a store: its scheme and its place.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(try_from = "String")]
pub(crate) enum StoreAddress {
    /// The document that replicas read.
    File(PathBuf),
    /// A ring of this name in the secrets and configs of a Docker Swarm.
    Swarm(String),
}

impl fmt::Display for StoreAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "file:{}", path.display()),
            Self::Swarm(ring) => write!(f, "swarm:{ring}"),
        }
    }
}

impl FromStr for StoreAddress {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let (scheme, place) = text.split_once(':').ok_or(AddressError::NoScheme)?;
        match (scheme, place) {
            ("file", "") => Err(AddressError::NoPlace),
            ("file", path) => Ok(Self::File(path.into())),
            ("swarm", ring) if sealjar::keeper::is_ring_name(ring) => Ok(Self::Swarm(ring.into())),
            ("swarm", _) => Err(AddressError::NoRing),
            _ => Err(AddressError::UnknownScheme),
        }
    }
}

impl TryFrom<String> for StoreAddress {
    type Error = AddressError;

    fn try_from(text: String) -> Result<Self, AddressError> {
        text.parse()
    }
}

/// Why a text names no store.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum AddressError {
    NoPlace,
    NoRing,
    NoScheme,
    UnknownScheme,
}

impl AddressError {
    /// Returns what to write instead.
    pub(crate) const fn hint(self) -> &'static str {
        match self {
            Self::NoPlace => {
                "write the document's path after `file:`; is a variable of the shell not set?"
            }
            Self::NoRing => "write the ring's name after `swarm:`, such as swarm:web",
            Self::NoScheme => {
                "write `file:` before the document's path, or `swarm:` before the ring's name"
            }
            Self::UnknownScheme => {
                "write file:PATH with the document's path, or swarm:RING with the ring's name"
            }
        }
    }
}

impl fmt::Display for AddressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoPlace => "a path must follow `file:`",
            Self::NoRing => "a ring's name must follow `swarm:`, 1 to 24 of a-z, 0-9 and -",
            Self::NoScheme => "a store is written with its scheme, file:PATH or swarm:RING",
            Self::UnknownScheme => "the known schemes are: file, swarm",
        })
    }
}

impl std::error::Error for AddressError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_keeps_its_colons_and_whatever_is_no_store_is_refused_by_name() {
        for text in [
            "file:/srv/ring.json",
            "file:ring.json",
            "file:a:b",
            "swarm:web",
        ] {
            assert_eq!(text.parse::<StoreAddress>().unwrap().to_string(), text);
        }
        for (text, error) in [
            ("file:", AddressError::NoPlace),
            ("", AddressError::NoScheme),
            ("swarm:", AddressError::NoRing),
            ("swarm:Web", AddressError::NoRing),
            ("/srv/ring.json", AddressError::NoScheme),
            ("s3:ring", AddressError::UnknownScheme),
            (":ring", AddressError::UnknownScheme),
            ("FILE:ring", AddressError::UnknownScheme),
        ] {
            assert_eq!(text.parse::<StoreAddress>(), Err(error), "{text:?}");
        }
    }
}
