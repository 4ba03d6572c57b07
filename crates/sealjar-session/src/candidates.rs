//! Which of several cookies with one name is the session?

use std::borrow::Cow;

use sealjar::{OpenError, Timestamp};

use crate::cookie::chunk::{self, Unjoined};
use crate::refusal::Refusal;
use crate::request::CookieHeaders;

/// Which session a cookie is, and which copy of it. The greatest version is the newest.
#[derive(Clone, Copy)]
pub(crate) struct Age {
    pub(crate) id: [u8; 8],
    pub(crate) version: (u32, Timestamp),
}

/// Returns the token's text: `value`, joined with the parts in other cookies if it is the first of
/// several.
pub(crate) fn token_text<'a>(
    value: &'a [u8],
    headers: &'a dyn CookieHeaders,
    cookie_name: &str,
) -> Result<Cow<'a, [u8]>, Refusal> {
    chunk::join(value, headers, cookie_name).map_err(|unjoined| match unjoined {
        Unjoined::TooLong => OpenError::Malformed.into(),
        Unjoined::Torn => Refusal::TornChunks,
    })
}

/// Selects the session among the cookies of one name: the one that opens, not the first one. An
/// attacker who can set a second cookie must not be able to lock the visitor out.
pub(crate) fn select_session<R>(
    candidates: impl IntoIterator<Item = Result<R, Refusal>>,
    age: impl Fn(&R) -> Age,
) -> Result<R, Refusal> {
    let mut best: Option<R> = None;
    let mut several = false;
    let mut first_refusal = None;
    for candidate in candidates {
        match candidate {
            Err(refusal) => {
                first_refusal.get_or_insert(refusal);
            }
            Ok(candidate) => match best.as_ref().map(&age) {
                Some(other) if other.id != age(&candidate).id => several = true,
                Some(other) if other.version >= age(&candidate).version => {}
                _ => best = Some(candidate),
            },
        }
    }
    match (best, first_refusal) {
        _ if several => Err(Refusal::Ambiguous),
        (Some(best), _) => Ok(best),
        (None, first_refusal) => Err(first_refusal.unwrap_or(Refusal::Ambiguous)),
    }
}
