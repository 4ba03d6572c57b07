//! The application's session type.

use std::any::TypeId;
use std::borrow::Cow;
use std::cell::Cell;
use std::time::Duration;

use sealjar::{__hazmat as hazmat, Timestamp};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A type that an application keeps in a session. One line implements it:
///
/// ```
/// use sealjar_session::SessionData;
///
/// #[derive(Clone, Default, serde::Serialize, serde::Deserialize)]
/// struct Account { name: String }
///
/// impl SessionData for Account {}
/// ```
///
/// For "nobody is logged in" use `Session<Option<Account>>`.
///
/// The rest of this page is about postcard, the default format. [`Format::Json`] says what is
/// different there.
///
/// # Changing the type without logging anyone out
/// Old and new builds read each other's sessions if the only changes are
///
/// * more fields at the end of the outermost struct, each with `#[serde(default)]`. A write by an
///   old build keeps them if the type implements [`subject`](Self::subject) and the subject stays
///   the same;
/// * more variants at the end of an enum. A build that does not know a variant refuses the session.
///
/// After any other change, such as a field that was renamed, moved, inserted, removed or given
/// another type, earlier sessions are refused as [`old_schema`](crate::Refusal::OldSchema) and
/// never misread. Fields removed at the end are the exception: the build keeps their bytes like
/// those of a newer build. To read earlier sessions, raise [`SCHEMA`](Self::SCHEMA) and let
/// [`migrate`](Self::migrate) read the other numbers: first deploy a build that reads n+1 and
/// writes n, then one that writes n+1.
///
/// Keep the released layout in a test with [`assert_layout`](crate::assert_layout). It notices
/// every such change; the layout byte that a cookie carries for each field notices 255 of 256.
///
/// # Values that cannot be kept
/// [`Session::update`](crate::Session::update) reads every value back before it answers `Ok`, and
/// fails if the value would come back changed. The error names the field or variant. These fail
/// whenever they are written, or when the jar is built if the default value has them: fields that
/// `skip_serializing_if` leaves out, `flatten`, untagged and internally tagged enums,
/// `serde_json::Value`, and types that ask the format what comes next, such as
/// `rust_decimal::Decimal` (with `#[serde(with = "rust_decimal::serde::str")]` it is text and
/// works). In an enum, put variants with `#[serde(skip)]` last.
///
/// Two changes are not noticed: elements of a list, set or map that come back in another order,
/// because those of a `HashMap` do, and anything that is never encoded, such as a field with
/// `#[serde(skip)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not session data",
    note = "derive Clone, Default, Serialize and Deserialize, and write `impl SessionData for {Self} {{}}`"
)]
pub trait SessionData:
    Serialize + DeserializeOwned + Default + Clone + Send + Sync + 'static
{
    /// The version of the type. Raise it at every change except appended fields and variants.
    const SCHEMA: u16 = 0;

    /// The format in which the type is written: [`Format::Json`] for sessions that programs in
    /// other languages share.
    const FORMAT: Format = Format::Postcard;

    /// Reads a body of another schema, older or newer, in the type's own [`FORMAT`](Self::FORMAT).
    /// `None` refuses the session.
    ///
    /// # Examples
    /// Schema 0 had one name, schema 1 has two.
    /// ```
    /// # use sealjar_session::SessionData;
    /// #[derive(Clone, Default, serde::Serialize, serde::Deserialize)]
    /// struct Account { first: String, last: String }
    ///
    /// impl SessionData for Account {
    ///     const SCHEMA: u16 = 1;
    ///
    ///     fn migrate(from: u16, body: &[u8]) -> Option<Self> {
    ///         if from != 0 {
    ///             return None;
    ///         }
    ///         let name: String = postcard::from_bytes(body).ok()?;
    ///         let (first, last) = name.split_once(' ')?;
    ///         Some(Self { first: first.into(), last: last.into() })
    ///     }
    /// }
    ///
    /// let body = postcard::to_allocvec("Ada Lovelace")?;
    /// assert_eq!(Account::migrate(0, &body).unwrap().last, "Lovelace");
    /// # Ok::<(), postcard::Error>(())
    /// ```
    #[must_use]
    fn migrate(from: u16, body: &[u8]) -> Option<Self> {
        _ = (from, body);
        None
    }

    /// Returns who is logged in, such as an account's id, so that "log this person out everywhere"
    /// works; `None` while nobody is logged in.
    ///
    /// If the type does not implement it:
    /// * nobody can be logged out everywhere, and a jar warns of that once its ring revokes people;
    /// * the jar cannot see logins and logouts: a logout through `update` leaves no mark, and a
    ///   login keeps the birth of the guest session, and with it the absolute lifetime;
    /// * each write drops what a newer build has appended, because it may belong to somebody else.
    ///
    /// For a type whose sessions belong to nobody, such as a flash message, return `None`. Then
    /// nothing warns, and what was appended is kept.
    ///
    /// # Examples
    /// ```
    /// # use sealjar_session::SessionData;
    /// use std::borrow::Cow;
    ///
    /// #[derive(Clone, Default, serde::Serialize, serde::Deserialize)]
    /// struct Account { id: Option<u64> }
    ///
    /// impl SessionData for Account {
    ///     fn subject(&self) -> Option<Cow<'_, str>> {
    ///         self.id.map(|id| id.to_string().into())
    ///     }
    /// }
    /// # assert_eq!(Account { id: Some(7) }.subject().as_deref(), Some("7"));
    /// ```
    fn subject(&self) -> Option<Cow<'_, str>> {
        UNDECLARED.set(true);
        None
    }

    /// Returns how long this session lives, within the limits of the jar.
    ///
    /// # Examples
    /// ```
    /// # use sealjar_session::{Expiry, SessionData};
    /// #[derive(Clone, Default, serde::Serialize, serde::Deserialize)]
    /// struct Account { remember_me: bool }
    ///
    /// impl SessionData for Account {
    ///     fn expiry(&self) -> Expiry {
    ///         if self.remember_me { Expiry::Jar } else { Expiry::OnBrowserClose }
    ///     }
    /// }
    /// # assert_eq!(Account::default().expiry(), Expiry::OnBrowserClose);
    /// ```
    fn expiry(&self) -> Expiry {
        Expiry::Jar
    }

    /// For this crate's own types: what their cookies are for.
    #[doc(hidden)]
    const __KIND: Kind = Kind::Session;

    /// For adapters: types that return the same id here may share a cookie, because each can read
    /// what the other writes.
    #[doc(hidden)]
    #[must_use]
    fn __shares_cookies_as() -> TypeId {
        TypeId::of::<Self>()
    }
}

impl<T: SessionData> SessionData for Option<T> {
    const SCHEMA: u16 = T::SCHEMA;
    const FORMAT: Format = T::FORMAT;

    /// Passes `T` the bytes after postcard's tag for `Some`, or a JSON object that has members.
    fn migrate(from: u16, body: &[u8]) -> Option<Self> {
        match (T::FORMAT, body) {
            (Format::Postcard, [0]) | (Format::Json, b"{}") => Some(None),
            (Format::Postcard, [1, rest @ ..]) | (Format::Json, rest) => {
                T::migrate(from, rest).map(Some)
            }
            (Format::Postcard, _) => None,
        }
    }

    fn subject(&self) -> Option<Cow<'_, str>> {
        self.as_ref().and_then(T::subject)
    }

    fn expiry(&self) -> Expiry {
        self.as_ref().map_or(Expiry::Jar, T::expiry)
    }
}

/// An empty session belongs to nobody.
impl SessionData for () {
    fn subject(&self) -> Option<Cow<'_, str>> {
        None
    }
}

/// Who a session belongs to, as far as its type says.
#[derive(Debug, Eq, PartialEq)]
pub(crate) enum Belongs<'a> {
    To(Cow<'a, str>),
    ToNobody,
    /// The type does not implement `subject`.
    Undeclared,
}

impl<'a> Belongs<'a> {
    pub(crate) fn of(value: &'a impl SessionData) -> Self {
        UNDECLARED.set(false);
        match value.subject() {
            Some(subject) => Self::To(subject),
            None if UNDECLARED.get() => Self::Undeclared,
            None => Self::ToNobody,
        }
    }
}

thread_local! {
    /// Whether the default `subject` was called since this was last reset. There is no other way to
    /// see that a type does not implement it.
    static UNDECLARED: Cell<bool> = const { Cell::new(false) };
}

/// The format in which sessions of a type are written. Each format has a key of its own: no session
/// of one opens as one of the other.
///
/// # Moving a type to the other format without logging anyone out
/// First roll out a build whose jars [also read](crate::JarBuilder::also_reads) the new format.
/// Then change [`SessionData::FORMAT`] and let jars also read the old one, for as long as sessions
/// [live](crate::JarBuilder::lifetime). A session that is only read keeps its format, and a write
/// converts it. The conversion drops fields that the build does not know. Do not change
/// [`SessionData::SCHEMA`] meanwhile.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Format {
    /// JSON, which programs in TypeScript and Python read and write too: one object, with a member
    /// for each field.
    ///
    /// Members that a type does not read are kept, as long as it is a struct without
    /// `#[serde(flatten)]`, which hides what it reads. A write fails if other languages would read
    /// another number: beyond 2^53 - 1, `NaN`, infinities. JSON sessions carry no layout, because
    /// members have names: a renamed field is a new one, so give it an `alias` or raise
    /// [`SCHEMA`](SessionData::SCHEMA).
    ///
    /// `None` is written as `{}`, so `Some` of a type without any member cannot be written.
    Json,
    /// postcard, without names: about half as long. The default.
    #[default]
    Postcard,
}

/// What the cookies of a session type are for. An application's types are sessions.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// Messages for the next page: [`Flash`](crate::Flash).
    Flash,
    /// A session.
    Session,
}

impl Kind {
    /// Returns the purpose that sessions of this format are sealed for.
    pub(crate) const fn purpose(self, format: Format) -> &'static str {
        match (self, format) {
            (Self::Flash, _) => hazmat::FLASH,
            (Self::Session, Format::Json) => hazmat::SESSION_JSON,
            (Self::Session, Format::Postcard) => hazmat::SESSION,
        }
    }
}

/// How long a session lives: the result of [`SessionData::expiry`].
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Expiry {
    /// Ends after this time without use, in whole seconds, at least 1 and at most the jar's idle
    /// timeout. The cookie survives when the browser closes.
    After(Duration),
    /// Ends at this time, or earlier after the jar's idle timeout without use. A time in the past
    /// ends the session at once. The cookie survives when the browser closes.
    At(Timestamp),
    /// Uses the jar's settings.
    #[default]
    Jar,
    /// Ends when the browser closes, or earlier after the jar's idle timeout without use.
    OnBrowserClose,
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Clone, Default, Deserialize, Serialize)]
    struct Silent;
    impl SessionData for Silent {}

    #[derive(Clone, Default, Deserialize, Serialize)]
    struct Person(String);
    impl SessionData for Person {
        fn subject(&self) -> Option<Cow<'_, str>> {
            (!self.0.is_empty()).then(|| self.0.as_str().into())
        }
    }

    #[test]
    fn a_type_that_does_not_implement_subject_is_told_from_one_that_says_nobody() {
        assert_eq!(Belongs::of(&Silent), Belongs::Undeclared);
        assert_eq!(Belongs::of(&Some(Silent)), Belongs::Undeclared);
        assert_eq!(
            Belongs::of(&Person("ada".into())),
            Belongs::To("ada".into())
        );
        assert_eq!(Belongs::of(&Some(Person::default())), Belongs::ToNobody);
        assert_eq!(
            Belongs::of(&None::<Silent>),
            Belongs::ToNobody,
            "not known yet"
        );
        // The call before must not count.
        assert_eq!(Belongs::of(&Silent), Belongs::Undeclared);
        assert_eq!(Belongs::of(&Person::default()), Belongs::ToNobody);
        assert_eq!(Belongs::of(&()), Belongs::ToNobody);
    }
}
