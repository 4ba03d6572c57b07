//! The one door to standard output and standard error.
//!
//! Paths, host names, names of people and what other programs answer reach an operator's terminal
//! through here, and a terminal obeys what it is shown. So every control character is spelt as
//! Rust's `Debug` spells it, and so is every character that cannot be seen or turns text around.
//! Only [`Page`] and this file put colours in, after that.

use std::fmt::Write as _;
use std::io::{self, IsTerminal as _, Write as _};

use anstyle::{AnsiColor, Style};
use sealjar_keeper::__program::escaped;
use serde_json::Value;
use tracing_subscriber::fmt::MakeWriter;

use crate::output::page::{DIM, Page};

/// Whether a person sees standard error.
pub(crate) fn is_watched() -> bool {
    io::stderr().is_terminal()
}

/// Writes a page to standard output, without its colours where no terminal is.
pub(crate) fn print(page: &Page) -> io::Result<()> {
    write(page.as_str())
}

/// Shows the help that was asked for, which is the program's own text.
pub(crate) fn print_help(help: &clap::Error) -> io::Result<()> {
    help.print()
}

/// Writes JSON to standard output.
pub(crate) fn print_json(value: &Value) -> io::Result<()> {
    write(&format!("{}\n", escaped_json(&format!("{value:#}"))))
}

/// Writes JSON to standard output, on one line.
pub(crate) fn print_json_line(value: &Value) -> io::Result<()> {
    write(&format!("{}\n", escaped_json(&value.to_string())))
}

/// Takes back all that a terminal shows, for a page that takes its place. Elsewhere pages follow
/// each other.
pub(crate) fn take_back_all() -> io::Result<()> {
    if io::stdout().is_terminal() {
        write("\x1b[H\x1b[2J")
    } else {
        Ok(())
    }
}

/// Says on standard error why something was not done.
pub(crate) fn error(text: &str) {
    say(ERROR, "error", text);
}

/// Says on standard error what to do about it.
pub(crate) fn hint(text: &str) {
    say(HINT, "hint", text);
}

/// Says on standard error what is not as it should be.
pub(crate) fn warning(text: &str) {
    say(WARNING, "warning", text);
}

/// Says on standard error what the lines before it leave open.
pub(crate) fn remark(text: &str) {
    // Nobody is left to be told when this fails.
    _ = writeln!(anstream::stderr(), "{}", escaped(text));
}

/// Says the same to machines that read along, on one line of standard error.
pub(crate) fn remark_json(value: &Value) {
    _ = writeln!(anstream::stderr(), "{}", escaped_json(&value.to_string()));
}

/// Shows on standard error what the next call takes back.
pub(crate) fn show_for_now(text: &str) {
    take_back();
    _ = write!(anstream::stderr(), "{DIM}{}{DIM:#}", escaped(text));
}

/// Takes back what was shown for now.
pub(crate) fn take_back() {
    _ = write!(anstream::stderr(), "\r\x1b[2K");
}

fn say(style: Style, word: &str, text: &str) {
    _ = writeln!(
        anstream::stderr(),
        "{style}{word}:{style:#} {}",
        escaped(text)
    );
}

fn write(text: &str) -> io::Result<()> {
    let mut out = anstream::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// Returns JSON that says the same, in which nothing moves a cursor or turns around. JSON escapes
/// only the oldest of the control characters itself.
fn escaped_json(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    for c in json.chars() {
        // Outside of its strings, JSON has no character that is not ASCII.
        if c.is_ascii() && c != '\x7f' || c.escape_debug().len() == 1 {
            escaped.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                _ = write!(escaped, "\\u{unit:04x}");
            }
        }
    }
    escaped
}

/// Standard error, for the log: an event is a line, whatever it contains.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Log {
    pub(crate) json: bool,
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        *self
    }
}

impl io::Write for Log {
    /// Takes an event whole, as the subscriber writes it.
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(event);
        let line = text.strip_suffix('\n').unwrap_or(&text);
        let line = if self.json {
            escaped_json(line)
        } else {
            escaped_event(line)
        };
        io::stderr().write_all(format!("{line}\n").as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

/// Keeps the colours of an event. They are the subscriber's own, which spells an escape in a value
/// as text.
fn escaped_event(line: &str) -> String {
    let mut parts = line.split(CSI);
    let mut escaped_line = escaped(parts.next().unwrap_or_default());
    for part in parts {
        let end = part.find('m').map_or(0, |at| at + 1);
        let (colour, text) = part.split_at(end);
        match colour.bytes().all(|byte| b"0123456789;m".contains(&byte)) && end > 0 {
            true => _ = write!(escaped_line, "{CSI}{colour}{}", escaped(text)),
            false => escaped_line += &escaped(&format!("{CSI}{part}")),
        }
    }
    escaped_line
}

const CSI: &str = "\x1b[";
const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const HINT: Style = AnsiColor::Cyan.on_default().bold();

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_says_the_same_and_shows_none_of_it() {
        let value = serde_json::json!({ "node": "a\u{9b}31m\u{7f}\u{202e}\u{e0041}\u{1b}ü" });
        let shown = escaped_json(&format!("{value:#}"));
        assert!(
            shown
                .chars()
                .all(|c| c == '\n' || c.escape_debug().len() == 1 || c.is_ascii_graphic()),
            "{shown:?}"
        );
        assert!(
            shown.contains(r"\u009b31m\u007f\u202e\udb40\udc41\u001bü"),
            "{shown}"
        );
        assert_eq!(serde_json::from_str::<Value>(&shown).unwrap(), value);
    }

    #[test]
    fn an_event_keeps_the_colours_of_the_subscriber_and_stays_one_line() {
        let event = "\x1b[2m2026\x1b[0m \x1b[31;1mERROR\x1b[0m node a\r\nb\u{202e} \x1b[2J \x1b[";
        assert_eq!(
            escaped_event(event),
            "\x1b[2m2026\x1b[0m \x1b[31;1mERROR\x1b[0m node a\\r\\nb\\u{202e} \\u{1b}[2J \\u{1b}["
        );
    }

    #[test]
    fn no_other_file_of_the_command_line_writes_to_the_terminal() {
        let mut looked_at = 0;
        let mut directories = vec![std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
        while let Some(directory) = directories.pop() {
            for entry in std::fs::read_dir(directory).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    directories.push(path);
                    continue;
                }
                if path.ends_with("output/terminal.rs") {
                    continue;
                }
                let text = std::fs::read_to_string(&path).unwrap();
                for door in [
                    "anstream::",
                    "stdout",
                    "io::stderr",
                    ".print()",
                    "println!",
                    "print!(",
                ] {
                    assert!(!text.contains(door), "{} has {door}", path.display());
                }
                looked_at += 1;
            }
        }
        assert!(looked_at > 20);
    }
}
