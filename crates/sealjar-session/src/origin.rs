//! Where does a visitor's session come from?

use sealjar::{KeyId, Timestamp};

use crate::refusal::Refusal;

/// Where a session comes from: the result of [`Session::origin`](crate::Session::origin).
///
/// # Examples
/// ```
/// use sealjar_session::Origin;
///
/// fn log(origin: &Origin) -> String {
///     match origin {
///         Origin::Opened { born, .. } => format!("a session since {born}"),
///         Origin::Refused(refusal) => format!("a cookie was refused: {refusal}"),
///         _ => "no cookie came".into(),
///     }
/// }
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Origin {
    /// No cookie of the name came.
    #[non_exhaustive]
    Absent {
        /// Whether a browser that has the cookie had to leave it out because of its `SameSite`: the
        /// request comes from another site, as when a payment provider returns the visitor by POST.
        /// A write then replaces the visitor's session, if there is one.
        withheld: bool,
    },
    /// No cookie of the name came, and a session came in a cookie of the former library
    /// ([`JarBuilder::also_opens`](crate::JarBuilder::also_opens)).
    #[non_exhaustive]
    Legacy {
        /// The name of that cookie.
        cookie_name: String,
        /// When the session counts as born: the date of the change.
        born: Timestamp,
    },
    /// A cookie came and opened.
    #[non_exhaustive]
    Opened {
        /// When the session began: its login, or its first write.
        born: Timestamp,
        /// When the cookie was sealed.
        sealed_at: Timestamp,
        /// The first second in which the cookie no longer opens.
        expires_at: Timestamp,
        /// The key it was sealed with.
        key_id: KeyId,
        /// Whether a newer key seals now.
        stale: bool,
        /// The length of the sealed text, in bytes.
        size: usize,
    },
    /// A cookie came and was refused. It was left in place.
    Refused(Refusal),
}
