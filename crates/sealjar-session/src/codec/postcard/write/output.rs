//! Where do the bytes go, and in which order are the entries of a hash map?

use postcard::ser_flavors::Flavor;

pub(in super::super) type Postcard = postcard::Serializer<Output>;

/// The bytes written so far.
#[derive(Default)]
pub(in super::super) struct Output {
    pub(in super::super) bytes: Vec<u8>,
    /// Whether the parts of lists and maps are sorted by their bytes. Hash maps have no order of
    /// their own.
    pub(in super::super) sorted: bool,
}

impl Flavor for Output {
    type Output = Vec<u8>;

    #[inline]
    fn try_extend(&mut self, data: &[u8]) -> postcard::Result<()> {
        self.bytes.extend_from_slice(data);
        Ok(())
    }

    #[inline]
    fn try_push(&mut self, data: u8) -> postcard::Result<()> {
        self.bytes.push(data);
        Ok(())
    }

    fn finalize(self) -> postcard::Result<Vec<u8>> {
        Ok(self.bytes)
    }
}
/// Sorts parts by their bytes. Each part begins at one of these places and ends where the next
/// begins.
pub(super) fn put_in_order(bytes: &mut [u8], starts: &[usize]) {
    let first = starts.first().copied().unwrap_or_default();
    let ends = starts.iter().skip(1).copied().chain([bytes.len()]);
    let parts = starts.iter().zip(ends).map(|(start, end)| {
        let part = &bytes[*start..end];
        (first_bytes(part), part)
    });
    let mut parts: Vec<_> = parts.collect();
    parts.sort_unstable();
    let mut sorted = Vec::with_capacity(bytes.len() - first);
    for (_, part) in parts {
        sorted.extend_from_slice(part);
    }
    bytes[first..].copy_from_slice(&sorted);
}

/// Returns the first eight bytes as a number that sorts like them: comparing these numbers decides
/// most cases.
fn first_bytes(part: &[u8]) -> u64 {
    part.first_chunk().map_or_else(
        || {
            let bytes = part.iter().take(8).zip((0..8).rev());
            bytes.fold(0, |number, (byte, at)| {
                number | u64::from(*byte) << (8 * at)
            })
        },
        |chunk| u64::from_be_bytes(*chunk),
    )
}
