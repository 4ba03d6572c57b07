//! What stands before the application's bytes in a session? `varint(schema) ‖ id ‖ varint(revision)`.

/// The part of a session payload that is ours.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Envelope {
    pub(crate) schema: u16,
    pub(crate) id: [u8; 8],
    pub(crate) revision: u32,
}

impl Envelope {
    /// Splits a payload into the envelope and the body.
    pub(crate) fn decode(payload: &[u8]) -> Option<(Self, &[u8])> {
        let ((schema, id, revision), body) = postcard::take_from_bytes(payload).ok()?;
        let envelope = Self {
            schema,
            id,
            revision,
        };
        Some((envelope, body))
    }

    /// Writes the payload: the envelope, the body, and what a newer build appended to the body.
    pub(crate) fn encode(&self, body: &[u8], tail: &[u8]) -> Vec<u8> {
        let mut payload = Vec::with_capacity(self.len() + body.len() + tail.len());
        let frame = (self.schema, self.id, self.revision);
        let mut buffer = [0; Self::MAX_LEN];
        let frame = postcard::to_slice(&frame, &mut buffer)
            .expect("an envelope is never longer than its greatest length");
        payload.extend_from_slice(frame);
        payload.extend_from_slice(body);
        payload.extend_from_slice(tail);
        payload
    }

    /// Returns the length in bytes.
    pub(crate) const fn len(&self) -> usize {
        varint_len(self.schema as u32) + self.id.len() + varint_len(self.revision)
    }

    /// Three bytes for the schema, eight for the id, five for the revision.
    pub(crate) const MAX_LEN: usize = 16;
}

const fn varint_len(number: u32) -> usize {
    (32 - (number | 1).leading_zeros()).div_ceil(7) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_of_schema_and_revision_survives() {
        for schema in [0, 1, 127, 128, 16_383, 16_384, u16::MAX] {
            for revision in [0, 127, 128, 300, 2_097_152, u32::MAX] {
                let envelope = Envelope {
                    schema,
                    id: *b"\0session",
                    revision,
                };
                let payload = envelope.encode(b"body", b"tail");
                assert_eq!(payload.len(), envelope.len() + 8);
                assert!(envelope.len() <= Envelope::MAX_LEN);
                assert_eq!(
                    Envelope::decode(&payload),
                    Some((envelope, b"bodytail".as_slice()))
                );
                for cut in 0..payload.len() - 8 {
                    assert_eq!(Envelope::decode(&payload[..cut]), None);
                }
            }
        }
    }

    #[test]
    fn numbers_that_do_not_fit_are_not_read() {
        // A schema of 2^16 and a revision of 2^32.
        assert_eq!(Envelope::decode(b"\x80\x80\x04idididid\x00"), None);
        assert_eq!(Envelope::decode(b"\x00idididid\x80\x80\x80\x80\x10"), None);
    }

    #[test]
    fn the_vectors_are_written_and_read_byte_for_byte() {
        let vectors: serde_json::Value =
            serde_json::from_str(include_str!("../../../tests/vectors/token_v1.json")).unwrap();
        let cases = vectors["session_payload"].as_array().unwrap();
        assert_eq!(cases.len(), 3);
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
            let (body, payload) = (bytes("body"), bytes("payload"));
            assert_eq!(*envelope.encode(&body, &[]), payload);
            assert_eq!(Envelope::decode(&payload), Some((envelope, &body[..])));
            // The body and what follows it are one run of bytes.
            let (first, last) = body.split_at(body.len() / 2);
            assert_eq!(*envelope.encode(first, last), payload);
        }
    }
}
