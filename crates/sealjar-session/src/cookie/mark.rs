//! Which sessions has this browser logged out of? The cookie `<name>.out` lists their ids, the
//! newest first, joined by dots.
//!
//! A response that was in flight when its visitor logged out may set the session's cookie again.
//! The mark makes the replica refuse that cookie. The mark is no secret and needs no seal: an
//! attacker who can set one can log the visitor out, and nothing else.

use crate::id::SessionId;

/// Reads the ids in a mark's value, `None` if it is malformed.
pub(crate) fn parse(value: &[u8]) -> Option<impl Iterator<Item = [u8; 8]>> {
    let mut ids = [[0; 8]; MOST_IDS];
    let mut count = 0;
    for text in value.split(|byte| *byte == b'.') {
        *ids.get_mut(count)? = parse_id(text)?;
        count += 1;
    }
    Some(ids.into_iter().take(count))
}

/// Writes a mark's value: each id once, in order, as many as fit.
pub(crate) fn write(ids: impl IntoIterator<Item = [u8; 8]>) -> String {
    let mut distinct: Vec<[u8; 8]> = Vec::with_capacity(MOST_IDS);
    for id in ids {
        if distinct.len() < MOST_IDS && !distinct.contains(&id) {
            distinct.push(id);
        }
    }
    let texts: Vec<String> = distinct
        .into_iter()
        .map(|id| SessionId(id).to_string())
        .collect();
    texts.join(".")
}

fn parse_id(hex: &[u8]) -> Option<[u8; 8]> {
    let text = std::str::from_utf8(hex).ok()?;
    if text.len() != 16 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    u64::from_str_radix(text, 16).ok().map(u64::to_be_bytes)
}

/// How many ids one mark holds. The oldest one is dropped for the next.
pub(crate) const MOST_IDS: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u64) -> [u8; 8] {
        number.to_be_bytes()
    }

    #[test]
    fn what_is_written_is_read_back_up_to_four_ids_and_each_once() {
        for (written, read) in [
            (&[][..], None),
            (&[1][..], Some(&[1][..])),
            (&[2, 1], Some(&[2, 1])),
            (&[4, 3, 2, 1], Some(&[4, 3, 2, 1])),
            (&[5, 4, 3, 2, 1], Some(&[5, 4, 3, 2])),
            (&[3, 1, 3, 2, 1], Some(&[3, 1, 2])),
            (&[u64::MAX, 0], Some(&[u64::MAX, 0])),
        ] {
            let value = write(written.iter().copied().map(id));
            let ids = parse(value.as_bytes()).map(|it| it.collect::<Vec<_>>());
            let wanted = read.map(|read| read.iter().copied().map(id).collect::<Vec<_>>());
            assert_eq!(ids, wanted, "{written:?}");
        }
    }

    #[test]
    fn anything_but_one_to_four_ids_joined_by_dots_is_no_mark() {
        let one = "0123456789abcdef";
        for value in [
            String::new(),
            ".".into(),
            format!("{one}."),
            format!(".{one}"),
            format!("{one}..{one}"),
            format!("{one} {one}"),
            format!("{one}{one}"),
            format!("{one}.{}", &one[1..]),
            format!("{one}.+{}", &one[1..]),
            [one; 5].join("."),
        ] {
            assert!(parse(value.as_bytes()).is_none(), "{value}");
        }
    }
}
