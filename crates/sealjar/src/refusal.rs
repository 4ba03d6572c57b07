//! The kinds of refusals: each with its word, its meaning and what to look at, in one list.

use std::fmt::Debug;

/// The kinds of refusals that counts tell apart: [`RefusalKind`] for tokens, `SessionRefusalKind`
/// of sealjar-session for sessions. It is not for other crates to implement.
pub trait CountedKind: Copy + Debug + Eq + 'static {
    /// Returns every kind.
    fn all() -> impl Iterator<Item = Self>;

    /// Returns which of the counters is the kind's.
    #[doc(hidden)]
    fn slot(self) -> usize;
}

/// How many kinds can be counted: those of tokens first, then those of what is sealed in tokens.
pub(crate) const SLOTS: usize = 24;
/// The slot of the first kind that is not a token's.
pub(crate) const FIRST_SLOT_OF_SESSIONS: usize = 12;

/// Makes an enum of kinds from one list. An entry is `Variant = "word", "what to look at";` below
/// its docs.
///
/// A list may end with `.. Variant(Kind)`: then the kinds of another list are kinds of this one
/// too. The kinds of a list are counted in its own slots, from `first_slot`.
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

            /// Returns the word for the kind in logs, metrics and SPEC.md.
            #[must_use]
            $vis const fn as_str(self) -> &'static str {
                match self {
                    $( Self::$variant => $word, )+
                    $( Self::$nested(kind) => <$kind>::as_str(kind), )?
                }
            }

            /// Returns what has happened, or what an operator should look at.
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
    /// A refused session makes its visitor anonymous and leaves the cookie where it is; a refused
    /// token of your own, such as a link in an e-mail, is yours to answer. Tell the client nothing
    /// of the kind: from outside, all refusals must look the same.
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

    /// Stage 8: the times inside contradict each other, the key's lifetime or this machine's clock.
    /// It is authentic. A replica whose clock is right opens it, so compare the clocks of all
    /// replicas.
    BadTime = "bad_time", "compare the clocks of this machine and of the one that sealed it";
    /// The system's clock is before 2025 or after 2161, and nothing was looked at. Nobody is logged
    /// in on this replica until its clock is set.
    Clock = "clock", "set this machine's clock: it is before 2025 or after 2161";
    /// Stage 9: its time is over, as it is for a visitor who was away for the idle time. Usual.
    Expired = "expired", "its time is over; a session ends so when its visitor is away for the idle time";
    /// Stage 6: it does not authenticate. It was changed, or sealed for another application,
    /// purpose, cookie name or binding. If it happens often, look for two applications that use one
    /// cookie name.
    Forged = "forged", "app, purpose, cookie name and binding must be those it was sealed with; if they are, it \
        was changed on its way";
    /// Stages 1 and 2: it is no token's text: too short, too long, or not canonical base64url.
    /// Another program sets a cookie of this name, or a link was cut off.
    Malformed = "malformed", "give the whole value as the browser sends it, without quotes";
    /// Stage 7: it authenticates, and its plaintext has no padding mark. Only a holder of the key
    /// who does not keep to the format can have sealed it.
    MalformedInner = "malformed_inner", "whoever sealed it has the key and does not keep to the format";
    /// Stage 10: it was sealed after its key had stopped sealing. An honest replica does not do
    /// that: see whether the key has leaked.
    OutsideKeyWindow = "outside_key_window", "it was sealed with a key that had ended: see whether that key has leaked";
    /// Stage 11: it was born before the ring's floor: the operator has logged everyone out.
    RevokedAll = "revoked_all", "everyone whose session was born before the ring's floor was logged out";
    /// Stage 5: the operator has revoked its key. The visitor logs in again.
    RevokedKey = "revoked_key", "its key was revoked: the visitor logs in again";
    /// Stage 5: its key no longer opens, and what it sealed has expired by now. Usual for a visitor
    /// who was away for long.
    SpentKey = "spent_key", "its key is over: nothing it sealed can still be alive";
    /// Stage 4: the ring of this replica has no such key. Another ring sealed it, or this replica
    /// has an older document: it asks its source for a newer one. Usual for a moment while keys
    /// rotate.
    UnknownKey = "unknown_key", "look with the ring it was sealed under, or a newer document of it";
    /// Stage 3: the first byte is of no suite that this build knows: it is no token, or of a newer
    /// build.
    UnknownVersion = "unknown_version", "it is no token, or a newer build sealed it";
}

/// The slots of tokens end where those of sessions begin.
const _: () = assert!(FIRST_SLOT_OF_SESSIONS == RefusalKind::UnknownVersion as usize + 1);
