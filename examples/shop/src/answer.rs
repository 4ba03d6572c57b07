//! The shop's answers, before a framework makes responses from them.

use std::borrow::Cow;

/// An answer of the shop. The status is HTTP's (RFC 9110).
#[derive(Debug, Eq, PartialEq)]
pub enum Answer {
    /// A page.
    Page {
        /// The HTTP status.
        status: u16,
        /// The whole page.
        html: String,
    },
    /// The address to look at next, relative to the requested one: 303.
    SeeOther(Cow<'static, str>),
    /// A few words for programs, and for people who did something that no page offers.
    Text {
        /// The HTTP status.
        status: u16,
        /// The words.
        text: String,
    },
}
