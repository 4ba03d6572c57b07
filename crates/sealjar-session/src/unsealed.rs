//! What is in a session cookie, before its session type is known?

use sealjar::{
    __hazmat as hazmat, Context, ContextError, LiveRing, OpenError, Opened, Sealer, Timestamp,
};

use crate::candidates::Age;
use crate::data::Format;
use crate::envelope::{Body, Envelope};
use crate::refusal::{Refusal, SessionRefusalKind};

/// A cookie that is authentic and has a session envelope around its body.
pub(crate) struct Unsealed {
    pub(crate) format: Format,
    pub(crate) opened: Opened,
    pub(crate) envelope: Envelope,
    layout_len: usize,
    body_len: usize,
    /// The length of the sealed text in bytes.
    pub(crate) size: usize,
}

impl Unsealed {
    /// Opens the text of a token. It counts refusals. The caller counts what opens, once it knows
    /// whether that is a session.
    pub(crate) fn open(sealers: &Sealers, text: &[u8], now: Timestamp) -> Result<Self, Refusal> {
        let (format, opened) = sealers.open(text, now)?;
        let framed = Envelope::decode(opened.payload());
        // JSON carries no layout: its names do the same.
        let framed = framed.filter(|(_, body)| format != Format::Json || body.layout.is_empty());
        let Some((envelope, body)) = framed else {
            let kind = SessionRefusalKind::Undecodable;
            hazmat::count_refused(&sealers.own, Some(&opened), kind);
            return Err(Refusal::Undecodable);
        };
        Ok(Self {
            format,
            envelope,
            layout_len: body.layout.len(),
            body_len: body.bytes.len(),
            size: text.len(),
            opened,
        })
    }

    /// Returns the application's value in its encoding, with what a newer build appended.
    pub(crate) fn body(&self) -> Body<'_> {
        let payload = self.opened.payload();
        let (frame, bytes) = payload.split_at(payload.len() - self.body_len);
        Body {
            layout: &frame[frame.len() - self.layout_len..],
            bytes,
        }
    }

    pub(crate) fn is_revoked(&self) -> bool {
        hazmat::is_session_revoked(&self.opened, self.envelope.id)
    }

    /// Returns the session's id, and how it compares with other copies of that session.
    pub(crate) const fn age(&self) -> Age {
        Age {
            id: self.envelope.id,
            version: (self.envelope.revision, self.opened.sealed_at()),
        }
    }
}

/// The sealers for the sessions in one cookie of one application (and one tenant, if it has
/// tenants). The sessions may come in two formats.
pub(crate) struct Sealers {
    /// Seals what is written.
    pub(crate) own: Sealer,
    format: Format,
    other: Option<(Format, Sealer)>,
}

impl Sealers {
    pub(crate) fn new(
        ring: LiveRing,
        app: impl Into<String>,
        cookie_name: &str,
        binding: &[u8],
        format: Format,
    ) -> Result<Self, ContextError> {
        let context = Context::new(app, format.purpose())
            .cookie_name(cookie_name)
            .binding(binding);
        Ok(Self {
            own: hazmat::library_sealer(ring, context)?,
            format,
            other: None,
        })
    }

    pub(crate) fn padded_to(mut self, bucket: u16) -> Result<Self, ContextError> {
        self.own = self.own.padded_to(bucket)?;
        Ok(self)
    }

    /// Opens sessions of another format too.
    pub(crate) fn also_reading(mut self, format: Option<Format>) -> Self {
        let other = |format: Format| (format, hazmat::for_purpose(&self.own, format.purpose()));
        self.other = format.map(other);
        self
    }

    /// Returns the sealer of a format that this jar opens.
    pub(crate) fn of(&self, format: Format) -> &Sealer {
        let other = self.other.as_ref().filter(|(other, _)| *other == format);
        other.map_or(&self.own, |(_, sealer)| sealer)
    }

    fn open(&self, text: &[u8], now: Timestamp) -> Result<(Format, Opened), OpenError> {
        let Some((other, sealer)) = &self.other else {
            return Ok((self.format, hazmat::open_uncounted(&self.own, text, now)?));
        };
        match hazmat::open_unless_forged(&self.own, text, now) {
            Err(OpenError::Forged) => Ok((*other, hazmat::open_uncounted(sealer, text, now)?)),
            opened => Ok((self.format, opened?)),
        }
    }
}
