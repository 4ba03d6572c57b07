//! How does a page of text look? Aligned, and in colours that a terminal shows and a file does not.

use std::fmt::{Display, Write as _};

use anstyle::{AnsiColor, Style};
use sealjar::Phase;
use sealjar_keeper::__program::escaped;

/// Text for people, with colours in it.
///
/// The page alone puts colours in. What it is given may come from a host name, a path or another
/// program, so every text is escaped on its way in: a line of output cannot forget it.
#[derive(Debug, Default)]
pub(crate) struct Page(String);

/// A piece of a line, and how it looks.
pub(crate) type Piece<'a> = (Style, &'a dyn Display);

impl Page {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Adds a text of the program itself, such as a script: lines, without colours.
    pub(crate) fn own(&mut self, text: &str) {
        self.0.push_str(text);
    }

    /// Adds a line that says what all of this is.
    pub(crate) fn heading(&mut self, text: impl Display) {
        self.pieces(&[(BOLD, &text)]);
    }

    pub(crate) fn line(&mut self, text: impl Display) {
        self.pieces(&[(PLAIN, &text)]);
    }

    /// Adds a line of which not all looks the same.
    pub(crate) fn pieces(&mut self, pieces: &[Piece<'_>]) {
        for (style, text) in pieces {
            // Writing to a string does not fail.
            _ = write!(self.0, "{style}");
            self.0 += &escaped(&text.to_string());
            _ = write!(self.0, "{style:#}");
        }
        self.0.push('\n');
    }

    pub(crate) fn blank(&mut self) {
        self.line("");
    }

    /// Adds a line of a list.
    pub(crate) fn item(&mut self, text: impl Display) {
        self.line(format_args!("  {text}"));
    }

    /// Adds a line with its label before it.
    pub(crate) fn fact(&mut self, label: &str, value: impl Display) {
        self.fact_of(label, &[(PLAIN, &value)]);
    }

    /// Adds a line with its label before it, of which not all looks the same.
    pub(crate) fn fact_of(&mut self, label: &str, value: &[Piece<'_>]) {
        let label = format!("{label:LABEL$}");
        let mut pieces: Vec<Piece<'_>> = vec![(PLAIN, &"  "), (DIM, &label)];
        pieces.extend(value);
        self.pieces(&pieces);
    }

    /// Adds a line that says less than the others.
    pub(crate) fn note(&mut self, text: impl Display) {
        self.pieces(&[(DIM, &text)]);
    }

    /// Adds a line that ought to be seen.
    pub(crate) fn warning(&mut self, text: impl Display) {
        self.pieces(&[(YELLOW, &text)]);
    }
}

/// The colour of a phase.
pub(crate) fn style(phase: Phase) -> Style {
    match phase {
        Phase::Sealing => GREEN,
        Phase::Standby | Phase::Staged => AnsiColor::Cyan.on_default(),
        Phase::Revoked => RED,
        Phase::Spent => DIM,
        _ => PLAIN,
    }
}

pub(crate) const PLAIN: Style = Style::new();
pub(crate) const BOLD: Style = Style::new().bold();
pub(crate) const DIM: Style = Style::new().dimmed();
pub(crate) const GREEN: Style = AnsiColor::Green.on_default();
pub(crate) const RED: Style = AnsiColor::Red.on_default();
pub(crate) const YELLOW: Style = AnsiColor::Yellow.on_default();
/// The longest label is `revocations`.
const LABEL: usize = 13;

#[cfg(test)]
mod tests {
    use super::*;

    /// Adds a line to a page in each way that there is.
    const WAYS: [fn(&mut Page, &str); 8] = [
        |page, text| page.heading(text),
        |page, text| page.line(text),
        |page, text| page.pieces(&[(RED, &text), (PLAIN, &text)]),
        |page, text| page.item(text),
        |page, text| page.fact("node", text),
        |page, text| page.fact_of("node", &[(DIM, &text)]),
        |page, text| page.note(text),
        |page, text| page.warning(text),
    ];

    #[test]
    fn what_a_page_is_given_can_neither_move_the_cursor_nor_begin_a_line() {
        let hostile = "a\x1b[2J\x1b]0;t\x07\r\nerror: b\u{9b}31m\u{202e}c";
        for (at, add) in WAYS.iter().enumerate() {
            let mut page = Page::default();
            add(&mut page, hostile);
            let shown = page.as_str().replace("\x1b[0m", "").replace("\x1b[1m", "");
            let shown = shown.replace("\x1b[2m", "").replace("\x1b[31m", "");
            let shown = shown.replace("\x1b[33m", "");
            let line = shown.strip_suffix('\n').unwrap();
            assert!(!line.contains(char::is_control), "way {at}: {line:?}");
            assert!(!line.contains('\u{202e}'), "way {at}: {line:?}");
            let spelt = r"a\u{1b}[2J\u{1b}]0;t\u{7}\r\nerror: b\u{9b}31m\u{202e}c";
            assert!(line.contains(spelt), "way {at}: {line:?}");
        }
    }
}
