//! The plaintext of a token (three times, the payload, the padding), and which times are valid.

use crate::clock::Timestamp;
use crate::error::OpenError;
use crate::ring_key::RingKey;

/// The three times of a token.
pub(crate) struct Times {
    pub(crate) born: Timestamp,
    pub(crate) sealed_at: Timestamp,
    pub(crate) expires_at: Timestamp,
}

impl Times {
    pub(crate) fn write(&self, raw: &mut Vec<u8>) {
        for time in [self.born, self.sealed_at, self.expires_at] {
            raw.extend_from_slice(&time.stored().to_be_bytes());
        }
    }

    pub(crate) fn read(inner: &[u8]) -> Option<Self> {
        let mut stored = inner.chunks_exact(4).map(|bytes| {
            let bytes = [bytes[0], bytes[1], bytes[2], bytes[3]];
            Timestamp::from_stored(u32::from_be_bytes(bytes))
        });
        Some(Self {
            born: stored.next()?,
            sealed_at: stored.next()?,
            expires_at: stored.next()?,
        })
    }

    pub(crate) fn check(&self, key: &RingKey, skew: u32, now: Timestamp) -> Result<(), OpenError> {
        if self.expires_at < self.sealed_at
            || self.born > self.sealed_at.saturating_add(skew)
            || self.expires_at.seconds_since(self.sealed_at) > key.lifetime
            || self.sealed_at > now.saturating_add(skew)
        {
            return Err(OpenError::BadTime);
        }
        if now >= self.expires_at {
            return Err(OpenError::Expired);
        }
        if key
            .seals_until
            .is_some_and(|until| self.sealed_at > until.saturating_add(skew))
        {
            return Err(OpenError::OutsideKeyWindow);
        }
        Ok(())
    }
}

/// Returns where the payload ends, `None` if there is no padding mark.
pub(crate) fn payload_end(inner: &[u8]) -> Option<usize> {
    let mark = inner.iter().rposition(|byte| *byte != 0)?;
    (inner[mark] == PADDING_MARK && mark >= TIMES).then_some(mark)
}

pub(crate) const PADDING_MARK: u8 = 0x80;
/// The length of three times of four bytes.
pub(crate) const TIMES: usize = 12;
