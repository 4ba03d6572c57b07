//! Which cookies does a request carry under one exact name?
//!
//! The scan reads raw bytes and decodes nothing: no name, no value, no quotes. A lenient parser
//! reads `%5f%5fHost-Http-session` as `__Host-Http-session`, and then the prefix protects nothing.

use memchr::memchr;

use super::mark;
use crate::request::CookieHeaders;

/// Calls `visit` with the name and the value of each cookie.
///
/// The header is split at `;`. The name is what precedes the first `=`, without leading spaces and
/// tabs; the value is the rest, without trailing ones. Pieces without `=` are ignored.
pub(crate) fn each_cookie<'a>(header: &'a [u8], mut visit: impl FnMut(&'a [u8], &'a [u8])) {
    let mut rest = Some(header);
    while let Some(here) = rest {
        let piece = match memchr(b';', here) {
            Some(end) => {
                rest = Some(&here[end + 1..]);
                &here[..end]
            }
            None => {
                rest = None;
                here
            }
        };
        let start = piece.iter().position(|byte| !is_blank(*byte));
        let piece = &piece[start.unwrap_or(piece.len())..];
        if let Some(equals) = memchr(b'=', piece) {
            let value = &piece[equals + 1..];
            let end = value.iter().rposition(|byte| !is_blank(*byte));
            visit(&piece[..equals], &value[..end.map_or(0, |last| last + 1)]);
        }
    }
}

const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// What a request carries of one jar's cookies, borrowed from its headers.
#[derive(Debug, Default)]
pub(crate) struct Found<'a> {
    /// The distinct values of the cookie, at most one more than the limit on candidates.
    values: [&'a [u8]; MAX_CANDIDATES + 1],
    len: usize,
    /// Bit k is set if a cookie `name.k` came, for k from 1 to 8.
    pub(crate) parts: u16,
    /// The ids of sessions that this browser has logged out of, the newest first.
    pub(crate) logged_out: Vec<[u8; 8]>,
}

impl<'a> Found<'a> {
    pub(crate) fn scan(headers: &'a (impl CookieHeaders + ?Sized), jar: &str) -> Self {
        let mut found = Self::default();
        headers.each(&mut |header| {
            each_cookie(header, |name, value| match suffix(name, jar) {
                Some(b"") => found.add_value(value),
                Some(b".out") => found.add_logged_out(value),
                Some([b'.', digit @ b'1'..=b'8']) => found.parts |= 1 << (digit - b'0'),
                _ => {}
            });
        });
        found
    }

    /// Returns whether any cookie of the session came, readable or not.
    pub(crate) const fn any(&self) -> bool {
        self.len > 0
    }

    /// Returns the distinct values, or `None` when there are more than the limit allows to open.
    pub(crate) fn candidates(&self) -> Option<&[&'a [u8]]> {
        (self.len <= MAX_CANDIDATES).then(|| self.values())
    }

    /// Returns the distinct values. If there are too many to open, the last one is the first beyond
    /// the limit.
    pub(crate) fn values(&self) -> &[&'a [u8]] {
        &self.values[..self.len]
    }

    fn add_value(&mut self, value: &'a [u8]) {
        if self.len < self.values.len() && !self.values[..self.len].contains(&value) {
            self.values[self.len] = value;
            self.len += 1;
        }
    }

    fn add_logged_out(&mut self, value: &[u8]) {
        // Each scope in which the cookie may be has one mark, and no more scopes count than
        // candidates.
        if self.logged_out.len() < MAX_LOGGED_OUT {
            self.logged_out
                .extend(mark::parse(value).into_iter().flatten());
            self.logged_out.truncate(MAX_LOGGED_OUT);
        }
    }
}

/// Returns the part of a cookie's name after the jar's name.
pub(crate) fn suffix<'a>(name: &'a [u8], jar: &str) -> Option<&'a [u8]> {
    name.strip_prefix(jar.as_bytes())
}

/// How many distinct values of one cookie are opened at most.
pub(crate) const MAX_CANDIDATES: usize = 4;

/// How many ids of logged-out sessions are read at most.
const MAX_LOGGED_OUT: usize = MAX_CANDIDATES * mark::MOST_IDS;
