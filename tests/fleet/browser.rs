//! What does a browser keep, and what does it do next?

use sealjar::{KeyId, Timestamp, Token};
use sealjar_session::{FetchMetadata, Jar, Origin, Session};

use crate::account::Account;
use crate::faults::Dice;

/// A browser, a visitor's or a thief's.
#[derive(Clone, Debug, Default)]
pub(crate) struct Browser {
    pub(crate) name: String,
    pub(crate) is_thief: bool,
    pub(crate) cookie: Option<Held>,
    /// The logout mark, and until when it lives.
    pub(crate) out: Option<(String, u32)>,
    /// The sessions that its visitor has logged out of, as many as the mark can hold.
    pub(crate) ended: Vec<[u8; 8]>,
    /// Responses in flight.
    pub(crate) answers: Vec<(u32, Answer)>,
}

/// A session cookie, and what the browser's owner knows about it.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    pub(crate) text: String,
    pub(crate) id: [u8; 8],
    pub(crate) key: KeyId,
    pub(crate) born: Timestamp,
    pub(crate) sealed_at: Timestamp,
    pub(crate) expires_at: Timestamp,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Answer {
    pub(crate) cookie: Option<Held>,
    /// A logout mark, and for how long.
    pub(crate) out: Option<(String, u32)>,
    pub(crate) ended: Option<[u8; 8]>,
    pub(crate) cleared: bool,
}

/// What a visit does.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Act {
    Purge,
    Read,
    Renew,
    Write,
}

impl Browser {
    pub(crate) fn wants(&self, dice: &mut Dice) -> Act {
        match dice.within(0..=99) {
            _ if self.is_thief => Act::Read,
            0..70 if self.cookie.is_some() => Act::Read,
            70..75 => Act::Renew,
            75..80 => Act::Purge,
            _ => Act::Write,
        }
    }

    pub(crate) fn headers(&self, now: u32) -> Option<Vec<u8>> {
        let cookie = self
            .cookie
            .as_ref()
            .map(|held| format!("{COOKIE}={}", held.text));
        let out = self.out.as_ref().filter(|(_, until)| now < *until);
        let out = out.map(|(id, _)| format!("{COOKIE}.out={id}"));
        let pairs: Vec<String> = cookie.into_iter().chain(out).collect();
        (!pairs.is_empty()).then(|| pairs.join("; ").into_bytes())
    }

    pub(crate) fn receive(&mut self, now: u32) {
        let (arrived, coming) = std::mem::take(&mut self.answers)
            .into_iter()
            .partition(|(at, _)| *at <= now);
        self.answers = coming;
        let arrived: Vec<(u32, Answer)> = arrived;
        for (_, answer) in arrived {
            if answer.cleared {
                self.cookie = None;
            }
            if let Some(held) = answer.cookie {
                self.cookie = Some(held);
            }
            if let Some((ids, max_age)) = answer.out {
                self.out = Some((ids, now + max_age));
            }
            if let Some(id) = answer.ended {
                self.ended.retain(|it| *it != id);
                self.ended.insert(0, id);
                self.ended.truncate(4);
            }
        }
    }
}

/// Reads a token on the replica that sealed it.
pub(crate) fn reopened(jar: &Jar<Account>, text: &str) -> Session<Account> {
    let header = format!("{COOKIE}={text}").into_bytes();
    jar.open(Some(header), FetchMetadata::default())
}

/// What the visitor has got.
pub(crate) fn held(
    jar: &Jar<Account>,
    session: &Session<Account>,
    text: &str,
    now: Timestamp,
    max_age: u32,
) -> Held {
    Held {
        text: text.into(),
        id: session.id().unwrap().bytes(),
        key: Token::parse(text).unwrap().key_id(),
        born: match (reopened(jar, text).origin(), session.origin()) {
            (Origin::Opened { born, .. }, _) | (_, Origin::Opened { born, .. }) => *born,
            _ => now,
        },
        sealed_at: now,
        expires_at: now.saturating_add(max_age),
    }
}

pub(crate) const COOKIE: &str = "__Host-Http-session";
