//! What comes before the application's bytes in a session? `varint(schema) ‖ id ‖ varint(revision)
//! ‖ varint(n) ‖ layout`, where the layout has n bytes.

use std::borrow::Cow;

/// A value's bytes and their layout: one byte for each field of the outermost struct.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Body<'a> {
    pub(crate) layout: &'a [u8],
    pub(crate) bytes: &'a [u8],
}

/// The part of a session payload that is ours.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Envelope {
    pub(crate) schema: u16,
    pub(crate) id: [u8; 8],
    pub(crate) revision: u32,
}

impl Envelope {
    /// Splits a payload into the envelope and the body.
    pub(crate) fn decode(payload: &[u8]) -> Option<(Self, Body<'_>)> {
        let (schema, rest) = postcard::take_from_bytes(payload).ok()?;
        let (id, rest) = rest.split_first_chunk()?;
        let ((revision, layout), bytes) = postcard::take_from_bytes(rest).ok()?;
        let envelope = Self {
            schema,
            id: *id,
            revision,
        };
        Some((envelope, Body { layout, bytes }))
    }

    /// Returns the payload: the envelope, a body, and what a newer build appended to it.
    pub(crate) fn before<'a>(
        &self,
        layout: &'a [u8],
        bytes: Cow<'a, [u8]>,
        tail: Body<'a>,
    ) -> Payload<'a> {
        let fields = layout.len() + tail.layout.len();
        let mut frame = [0; Self::MAX_LEN];
        let written =
            postcard::to_slice(&(self.schema, self.id, self.revision, fields), &mut frame);
        let frame_len = written
            .expect("an envelope is never longer than its greatest length")
            .len();
        Payload {
            frame,
            frame_len,
            layout,
            bytes,
            tail,
        }
    }

    /// Three bytes for the schema, eight for the id, five for the revision, ten for the number of
    /// fields.
    const MAX_LEN: usize = 26;
}

/// A session's payload, before it is laid out in a token.
pub(crate) struct Payload<'a> {
    frame: [u8; Envelope::MAX_LEN],
    frame_len: usize,
    layout: &'a [u8],
    bytes: Cow<'a, [u8]>,
    tail: Body<'a>,
}

impl Payload<'_> {
    /// Returns its parts, in order.
    pub(crate) fn parts(&self) -> [&[u8]; 5] {
        let frame = &self.frame[..self.frame_len];
        let Body { layout, bytes } = self.tail;
        [frame, self.layout, layout, &self.bytes, bytes]
    }

    /// Returns its length in bytes.
    pub(crate) fn len(&self) -> usize {
        self.parts().iter().map(|part| part.len()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body<'a>(layout: &'a [u8], bytes: &'a [u8]) -> Body<'a> {
        Body { layout, bytes }
    }

    #[test]
    fn every_length_of_schema_revision_and_layout_survives() {
        for schema in [0, 1, 127, 128, 16_383, 16_384, u16::MAX] {
            for revision in [0, 127, 128, 300, 2_097_152, u32::MAX] {
                for fields in [0, 1, 127, 128, 20_000] {
                    let envelope = Envelope {
                        schema,
                        id: *b"\0session",
                        revision,
                    };
                    let layout = vec![0xA5; fields];
                    let (own, unknown) = layout.split_at(fields / 3);
                    let (own, unknown) = (body(own, b"body"), body(unknown, b"tail"));
                    let payload = envelope.before(own.layout, own.bytes.into(), unknown);
                    let (length, payload) = (payload.len(), payload.parts().concat());
                    assert_eq!(payload.len(), length);
                    assert_eq!(
                        Envelope::decode(&payload),
                        Some((envelope, body(&layout, b"bodytail")))
                    );
                    for cut in (0..payload.len() - 8).step_by(1 + fields / 50) {
                        assert_eq!(Envelope::decode(&payload[..cut]), None);
                    }
                }
            }
        }
    }

    #[test]
    fn numbers_that_do_not_fit_are_not_read() {
        // A schema of 2^16, a revision of 2^32, and more fields than there are bytes.
        assert_eq!(Envelope::decode(b"\x80\x80\x04idididid\x00\x00"), None);
        assert_eq!(
            Envelope::decode(b"\x00idididid\x80\x80\x80\x80\x10\x00"),
            None
        );
        assert_eq!(
            Envelope::decode(b"\x00idididid\x00\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01"),
            None
        );
        assert!(Envelope::decode(b"\x00idididid\x00\x00").is_some());
    }

    #[test]
    fn the_vectors_are_written_and_read_byte_for_byte() {
        let vectors: serde_json::Value =
            serde_json::from_str(include_str!("../vectors/session_v2.json")).unwrap();
        let cases = vectors["session_payload"].as_array().unwrap();
        assert_eq!(cases.len(), 4);
        for case in cases {
            let bytes = |member: &str| -> Vec<u8> {
                let hex = case[member].as_str().unwrap();
                (0..hex.len() / 2)
                    .map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap())
                    .collect()
            };
            let number = |member: &str| case[member].as_u64().unwrap();
            let envelope = Envelope {
                schema: u16::try_from(number("schema")).unwrap(),
                id: bytes("id").try_into().unwrap(),
                revision: u32::try_from(number("revision")).unwrap(),
            };
            let (layout, bytes, payload) = (bytes("layout"), bytes("body"), bytes("payload"));
            let whole = body(&layout, &bytes);
            let written = |own: Body<'_>, unknown| {
                let payload = envelope.before(own.layout, own.bytes.into(), unknown);
                payload.parts().concat()
            };
            assert_eq!(written(whole, Body::default()), payload);
            assert_eq!(Envelope::decode(&payload), Some((envelope, whole)));
            // The body and what follows it are one run of bytes, and so are their layouts.
            let (own, unknown) = layout.split_at(layout.len() / 2);
            let (first, last) = bytes.split_at(bytes.len() / 2);
            assert_eq!(written(body(own, first), body(unknown, last)), payload);
        }
    }
}
