//! The session of all measurements.

use std::borrow::Cow;
use std::collections::BTreeMap;

use sealjar_session::SessionData;
use serde::{Deserialize, Serialize};

/// A user who is logged in, with a basket.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct User {
    /// Who it is.
    pub id: u64,
    /// What the user is called.
    pub name: String,
    /// What the user may do.
    pub roles: Vec<String>,
    /// Bytes against CSRF. In JSON they are text, as an application would store them: 32 numbers
    /// are twice as long and slower.
    #[serde(with = "csrf")]
    pub csrf: [u8; 32],
    /// The quantity of each article.
    pub basket: BTreeMap<String, u32>,
}

impl User {
    /// Makes the typical session.
    #[must_use]
    pub fn typical() -> Self {
        Self {
            id: 8_412_093_311,
            name: "Wilhelmina Oberlander".into(),
            roles: ["customer", "reviewer", "wholesale"]
                .map(str::to_owned)
                .into(),
            csrf: std::array::from_fn(|at| u8::try_from(at * 37 % 251).unwrap_or_default()),
            basket: ["A-10442", "A-20017", "B-00391", "C-77120", COUNTED]
                .map(|article| (article.to_owned(), 1))
                .into(),
        }
    }

    /// Returns the same user with a half-filled form, which nearly fills the 12 KiB that cookies
    /// can carry.
    #[must_use]
    pub fn with_a_draft() -> Self {
        let mut user = Self::typical();
        user.roles.push("draft ".repeat(1470));
        user
    }

    /// Makes the change of every write.
    pub fn bump(&mut self) {
        *self.basket.entry(COUNTED.to_owned()).or_default() += 1;
    }

    /// Returns the value after the next such change.
    #[must_use]
    pub fn bumped(&self) -> u32 {
        self.basket.get(COUNTED).copied().unwrap_or_default()
    }
}

impl SessionData for User {
    fn subject(&self) -> Option<Cow<'_, str>> {
        (self.id != 0).then_some(Cow::Borrowed(&self.name))
    }
}

mod csrf {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8; 32], to: S) -> Result<S::Ok, S::Error> {
        if to.is_human_readable() {
            to.serialize_str(&URL_SAFE_NO_PAD.encode(bytes))
        } else {
            bytes.serialize(to)
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<[u8; 32], D::Error> {
        if !from.is_human_readable() {
            return <[u8; 32]>::deserialize(from);
        }
        let text = String::deserialize(from)?;
        let mut bytes = [0; 32];
        match URL_SAFE_NO_PAD.decode_slice(text, &mut bytes) {
            Ok(32) => Ok(bytes),
            _ => Err(D::Error::custom("not 32 bytes of base64url")),
        }
    }
}

const COUNTED: &str = "D-00008";
