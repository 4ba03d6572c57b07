//! How does a token that is too long for one cookie travel in several?
//!
//! ```text
//! n: total parts, one digit 2..9;  gen: characters [40..44]
//! name    = <n> ~ <gen> . <part 0>
//! name.1  = <gen> . <part 1>     ...      name.(n-1)
//! ```

use super::scan::{each_cookie, suffix};
use super::{MAX_LINE, MAX_TOTAL};
use crate::request::CookieHeaders;

/// Why parts cannot be joined to a text.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Unjoined {
    /// Together they are longer than any token.
    TooLong,
    /// Some are missing, or they are not all of one token.
    Torn,
}

/// Returns the token's text: `value` itself, or its parts joined if `value` is the first of
/// several.
pub(crate) fn join<'a>(
    value: &'a [u8],
    headers: &'a (impl CookieHeaders + ?Sized),
    jar: &str,
) -> Result<std::borrow::Cow<'a, [u8]>, Unjoined> {
    let Some(head) = Head::of(value)? else {
        return Ok(value.into());
    };
    let Head {
        count,
        generation,
        first,
    } = head;

    let mut parts: [Option<&[u8]>; MAX_PARTS] = [None; MAX_PARTS];
    let parts = &mut parts[..count];
    parts[0] = Some(first);
    let mut torn = false;
    headers.each(&mut |header| {
        each_cookie(header, |name, value| {
            let Some([b'.', digit @ b'1'..=b'8']) = suffix(name, jar) else {
                return;
            };
            let place = parts.get_mut(usize::from(digit - b'0'));
            match (place, split_generation(value)) {
                (Some(place), Some((theirs, part))) if theirs == generation => {
                    // Two different parts for one place: nothing shows which is the session's.
                    torn |= place.is_some_and(|earlier| earlier != part);
                    *place = Some(part);
                }
                _ => {}
            }
        });
    });
    let marked = parts.iter().copied().flatten().flatten();
    let marked = marked.skip(GENERATION.start).take(GENERATION.len());
    if torn || parts.contains(&None) || !marked.eq(generation) {
        return Err(Unjoined::Torn);
    }
    let length: usize = parts.iter().flatten().map(|part| part.len()).sum();
    if length > MAX_TOTAL {
        return Err(Unjoined::TooLong);
    }
    let mut text = Vec::with_capacity(length);
    for part in parts.iter().flatten() {
        text.extend_from_slice(part);
    }
    Ok(text.into())
}

/// Returns how many cookies the session in `value` claims to use, 1 for garbage.
pub(crate) fn parts(value: &[u8]) -> usize {
    Head::of(value).ok().flatten().map_or(1, |head| head.count)
}

/// The first of several cookies.
struct Head<'a> {
    /// From 2 to 9.
    count: usize,
    generation: &'a [u8],
    first: &'a [u8],
}

impl<'a> Head<'a> {
    /// Reads a value that begins with a number and `~`, `None` for any other.
    fn of(value: &'a [u8]) -> Result<Option<Self>, Unjoined> {
        let digits = value
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        if digits == 0 || value.get(digits) != Some(&b'~') {
            return Ok(None);
        }
        let [count @ b'2'..=b'9', b'~', rest @ ..] = value else {
            return Err(Unjoined::Torn);
        };
        let (generation, first) = split_generation(rest).ok_or(Unjoined::Torn)?;
        Ok(Some(Self {
            count: usize::from(count - b'0'),
            generation,
            first,
        }))
    }
}

/// Over how many cookies a token is spread, and how much of it each carries.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Layout {
    /// From 1 to 9.
    pub(crate) parts: usize,
    /// How many characters of the token the first cookie carries, and each one after it.
    first: usize,
    others: usize,
}

/// The size of a session that does not fit, and the limit it breaks, in bytes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct TooLarge {
    pub(crate) size: usize,
    pub(crate) limit: usize,
}

impl Layout {
    /// Finds the smallest number of cookies that carry a token of `token` characters, when each
    /// line ends in `attributes` bytes and all `name=value` together may take `max_size` bytes.
    pub(crate) fn fit(
        jar: &str,
        token: usize,
        attributes: usize,
        max_size: usize,
    ) -> Result<Self, TooLarge> {
        let pair = jar.len() + 1 + token;
        if pair > max_size {
            return Err(TooLarge {
                size: pair,
                limit: max_size,
            });
        }
        if pair + attributes <= MAX_LINE {
            return Ok(Self {
                parts: 1,
                first: token,
                others: 0,
            });
        }
        if max_size <= MAX_LINE {
            return Err(TooLarge {
                size: pair + attributes,
                limit: MAX_LINE,
            });
        }
        let room = |overhead: usize| MAX_LINE.saturating_sub(overhead + attributes);
        let first = room(jar.len() + 1 + HEAD_MARK);
        let others = room(jar.len() + 3 + PART_MARK);
        // The length of all pairs, joined by "; " as the browser sends them back.
        let total = |parts: usize| pair + HEAD_MARK + (parts - 1) * (2 + jar.len() + 3 + PART_MARK);
        (2..=MAX_PARTS)
            .find(|parts| first + (parts - 1) * others >= token)
            .filter(|parts| total(*parts) <= max_size)
            .map(|parts| Self {
                parts,
                first,
                others,
            })
            .ok_or_else(|| {
                // Long attributes may leave so little room in each line that nine cookies are full
                // before the total limit is reached.
                let nine_full = total(MAX_PARTS) - token + first + (MAX_PARTS - 1) * others;
                TooLarge {
                    size: total(token.saturating_sub(first).div_ceil(others.max(1)) + 1),
                    limit: max_size.min(nine_full),
                }
            })
    }

    /// Calls `write` with the suffix and the value of each cookie.
    pub(crate) fn split(self, token: &str, mut write: impl FnMut(Suffix, &[&str])) {
        let generation = &token[GENERATION];
        let (first, mut rest) = token.split_at(self.first.min(token.len()));
        let count = Suffix::digit(self.parts);
        write(Suffix::None, &[count, "~", generation, ".", first]);
        for part in 1..self.parts {
            let (here, later) = rest.split_at(self.others.min(rest.len()));
            write(Suffix::Part(part), &[generation, ".", here]);
            rest = later;
        }
    }
}

/// What follows the jar's name in a cookie's name.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Suffix {
    None,
    Out,
    Part(usize),
}

impl Suffix {
    pub(crate) fn texts(self) -> [&'static str; 2] {
        match self {
            Self::None => ["", ""],
            Self::Out => [".", "out"],
            Self::Part(part) => [".", Self::digit(part)],
        }
    }

    fn digit(number: usize) -> &'static str {
        &"0123456789"[number..=number]
    }
}

fn split_generation(value: &[u8]) -> Option<(&[u8], &[u8])> {
    match value {
        [_, _, _, _, b'.', part @ ..] => Some((&value[..4], part)),
        _ => None,
    }
}

/// The characters of a token's text that show which parts belong together: they are part of the
/// nonce.
const GENERATION: std::ops::Range<usize> = 40..44;
const MAX_PARTS: usize = 9;
/// The length of `<n>~<gen>.`
const HEAD_MARK: usize = 7;
/// The length of `<gen>.`
const PART_MARK: usize = 5;
