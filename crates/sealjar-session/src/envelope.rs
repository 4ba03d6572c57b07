//! What stands before the application's bytes in a session? `varint(schema) ‖ id ‖ varint(revision)`.

use zeroize::Zeroizing;

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
    pub(crate) fn encode(&self, body: &[u8], tail: &[u8]) -> Zeroizing<Vec<u8>> {
        let capacity = Self::MAX_LEN + body.len() + tail.len();
        // Never grows: growing would leave a copy of the session behind.
        let mut payload = Zeroizing::new(vec![0; capacity]);
        let frame = (self.schema, self.id, self.revision);
        let written = postcard::to_slice(&frame, &mut payload)
            .expect("an envelope is never longer than its greatest length")
            .len();
        payload.truncate(written);
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
}
