//! What does the app remember of a visitor?

use std::borrow::Cow;
use std::collections::BTreeMap;

use sealjar_session::{Format, SessionData};
use serde::{Deserialize, Serialize};

/// All that the app remembers of a visitor. This is the session.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Visitor {
    /// Who is logged in, `None` for a guest.
    pub user: Option<User>,
    /// The contents of the basket, which a guest has too. A program in another language may leave
    /// an empty one out.
    #[cfg_attr(feature = "json", serde(default))]
    pub basket: Basket,
    /// How often the visitor wished for something that the shop does not sell. Builds without this
    /// field keep it.
    #[cfg(feature = "wishlist")]
    #[serde(default)]
    pub wishes: u32,
}

/// postcard, or JSON in a build that shares its sessions with `examples/next` and
/// `examples/django`.
const FORMAT: Format = if cfg!(feature = "json") {
    Format::Json
} else {
    Format::Postcard
};

impl SessionData for Visitor {
    const FORMAT: Format = FORMAT;

    /// Makes "log this person out everywhere" work.
    fn subject(&self) -> Option<Cow<'_, str>> {
        let user = self.user.as_ref()?;
        Some(Cow::Borrowed(&user.login))
    }
}

/// A person who has logged in.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct User {
    /// The name typed into the form.
    pub login: String,
    /// The name shown on pages.
    pub name: String,
}

/// How many of each good.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Basket(BTreeMap<String, u32>);

impl Basket {
    /// Adds one. A basket holds at most 99 of each, which also bounds the cookie.
    pub fn add(&mut self, good: &Good) {
        let quantity = self.0.entry(good.id.to_owned()).or_default();
        *quantity = (*quantity + 1).min(99);
    }

    /// Takes one out, if there is one.
    pub fn remove(&mut self, good: &Good) {
        if let Some(quantity) = self.0.get_mut(good.id) {
            *quantity = quantity.saturating_sub(1);
        }
        self.0.retain(|_, quantity| *quantity > 0);
    }

    /// Returns the number of pieces of a good.
    #[must_use]
    pub fn quantity(&self, good: &Good) -> u32 {
        self.0.get(good.id).copied().unwrap_or(0)
    }

    /// Returns the number of pieces of all goods together.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.0.values().sum()
    }
}

/// Something the shop sells.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Good {
    /// Its name in forms and sessions.
    pub id: &'static str,
    /// Its name on pages.
    pub name: &'static str,
    /// A few words about it.
    pub about: &'static str,
}

impl Good {
    /// All that the shop sells.
    pub const ALL: [Self; 4] = [
        Self {
            id: "jar",
            name: "Preserving jar",
            about: "Half a litre, with a rubber ring",
        },
        Self {
            id: "wax",
            name: "Sealing wax",
            about: "Red, six sticks",
        },
        Self {
            id: "ring",
            name: "Key ring",
            about: "Steel, holds 64 keys",
        },
        Self {
            id: "tea",
            name: "Tea",
            about: "Keeps for a year in a closed jar",
        },
    ];

    /// Returns the good with this id.
    #[must_use]
    pub fn find(id: &str) -> Option<&'static Self> {
        const ALL: &[Good] = &Good::ALL;
        ALL.iter().find(|good| good.id == id)
    }
}
