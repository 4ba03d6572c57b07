//! What is in a session cookie, before its session type is known?

use sealjar::{__hazmat as hazmat, Context, ContextError, LiveRing, Opened, Sealer, Timestamp};

use crate::codec::Body;
use crate::envelope::Envelope;
use crate::refusal::{Refusal, SessionRefusalKind};

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
    /// Opens a token's text. It counts refusals. The caller counts what opens, once it knows whether that is a session.
    pub(crate) fn open(sealer: &Sealer, text: &[u8], now: Timestamp) -> Result<Self, Refusal> {
        let opened = hazmat::open_uncounted(sealer, text, now)?;
        let Some((envelope, body)) = Envelope::decode(opened.payload()) else {
            hazmat::count_refused(sealer, Some(&opened), SessionRefusalKind::Undecodable);
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

    pub(crate) const fn age(&self) -> (u32, Timestamp) {
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
