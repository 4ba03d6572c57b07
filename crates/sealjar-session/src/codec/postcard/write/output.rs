//! Where do the bytes go, and in which order do those of a hash map?

use postcard::ser_flavors::Flavor;

pub(in super::super) type Postcard = postcard::Serializer<Output>;

/// Where the bytes go.
#[derive(Default)]
pub(in super::super) struct Output {
    pub(in super::super) bytes: Vec<u8>,
    /// Whether lists and maps are written in the order of their bytes. Hash maps have none of their
    /// own.
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
/// Puts the parts that begin at these places, and end where the next does, in the order of their
/// bytes.
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

/// Returns a number that is in the order of the first eight bytes: comparing numbers decides most.
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
