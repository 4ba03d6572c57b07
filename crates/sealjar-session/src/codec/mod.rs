//! How does a session type become bytes, and what of those bytes does this build understand?

mod fidelity;
mod growth;

pub(crate) use fidelity::check as check_fidelity;
use postcard::ser_flavors::Flavor;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A decoded value and what stood around it.
#[derive(Debug)]
pub(crate) struct Decoded<T> {
    pub(crate) value: T,
    /// How many bytes at the end of the body a newer build appended.
    pub(crate) tail_len: usize,
    /// How many `Option`s around the outermost struct said `Some`.
    pub(crate) options: usize,
}

pub(crate) fn encode<T: Serialize>(value: &T) -> postcard::Result<Vec<u8>> {
    // Most sessions fit, and growing from nothing takes as long as encoding.
    postcard::to_extend(value, Vec::with_capacity(256))
}

/// Returns whether a value encodes to these bytes. Ends at the first that differs, and keeps none.
pub(crate) fn encodes_to<T: Serialize>(value: &T, bytes: &[u8]) -> bool {
    postcard::serialize_with_flavor(value, Expected(bytes)).unwrap_or(false)
}

/// Decodes a body. Only the outermost struct may end early or leave a tail.
pub(crate) fn decode<T: DeserializeOwned>(body: &[u8]) -> postcard::Result<Decoded<T>> {
    let mut outermost = growth::Outermost::new(body);
    let value = T::deserialize(&mut outermost)?;
    let (tail_len, options) = outermost.finish()?;
    Ok(Decoded {
        value,
        tail_len,
        options,
    })
}

/// Whether the tail that came with a value may follow the value's new encoding: the outermost
/// `Option`s that were `Some` still are.
pub(crate) fn same_options(options: usize, body: &[u8]) -> bool {
    body.get(..options)
        .is_some_and(|tags| tags.iter().all(|tag| *tag == SOME))
}

/// What is still to come of an encoding that is compared while it is made.
struct Expected<'a>(&'a [u8]);

impl Flavor for Expected<'_> {
    type Output = bool;

    fn try_extend(&mut self, data: &[u8]) -> postcard::Result<()> {
        let rest = self.0.strip_prefix(data);
        self.0 = rest.ok_or(postcard::Error::SerializeBufferFull)?;
        Ok(())
    }

    fn try_push(&mut self, data: u8) -> postcard::Result<()> {
        self.try_extend(&[data])
    }

    fn finalize(self) -> postcard::Result<bool> {
        Ok(self.0.is_empty())
    }
}

/// postcard's tag for `Some`.
const SOME: u8 = 1;

#[cfg(test)]
mod tests;
