//! What goes back to the visitor, before any framework makes a response of it?

/// An answer of the shop. The status is HTTP's (RFC 9110).
#[derive(Debug, Eq, PartialEq)]
pub enum Answer {
    /// A page.
    Page {
        /// How it went.
        status: u16,
        /// The whole page.
        html: String,
    },
    /// The address to look at next, relative to the one that was asked: 303.
    SeeOther(&'static str),
    /// A few words for programs, and for people who did something no page lets them do.
    Text {
        /// How it went.
        status: u16,
        /// The words.
        text: String,
    },
}
