//! Spells out what a terminal would obey.

/// Returns a text in which nothing moves a cursor, begins a line, hides or turns text around:
/// control characters and whatever cannot be seen are spelt as Rust's `Debug` spells them.
///
/// # Examples
/// ```
/// use sealjar_keeper::__program::escaped;
///
/// assert_eq!(escaped("node-1\r\x1b[2J"), r"node-1\r\u{1b}[2J");
/// ```
#[must_use]
pub fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    // The table of what can be seen is the standard library's. It escapes quotes and backslashes
    // as well, which do no harm here.
    for part in text.split_inclusive(HARMLESS) {
        let end = part.trim_end_matches(HARMLESS).len();
        let (text, harmless) = part.split_at(end);
        escaped.extend(text.escape_debug());
        escaped += harmless;
    }
    escaped
}

const HARMLESS: [char; 3] = ['"', '\'', '\\'];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_seen_stays_and_everything_else_is_spelt() {
        for kept in [
            "",
            "ok",
            "C:\\x 'a' \"b\"",
            "Zürich 東京 हिन्दी",
            "e\u{301}",
            "🦀",
        ] {
            assert_eq!(escaped(kept), kept);
        }
        for (text, shown) in [
            ("a\x1b[31mb", r"a\u{1b}[31mb"),
            ("a\r\n\tb\0", r"a\r\n\tb\0"),
            ("\u{7f}\u{9b}", r"\u{7f}\u{9b}"),
            (
                "\u{202e}\u{2066}\u{200f}\u{61c}",
                r"\u{202e}\u{2066}\u{200f}\u{61c}",
            ),
            (
                "\u{2028}\u{200b}\u{feff}\u{ad}",
                r"\u{2028}\u{200b}\u{feff}\u{ad}",
            ),
            ("\u{301}e", r"\u{301}e"),
        ] {
            assert_eq!(escaped(text), shown);
        }
    }
}
