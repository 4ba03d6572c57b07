//! How does a session type become bytes, and what of those bytes does this build understand?

mod fidelity;
mod growth;

pub(crate) use fidelity::check as check_fidelity;
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

/// postcard's tag for `Some`.
const SOME: u8 = 1;

#[cfg(test)]
mod tests;
