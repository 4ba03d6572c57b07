//! How does a page of text look? Aligned, and in colours that a terminal shows and a file does not.

use std::fmt::{Display, Write as _};

use anstyle::{AnsiColor, Style};
use sealjar::Phase;

/// Text for people, with the colours in it. Whoever prints it takes them out where they do not belong.
#[derive(Debug, Default)]
pub(crate) struct Page(String);

impl Page {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Adds a line that says what all of this is.
    pub(crate) fn heading(&mut self, text: impl Display) {
        self.line(format_args!("{BOLD}{text}{BOLD:#}"));
    }

    pub(crate) fn line(&mut self, text: impl Display) {
        // Writing to a string does not fail.
        _ = writeln!(self.0, "{text}");
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
        self.line(format_args!("  {DIM}{label:LABEL$}{DIM:#}{value}"));
    }

    /// Adds a line that says less than the others.
    pub(crate) fn note(&mut self, text: impl Display) {
        self.line(format_args!("{DIM}{text}{DIM:#}"));
    }

    /// Adds a line that ought to be seen.
    pub(crate) fn warning(&mut self, text: impl Display) {
        self.line(format_args!("{YELLOW}{text}{YELLOW:#}"));
    }
}

/// The colour of a phase.
pub(crate) fn style(phase: Phase) -> Style {
    match phase {
        Phase::Sealing => GREEN,
        Phase::Standby | Phase::Staged => AnsiColor::Cyan.on_default(),
        Phase::Revoked => RED,
        Phase::Spent => DIM,
        _ => Style::new(),
    }
}

pub(crate) const BOLD: Style = Style::new().bold();
pub(crate) const DIM: Style = Style::new().dimmed();
pub(crate) const GREEN: Style = AnsiColor::Green.on_default();
pub(crate) const RED: Style = AnsiColor::Red.on_default();
pub(crate) const YELLOW: Style = AnsiColor::Yellow.on_default();
/// The longest label is `revocations`.
const LABEL: usize = 13;
