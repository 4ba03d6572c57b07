//! Which of several cookies with one name is the session?

use std::borrow::Cow;

use sealjar::OpenError;

use crate::cookie::chunk::{self, Unjoined};
use crate::refusal::Refusal;
use crate::request::CookieHeaders;
use crate::unsealed::Unsealed;

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
    unsealed: impl Fn(&R) -> &Unsealed,
) -> Result<R, Refusal> {
    let mut best: Option<R> = None;
    let mut several = false;
    let mut first_refusal = None;
    for candidate in candidates {
        match candidate {
            Err(refusal) => {
                first_refusal.get_or_insert(refusal);
            }
            Ok(candidate) => match best.as_ref().map(&unsealed) {
                Some(other) if other.envelope.id != unsealed(&candidate).envelope.id => {
                    several = true;
                }
                Some(other) if other.age() >= unsealed(&candidate).age() => {}
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
