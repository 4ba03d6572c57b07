//! What is in a session cookie, before its session type is known?

use sealjar::{
    __hazmat as hazmat, Context, ContextError, LiveRing, OpenError, Opened, Sealer, Timestamp,
};

use crate::candidates::Age;
use crate::data::{Format, Kind};
use crate::envelope::{Body, Envelope};
use crate::refusal::{Refusal, SessionRefusalKind};

/// A cookie that is authentic and has a session envelope around its body.
pub(crate) struct Unsealed {
    pub(crate) format: Format,
    /// The place of the legacy cookie that it was sealed for, if it is of the application's past.
    pub(crate) former: Option<usize>,
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
        let (format, former, opened) = sealers.open(text, now)?;
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
            former,
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
/// tenants). The sessions may come in two formats, and from the application's past.
pub(crate) struct Sealers {
    /// Seals what is written.
    pub(crate) own: Sealer,
    kind: Kind,
    cookie_name: String,
    binding: Vec<u8>,
    /// Tried in turn while a token is forged to the one before. The first is `own`.
    opening: Vec<Opening>,
}

/// A sealer that opens, and what it opens.
struct Opening {
    sealer: Sealer,
    format: Format,
    former: Option<Former>,
}

/// Where sessions were sealed before the application changed its name, or its cookie's.
#[derive(Clone, Copy)]
pub(crate) struct Former {
    /// The place of the legacy cookie among the jar's.
    pub(crate) place: usize,
    /// The first second in which it is not opened any more.
    pub(crate) until: Timestamp,
}

impl Sealers {
    pub(crate) fn new(
        ring: LiveRing,
        app: impl Into<String>,
        cookie_name: &str,
        binding: &[u8],
        kind: Kind,
        format: Format,
    ) -> Result<Self, ContextError> {
        let context = Context::new(app, kind.purpose(format))
            .cookie_name(cookie_name)
            .binding(binding);
        let own = hazmat::library_sealer(ring, context)?;
        Ok(Self {
            kind,
            cookie_name: cookie_name.into(),
            binding: binding.into(),
            opening: vec![Opening {
                sealer: own.clone(),
                format,
                former: None,
            }],
            own,
        })
    }

    pub(crate) fn padded_to(mut self, bucket: u16) -> Result<Self, ContextError> {
        self.own = self.own.padded_to(bucket)?;
        self.opening[0].sealer = self.own.clone();
        Ok(self)
    }

    /// Opens what was sealed for another format or another application too.
    pub(crate) fn also_open(
        &mut self,
        app: &str,
        format: Format,
        former: Option<Former>,
    ) -> Result<(), ContextError> {
        let opening = self.opening(app, &self.cookie_name, format, former)?;
        self.opening.push(opening);
        Ok(())
    }

    /// Makes the sealers of another cookie, which was the application's.
    pub(crate) fn of_former(
        &self,
        app: &str,
        cookie_name: &str,
        formats: impl Iterator<Item = Format>,
        former: Former,
    ) -> Result<Self, ContextError> {
        let opening = formats.map(|format| self.opening(app, cookie_name, format, Some(former)));
        Ok(Self {
            own: self.own.clone(),
            kind: self.kind,
            cookie_name: cookie_name.into(),
            binding: self.binding.clone(),
            opening: opening.collect::<Result<_, _>>()?,
        })
    }

    fn opening(
        &self,
        app: &str,
        cookie_name: &str,
        format: Format,
        former: Option<Former>,
    ) -> Result<Opening, ContextError> {
        let context = Context::new(app, self.kind.purpose(format))
            .cookie_name(cookie_name)
            .binding(&*self.binding);
        Ok(Opening {
            sealer: hazmat::in_context(&self.own, context)?,
            format,
            former,
        })
    }

    pub(crate) fn binding(&self) -> &[u8] {
        &self.binding
    }

    /// Returns the sealer of a format that this jar opens.
    pub(crate) fn of(&self, format: Format) -> &Sealer {
        let mut present = self.opening.iter().filter(|it| it.former.is_none());
        let found = present.find(|it| it.format == format);
        found.map_or(&self.own, |it| &it.sealer)
    }

    fn open(
        &self,
        text: &[u8],
        now: Timestamp,
    ) -> Result<(Format, Option<usize>, Opened), OpenError> {
        let is_open = |it: &&Opening| it.former.is_none_or(|former| now < former.until);
        let mut opening = self.opening.iter().filter(is_open).peekable();
        while let Some(it) = opening.next() {
            let opened = if opening.peek().is_some() {
                match hazmat::open_unless_forged(&it.sealer, text, now) {
                    Err(OpenError::Forged) => continue,
                    opened => opened,
                }
            } else {
                hazmat::open_uncounted(&it.sealer, text, now)
            };
            return Ok((it.format, it.former.map(|former| former.place), opened?));
        }
        Err(OpenError::Forged)
    }
}
