//! What stands in a session cookie, before anybody knows its type?

use std::borrow::Cow;

use sealjar::{
    __hazmat as hazmat, Context, ContextError, LiveRing, OpenError, Opened, RefusalKind, Sealer,
    Timestamp,
};

use crate::codec::Body;
use crate::cookie::chunk::{self, Unjoined};
use crate::envelope::Envelope;
use crate::error::Refusal;
use crate::request::CookieHeaders;

/// A cookie that authenticates and has our frame around its body.
pub(crate) struct Unsealed {
    pub(crate) opened: Opened,
    pub(crate) envelope: Envelope,
    layout_len: usize,
    body_len: usize,
    /// The length of the sealed text in bytes.
    pub(crate) size: usize,
}

impl Unsealed {
    /// Opens a token's text. Refusals are counted, and what opens is left to whoever judges it.
    pub(crate) fn open(sealer: &Sealer, text: &[u8], now: Timestamp) -> Result<Self, Refusal> {
        let opened = hazmat::open_uncounted(sealer, text, now)?;
        let Some((envelope, body)) = Envelope::decode(opened.payload()) else {
            hazmat::count_refused(sealer, Some(&opened), RefusalKind::Undecodable);
            return Err(Refusal::Undecodable);
        };
        Ok(Self {
            envelope,
            layout_len: body.layout.len(),
            body_len: body.bytes.len(),
            size: text.len(),
            opened,
        })
    }

    /// Returns the encoding of the application's type, with what a newer build appended.
    pub(crate) fn body(&self) -> Body<'_> {
        let payload = self.opened.payload();
        let (frame, bytes) = payload.split_at(payload.len() - self.body_len);
        Body {
            layout: &frame[frame.len() - self.layout_len..],
            bytes,
        }
    }

    pub(crate) fn is_revoked(&self) -> bool {
        self.opened.is_session_revoked(self.envelope.id)
    }

    const fn age(&self) -> (u32, Timestamp) {
        (self.envelope.revision, self.opened.sealed_at())
    }
}

/// Makes the sealer of the sessions in one cookie of one application, and of one tenant if it has some.
pub(crate) fn session_sealer(
    ring: LiveRing,
    app: impl Into<String>,
    cookie_name: &str,
    binding: &[u8],
) -> Result<Sealer, ContextError> {
    let context = Context::new(app, hazmat::SESSION)
        .cookie_name(cookie_name)
        .binding(binding);
    hazmat::library_sealer(ring, context)
}

/// Returns the token's text that begins in `value`.
pub(crate) fn joined<'a>(
    value: &'a [u8],
    headers: &'a dyn CookieHeaders,
    cookie_name: &str,
) -> Result<Cow<'a, [u8]>, Refusal> {
    chunk::join(value, headers, cookie_name).map_err(|unjoined| match unjoined {
        Unjoined::TooLong => OpenError::Malformed.into(),
        Unjoined::Torn => Refusal::TornChunks,
    })
}

/// Finds the session among the cookies of one name. Exactly one wins, never the first: whoever can set
/// a second cookie must not be able to lock the visitor out.
pub(crate) fn choose<R>(
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
