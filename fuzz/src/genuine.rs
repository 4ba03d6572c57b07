//! The texts that were really sealed. They are committed, because sealing draws new nonces each
//! time.
//!
//! `cargo run --manifest-path fuzz/Cargo.toml --example genuine` seals them again, all of them.

use std::sync::LazyLock;

use crate::reference;

/// A token that was sealed, and what SPEC.md says of it under [`RING`](crate::ring::RING) at
/// [`NOW`](crate::ring::NOW).
#[derive(Clone, Debug)]
pub struct Genuine {
    /// `opened`, or the word of its refusal.
    pub word: &'static str,
    /// Its text.
    pub text: &'static str,
    /// The bytes that the text encodes.
    pub raw: Vec<u8>,
}

/// Tokens of [`open`](crate::open)'s context.
pub static TOKENS: LazyLock<Vec<Genuine>> =
    LazyLock::new(|| read(include_str!("../genuine/tokens.txt")));

/// A session that was sealed into the cookie of [`cookies`](crate::cookies)' jar.
#[derive(Debug)]
pub struct SealedSession {
    /// Its id, in sixteen hexadecimal digits.
    pub id: &'static str,
    /// How many writes it has seen.
    pub revision: u32,
    /// When it was sealed, in seconds since T0.
    pub sealed_at: u32,
    /// Its token, and the result of opening it.
    pub token: Genuine,
}

/// Sessions of the application `fuzz-test`: two ids, and some that are refused.
pub static SESSIONS: LazyLock<Vec<SealedSession>> = LazyLock::new(|| {
    let lines = include_str!("../genuine/sessions.txt").lines();
    let sessions = lines.filter_map(|line| {
        let (id, line) = line.split_once(' ')?;
        let (revision, line) = line.split_once(' ')?;
        let (sealed_at, line) = line.split_once(' ')?;
        Some(SealedSession {
            id,
            revision: revision.parse().ok()?,
            sealed_at: sealed_at.parse().ok()?,
            token: read(line).pop()?,
        })
    });
    sessions.collect()
});

/// The payload of all tokens, so that a leak of it is noticed.
pub const CANARY: &str = "in-the-seal";

fn read(lines: &'static str) -> Vec<Genuine> {
    let lines = lines.lines().filter_map(|line| line.split_once(' '));
    lines
        .map(|(word, text)| Genuine {
            word,
            text,
            raw: reference::decode(text.as_bytes()).expect("what was sealed is spelt right"),
        })
        .collect()
}
