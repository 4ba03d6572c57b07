//! The expected result of an exchange.

use crate::answer::{Effect, Line};
use crate::world::{DAY, MARK_LIVES, NAME};

/// What a response and its handler's view must be. `None` is not checked.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Expect {
    pub(crate) status: u16,
    pub(crate) location: Vec<String>,
    pub(crate) lines: Vec<Line>,
    pub(crate) cache_control: Vec<String>,
    /// The other fields that caches use.
    pub(crate) other_policies: Vec<(String, String)>,
    pub(crate) vary: Vec<String>,
    pub(crate) clear_site_data: Vec<String>,
    /// `{layer}` and `{added by}` are replaced by the adapter's own words.
    pub(crate) body: Option<String>,
    pub(crate) origin: Option<&'static str>,
    /// The row's sessions are A, B, C in the order in which handlers see them; `Some(None)` means
    /// no session.
    pub(crate) id: Option<Option<char>>,
    pub(crate) revision: Option<u32>,
    /// How many cookies opened, and how many were refused.
    pub(crate) uses: Option<(u64, u64)>,
    /// How often a session was decoded.
    pub(crate) decodes: Option<u32>,
}

/// A response that shows no trace of sessions.
pub(crate) fn untouched() -> Expect {
    Expect {
        status: 200,
        location: Vec::new(),
        lines: Vec::new(),
        cache_control: Vec::new(),
        other_policies: Vec::new(),
        vary: Vec::new(),
        clear_site_data: Vec::new(),
        body: None,
        origin: None,
        id: None,
        revision: None,
        uses: None,
        decodes: None,
    }
}

/// A response whose handler has looked at the session.
pub(crate) fn reads() -> Expect {
    Expect {
        cache_control: vec!["private".into()],
        vary: vec!["Cookie".into()],
        ..untouched()
    }
}

/// A response that sets these lines.
pub(crate) fn sends(lines: impl IntoIterator<Item = Line>) -> Expect {
    Expect {
        lines: lines.into_iter().collect(),
        cache_control: vec!["no-store".into()],
        ..reads()
    }
}

/// A response that sets a session for as long as a ring and jar allow by default.
pub(crate) fn writes() -> Expect {
    sends([set(NAME, DAY)])
}

/// A response that ends the incoming session.
pub(crate) fn purges() -> Expect {
    sends([removed(NAME), marked()])
}

/// A response after which another person or nobody is logged in.
pub(crate) fn leaves() -> Expect {
    sends([set(NAME, DAY), marked()])
}

impl Expect {
    pub(crate) fn status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// A redirect (303) to there.
    pub(crate) fn sees_other(mut self, location: &str) -> Self {
        self.location = vec![location.into()];
        self.status(303)
    }

    pub(crate) fn cache_control(mut self, policies: &[&str]) -> Self {
        self.cache_control = policies.iter().map(ToString::to_string).collect();
        self
    }

    pub(crate) fn other_policy(mut self, field: &str, value: &str) -> Self {
        self.other_policies.push((field.into(), value.into()));
        self
    }

    pub(crate) fn vary(mut self, fields: &[&str]) -> Self {
        self.vary = fields.iter().map(ToString::to_string).collect();
        self
    }

    pub(crate) fn clearing_site_data(mut self, directives: &str) -> Self {
        self.clear_site_data.push(directives.into());
        self
    }

    pub(crate) fn body(mut self, body: impl Into<String>) -> Self {
        self.body = Some(body.into());
        self
    }

    pub(crate) fn origin(mut self, origin: &'static str) -> Self {
        self.origin = Some(origin);
        self
    }

    pub(crate) fn id(mut self, letter: char) -> Self {
        self.id = Some(Some(letter));
        self
    }

    pub(crate) fn no_id(mut self) -> Self {
        self.id = Some(None);
        self
    }

    pub(crate) fn revision(mut self, revision: u32) -> Self {
        self.revision = Some(revision);
        self
    }

    pub(crate) fn uses(mut self, opened: u64, refused: u64) -> Self {
        self.uses = Some((opened, refused));
        self
    }

    pub(crate) fn decodes(mut self, count: u32) -> Self {
        self.decodes = Some(count);
        self
    }

    /// Whether this can only be checked if the handler looks at its session.
    pub(crate) fn looks_inside(&self) -> bool {
        self.origin.is_some() || self.id.is_some() || self.revision.is_some()
    }
}

pub(crate) fn set(name: &str, seconds: u32) -> Line {
    line(name, Effect::Set(Some(seconds)))
}

pub(crate) fn set_until_the_browser_closes(name: &str) -> Line {
    line(name, Effect::Set(None))
}

pub(crate) fn removed(name: &str) -> Line {
    line(name, Effect::Removed)
}

/// The logout mark.
pub(crate) fn marked() -> Line {
    set(&format!("{NAME}.out"), MARK_LIVES)
}

pub(crate) fn foreign(name: &str, value: &str) -> Line {
    line(name, Effect::Foreign(value.into()))
}

fn line(name: &str, effect: Effect) -> Line {
    Line {
        name: name.into(),
        effect,
        attributes: None,
    }
}
