//! A token that shows that a form is the application's own.

use sealjar::{__hazmat as hazmat, Context, ContextError, SealError, Sealer};

use crate::data::SessionData;
use crate::error::UpdateError;
use crate::session::Session;
use crate::shared::Shared;

impl<T: SessionData> Session<T> {
    /// Makes a token for a hidden field of a form, which
    /// [`is_csrf_token`](Self::is_csrf_token) recognises when the form comes back. `None` while
    /// there is no session: a guest's form can do nothing in somebody's name.
    ///
    /// Browsers of 2020 and later need no token: they say where a form comes from, in
    /// `Sec-Fetch-Site` or `Origin`. A token is for forms that older ones send too.
    ///
    /// It is sealed, bound to the [id](Self::id) that the session has now, and lives as long as the
    /// jar's [lifetime](crate::JarBuilder::lifetime) and the ring's sealing key allow. Each call
    /// makes another text. A login gives the session another id, so forms from before it are
    /// refused.
    ///
    /// # Errors
    /// [`UpdateError::Seal`] when no key can seal now.
    ///
    /// # Examples
    /// ```
    /// # use sealjar_session::{FetchMetadata, Jar, SessionData, testing};
    /// # #[derive(Clone, Default, serde::Serialize, serde::Deserialize)]
    /// # struct Account { name: String }
    /// # impl SessionData for Account {}
    /// # let jar = Jar::<Account>::new(testing::ring(), "test")?;
    /// let cookie = jar.cookie_for(&Account { name: "Ada".into() })?;
    /// let page = jar.open([cookie.clone()], FetchMetadata::default());
    /// let token = page.csrf_token()?.expect("there is a session");
    ///
    /// let form = jar.open([cookie], FetchMetadata::default());
    /// assert!(form.is_csrf_token(&token));
    /// let elsewhere = jar.cookie_for(&Account { name: "Eve".into() })?;
    /// let elsewhere = jar.open([elsewhere], FetchMetadata::default());
    /// assert!(!elsewhere.is_csrf_token(&token));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn csrf_token(&self) -> Result<Option<String>, UpdateError> {
        let Some(id) = self.id() else {
            return Ok(None);
        };
        let jar = &self.inner().jar;
        let now = jar.now().map_err(SealError::from)?;
        let ends = now.saturating_add(jar.settings.timeouts.lifetime);
        let (token, _) = hazmat::seal_born(jar.csrf_tokens(), &id.0, now, ends, now)?;
        Ok(Some(token.to_string()))
    }

    /// Returns whether a token was made for the session that came with this request. If not, answer
    /// 403 and do nothing that the form asks for.
    ///
    /// A token can be used more than once: it says where a form comes from, not that it comes for
    /// the first time.
    ///
    /// # Examples
    /// ```
    /// # use sealjar_session::{Session, SessionData};
    /// fn status<T: SessionData>(session: &Session<T>, field: &str) -> u16 {
    ///     if session.is_csrf_token(field) { 200 } else { 403 }
    /// }
    /// ```
    #[must_use]
    pub fn is_csrf_token(&self, token: &str) -> bool {
        let inner = self.inner();
        let (Some(received), Ok(now)) = (&inner.used().received, inner.jar.now()) else {
            return false;
        };
        let opened = inner.jar.csrf_tokens().open_at(token, now);
        opened.is_ok_and(|opened| opened.payload() == received.envelope().id)
    }
}

impl Shared {
    /// Makes the sealer of these tokens when it is first needed. What it counts are no sessions.
    fn csrf_tokens(&self) -> &Sealer {
        self.csrf_tokens.get_or_init(|| {
            let context = Context::new(&*self.app, hazmat::CSRF).binding(self.sealers.binding());
            let made: Result<_, ContextError> =
                hazmat::library_sealer(self.sealers.own.ring().clone(), context);
            made.expect("the jar has a sealer with the same app and binding")
        })
    }
}
