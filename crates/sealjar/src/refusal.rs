//! The kinds of refusals in one list, each with its name, its meaning and what to check.

use std::fmt::Debug;

/// The kinds of refusals that are counted separately: [`RefusalKind`] for tokens,
/// `SessionRefusalKind` of sealjar-session for sessions. Other crates must not implement it.
pub trait CountedKind: Copy + Debug + Eq + 'static {
    /// Returns every kind.
    fn all() -> impl Iterator<Item = Self>;

    /// Returns the index of the kind's counter.
    #[doc(hidden)]
    fn slot(self) -> usize;
}

/// How many kinds can be counted: those of tokens first, then those of sessions.
pub(crate) const SLOTS: usize = 24;
/// The slot of the first kind that is not a token's.
pub(crate) const FIRST_SLOT_OF_SESSIONS: usize = 12;

/// Defines an enum of kinds from one list. An entry is `Variant = "name", "what to check";` below
/// its docs.
///
/// A list may end with `.. Variant(Kind)`: it then also includes the kinds of another list. The
/// kinds of a list have their own counters, from `first_slot` on.
#[cfg_attr(feature = "__hazmat", doc(hidden), macro_export)]
macro_rules! __refusal_kinds {
    (
        $(#[$of_enum:meta])*
        $vis:vis enum $name:ident, first_slot: $first_slot:expr;
        $( $(#[$of_variant:meta])* $variant:ident = $word:literal, $hint:literal; )+
        $( .. $(#[$of_nested:meta])* $nested:ident($kind:ty) )?
    ) => {
        $(#[$of_enum])*
        #[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
        #[non_exhaustive]
        $vis enum $name {
            $( $(#[$of_variant])* $variant, )+
            $( $(#[$of_nested])* $nested($kind), )?
        }

        impl $name {
            /// Returns every kind, for programs that show each one even before it has happened.
            $vis fn all() -> impl Iterator<Item = Self> {
                let own = [$( Self::$variant ),+].into_iter();
                $( let own = own.chain(<$kind>::all().map(Self::$nested)); )?
                own
            }

            /// Returns the kind's name in logs, metrics and SPEC.md.
            #[must_use]
            $vis const fn as_str(self) -> &'static str {
                match self {
                    $( Self::$variant => $word, )+
                    $( Self::$nested(kind) => <$kind>::as_str(kind), )?
                }
            }

            /// Returns what has happened, or what an operator should check.
            #[must_use]
            $vis const fn hint(self) -> &'static str {
                match self {
                    $( Self::$variant => $hint, )+
                    $( Self::$nested(kind) => <$kind>::hint(kind), )?
                }
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl $crate::CountedKind for $name {
            fn all() -> impl Iterator<Item = Self> {
                Self::all()
            }

            fn slot(self) -> usize {
                enum Slot { $( $variant ),+ }
                match self {
                    $( Self::$variant => $first_slot + Slot::$variant as usize, )+
                    $( Self::$nested(kind) => $crate::CountedKind::slot(kind), )?
                }
            }
        }
    };
}

__refusal_kinds! {
    /// The kinds of refusals of a token, as logs and counts name them: those of SPEC.md, section 1,
    /// with the stage at which each is found.
    ///
    /// If a session is refused, its visitor is anonymous and the cookie stays where it is. If a
    /// token of your own is refused, such as a link in an e-mail, you decide what to answer. Do not
    /// tell the client the kind: from outside, all refusals must look the same.
    ///
    /// # Examples
    /// ```
    /// use sealjar::{Context, Key, RefusalKind, Sealer, Suite};
    ///
    /// let key = Key::generate(Suite::Xaes256Gcm)?;
    /// let links = Sealer::new(key, Context::new("shop-prod", "link"))?;
    /// let refused = links.open("cut off by the mail client").unwrap_err();
    ///
    /// assert_eq!(refused.kind(), RefusalKind::Malformed);
    /// assert_eq!(refused.kind().as_str(), "malformed");
    /// assert_eq!(links.uses().refused.of(refused.kind()), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub enum RefusalKind, first_slot: 0;

    /// Stage 8: the token is authentic, but its times contradict each other, the key's lifetime or
    /// this machine's clock. A replica whose clock is right opens it, so compare the clocks of all
    /// replicas.
    BadTime = "bad_time", "compare the clocks of this machine and of the one that sealed it";
    /// The system's clock is before 2025 or after 2161, so nothing was checked. Nobody is logged in
    /// on this replica until its clock is set.
    Clock = "clock", "set this machine's clock: it is before 2025 or after 2161";
    /// Stage 9: it has expired, as after a visitor was away for the idle time. This is normal.
    Expired = "expired", "its time is over; a session ends so when its visitor is away for the idle time";
    /// Stage 6: it is not authentic. It was changed, or sealed for another application, purpose,
    /// cookie name or binding. If this happens often, look for two applications that use one cookie
    /// name.
    Forged = "forged", "app, purpose, cookie name and binding must be those it was sealed with; if they are, it \
        was changed on its way";
    /// Stages 1 and 2: the text is not a token: too short, too long, or not canonical base64url.
    /// Another program sets a cookie of this name, or a link was cut off.
    Malformed = "malformed", "give the whole value as the browser sends it, without quotes";
    /// Stage 7: it is authentic, but its plaintext has no padding mark. A program that holds the
    /// key must have sealed it in another format.
    MalformedInner = "malformed_inner", "a program that holds the key sealed it in another format";
    /// Stage 10: it was sealed after its key had stopped sealing. An honest replica does not do
    /// that: check whether the key has leaked.
    OutsideKeyWindow = "outside_key_window", "it was sealed with a key that had ended: see whether that key has leaked";
    /// Stage 11: it was born before the ring's floor: the operator has logged everyone out.
    RevokedAll = "revoked_all", "everyone whose session was born before the ring's floor was logged out";
    /// Stage 5: the operator has revoked its key. The visitor logs in again.
    RevokedKey = "revoked_key", "its key was revoked: the visitor logs in again";
    /// Stage 5: its key no longer opens, and everything sealed with it has expired. Normal for a
    /// visitor who was away for long.
    SpentKey = "spent_key", "its key is over: nothing it sealed can still be alive";
    /// Stage 4: this replica's ring has no such key. Another ring sealed it, or this replica has an
    /// older document: it then asks its source for a newer one. Normal for a moment while keys
    /// rotate.
    UnknownKey = "unknown_key", "look with the ring it was sealed under, or a newer document of it";
    /// Stage 3: the first byte is not a suite that this build knows: it is not a token, or a newer
    /// build sealed it.
    UnknownVersion = "unknown_version", "it is no token, or a newer build sealed it";
}

/// The slots of tokens end where those of sessions begin.
const _: () = assert!(FIRST_SLOT_OF_SESSIONS == RefusalKind::UnknownVersion as usize + 1);
