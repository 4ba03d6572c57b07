//! What comes on standard input?

use std::io::{self, IsTerminal as _, Read as _};

use zeroize::Zeroizing;

use crate::output::exit::{CommandError, Exit};
use crate::output::terminal;

/// Reads up to `limit` bytes and one more, so that longer input is seen to be longer, and takes off
/// the line's end that shells and editors add.
pub(crate) fn read(what: &str, limit: usize) -> Result<Zeroizing<Vec<u8>>, CommandError> {
    let stdin = io::stdin();
    if stdin.is_terminal() {
        terminal::remark(&format!("Type or paste {what}, then Enter and Ctrl-D."));
    }
    // The buffer never grows: growing would leave copies of a payload behind.
    let limit = limit + "\r\n".len() + 1;
    let mut input = Zeroizing::new(Vec::with_capacity(limit));
    stdin
        .lock()
        .take(limit as u64)
        .read_to_end(&mut input)
        .map_err(|error| {
            CommandError::new(
                Exit::Unexpected,
                "input",
                format!("standard input: {error}"),
            )
        })?;
    let line = input.strip_suffix(b"\n").unwrap_or(&input);
    let end = line.strip_suffix(b"\r").unwrap_or(line).len();
    input.truncate(end);
    Ok(input)
}
