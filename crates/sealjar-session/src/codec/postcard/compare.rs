//! Does a value encode to these bytes?

use postcard::ser_flavors::Flavor;
use serde::Serialize;

/// Returns whether a value encodes to these bytes. Stops at the first difference, and stores
/// nothing.
pub(crate) fn encodes_to<T: Serialize>(value: &T, bytes: &[u8]) -> bool {
    postcard::serialize_with_flavor(value, Expected(bytes)).unwrap_or(false)
}

/// The expected bytes that have not been compared yet.
struct Expected<'a>(&'a [u8]);

impl Flavor for Expected<'_> {
    type Output = bool;

    #[inline(always)]
    fn try_extend(&mut self, data: &[u8]) -> postcard::Result<()> {
        let (start, rest) = self.0.split_at_checked(data.len()).ok_or(DIFFERS)?;
        let is_same = is_same(start, data);
        self.0 = rest;
        if is_same { Ok(()) } else { Err(DIFFERS) }
    }

    #[inline(always)]
    fn try_push(&mut self, data: u8) -> postcard::Result<()> {
        let (first, rest) = self.0.split_first().ok_or(DIFFERS)?;
        self.0 = rest;
        if *first == data { Ok(()) } else { Err(DIFFERS) }
    }

    fn finalize(self) -> postcard::Result<bool> {
        Ok(self.0.is_empty())
    }
}

/// Compares two slices of equal length. Most are a few bytes: comparing their first and last words,
/// which may overlap, costs less than a call of `memcmp`.
#[inline(always)]
fn is_same(one: &[u8], other: &[u8]) -> bool {
    fn words<const N: usize>(one: &[u8], other: &[u8]) -> bool {
        one.first_chunk::<N>() == other.first_chunk() && one.last_chunk::<N>() == other.last_chunk()
    }
    match one.len() {
        0 => true,
        1 => words::<1>(one, other),
        2..4 => words::<2>(one, other),
        4..8 => words::<4>(one, other),
        8..=16 => words::<8>(one, other),
        17..=32 => words::<16>(one, other),
        _ => one == other,
    }
}

/// Aborts a comparison.
const DIFFERS: postcard::Error = postcard::Error::SerializeBufferFull;
