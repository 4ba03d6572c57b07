//! What differs from a row, and where.

use std::fmt;

/// A step whose result differs.
pub(crate) struct Failure {
    pub(crate) row: String,
    pub(crate) adapter: &'static str,
    pub(crate) step: usize,
    pub(crate) what: &'static str,
    pub(crate) expected: String,
    pub(crate) found: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            row,
            adapter,
            step,
            what,
            expected,
            found,
        } = self;
        write!(
            f,
            "{row}\n  {adapter}, step {step}, {what}\n    expected {expected}\n    found    {found}"
        )
    }
}
