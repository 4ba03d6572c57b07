//! Tests that need private items of this module: the raw scan and the layout in parts.

mod bombs;
mod layout;
mod mixtures;
mod vectors;

use super::chunk::{self, Unjoined};
use super::scan::Found;
use crate::request::CookieHeaders;

/// The name of the jar in these tests.
const NAME: &str = "__Host-Http-session";

/// The texts found under a name, each joined from its parts, and whether any was torn.
fn texts(headers: &impl CookieHeaders, name: &str) -> Result<Vec<Vec<u8>>, Unjoined> {
    let found = Found::scan(headers, name);
    found
        .candidates()
        .expect("no test here has more than four candidates")
        .iter()
        .map(|value| chunk::join(value, headers, name).map(std::borrow::Cow::into_owned))
        .collect()
}

/// Text in the alphabet of tokens, different for each seed.
fn text(seed: u64, length: usize) -> String {
    let mut state = seed;
    (0..length)
        .map(|_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            char::from(ALPHABET[usize::try_from(state >> 58).unwrap()])
        })
        .collect()
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
