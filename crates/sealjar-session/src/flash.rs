//! Messages for the next page that the visitor sees, in a cookie of their own.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::data::{Kind, SessionData};
use crate::error::UpdateError;
use crate::session::Session;

/// The messages for the next page that the visitor sees. A handler takes a `Session<Flash>`,
/// [adds](Session::add) a message before it redirects, and [takes](Session::take) the messages
/// where it renders a page.
///
/// They are in a cookie of their own, so showing them never writes the visitor's session, and never
/// undoes what another request changes there meanwhile. Give its jar a layer of its own.
///
/// A `Jar<Flash>` has other defaults than a jar of sessions: the cookie is `__Host-Http-flash` (or
/// `flash` with [`allow_insecure_http`](crate::JarBuilder::allow_insecure_http)), it ends with the
/// browser or after 5 minutes, and takes at most 1024 bytes, about 600 characters of text. What is
/// sealed as a message never opens as a session, nor the other way round.
///
/// # Examples
/// ```
/// use sealjar_session::{FetchMetadata, Flash, FlashLevel, Jar, Session, UpdateError, testing};
///
/// /// Answers a form, then redirects.
/// fn save(flash: &Session<Flash>) -> Result<(), UpdateError> {
///     flash.add(FlashLevel::Success, "Your address is saved.")
/// }
///
/// /// Renders the messages of a page.
/// fn messages(flash: &Session<Flash>) -> String {
///     let lines = flash.take().into_iter();
///     let lines = lines.map(|it| format!("<p class={}>{}</p>", it.level, it.text));
///     lines.collect() // a template also escapes the text
/// }
///
/// let jar = Jar::<Flash>::new(testing::ring(), "shop-prod")?;
/// assert_eq!(jar.cookie_name(), "__Host-Http-flash");
/// let flash = jar.open(None::<String>, FetchMetadata::default());
/// save(&flash)?;
/// assert_eq!(messages(&flash), "<p class=success>Your address is saved.</p>");
/// assert_eq!(messages(&flash), "");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Flash {
    /// The messages, the oldest first.
    pub messages: Vec<FlashMessage>,
}

impl SessionData for Flash {
    const __KIND: Kind = Kind::Flash;

    /// Messages belong to nobody.
    fn subject(&self) -> Option<Cow<'_, str>> {
        None
    }
}

/// A message for the next page.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct FlashMessage {
    /// How it is meant.
    pub level: FlashLevel,
    /// Its text. Escape it where you show it.
    pub text: String,
}

/// How a message is meant. It displays as a lower-case word, such as `success`, for a CSS class.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[non_exhaustive]
pub enum FlashLevel {
    /// Something to know.
    Info,
    /// Something went well.
    Success,
    /// Something to be careful about.
    Warning,
    /// Something failed.
    Error,
}

impl FlashLevel {
    /// Returns the level as a lower-case word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Success => "success",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for FlashLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Session<Flash> {
    /// Adds a message for the next page that the visitor sees.
    ///
    /// If the cookie is full, because no page has shown the messages so far, the oldest make room.
    ///
    /// # Errors
    /// [`UpdateError::TooLarge`] when this message alone does not fit; the others of
    /// [`update`](Self::update).
    ///
    /// # Examples
    /// ```
    /// # use sealjar_session::{FetchMetadata, Flash, FlashLevel, Jar, testing};
    /// # let jar = Jar::<Flash>::new(testing::ring(), "test")?;
    /// # let flash = jar.open(None::<String>, FetchMetadata::default());
    /// flash.add(FlashLevel::Error, "This voucher is no longer valid.")?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn add(&self, level: FlashLevel, text: impl Into<String>) -> Result<(), UpdateError> {
        let text = text.into();
        let mut leave_out = 0;
        loop {
            let added = self.update(|flash| {
                let oldest = flash.messages.len().min(leave_out);
                flash.messages.drain(..oldest);
                let text = text.clone();
                flash.messages.push(FlashMessage { level, text });
            });
            match added {
                Err(UpdateError::TooLarge { .. }) if leave_out < self.get().messages.len() => {
                    leave_out += 1;
                }
                added => return added,
            }
        }
    }

    /// Takes the messages to show, the oldest first: the response expires their cookie.
    ///
    /// Returns none in a request whose response the visitor may never see, such as a prefetch
    /// ([`is_speculative`](Self::is_speculative)), and none once the response has begun, when its
    /// head can expire no cookie any more: the messages wait for a page that is seen.
    ///
    /// # Examples
    /// ```
    /// # use sealjar_session::{FetchMetadata, Flash, FlashLevel, FlashMessage, Jar, testing};
    /// # let jar = Jar::<Flash>::new(testing::ring(), "test")?;
    /// let saved = FlashMessage { level: FlashLevel::Success, text: "Saved.".into() };
    /// let cookie = jar.cookie_for(&Flash { messages: vec![saved.clone()] })?;
    /// let page = |method| jar.open([cookie.clone()], FetchMetadata::read(method, |_| None));
    ///
    /// assert_eq!(page("HEAD").take(), []);
    /// assert_eq!(page("GET").take(), [saved]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use = "the messages are gone once they are taken"]
    pub fn take(&self) -> Vec<FlashMessage> {
        // Looking tells caches that the page belongs to this visitor, also where nothing is shown.
        let messages = &self.get().messages;
        if messages.is_empty() || self.is_speculative() || self.inner().state().closed {
            return Vec::new();
        }
        let messages = messages.clone();
        self.discard();
        messages
    }
}
