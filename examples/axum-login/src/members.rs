//! Who may log in: everyone with an account at the shop. A real app asks a database.

use std::convert::Infallible;
use std::fmt;

use axum_login::{AuthUser, AuthnBackend, UserId};
use serde::Deserialize;
use shop::Account;

/// A person who has logged in.
#[derive(Clone, Copy, Debug)]
pub struct Member(&'static Account);

impl Member {
    /// Returns the name shown on pages.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.0.name
    }
}

impl AuthUser for Member {
    type Id = String;

    fn id(&self) -> String {
        self.0.login.to_owned()
    }

    /// Ends the member's sessions when the password changes. axum-login keeps these bytes in the
    /// session. A salt works as well as a hash, and reveals nothing.
    fn session_auth_hash(&self) -> &[u8] {
        self.0.salt().as_bytes()
    }
}

/// The login form.
#[derive(Deserialize)]
pub struct Credentials {
    /// The member's name for logging in.
    pub login: String,
    /// The password.
    pub password: String,
    /// The page to show after the login.
    pub next: Option<String>,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("login", &self.login)
            .finish_non_exhaustive()
    }
}

/// The members, in axum-login's terms.
#[derive(Clone, Copy, Debug)]
pub struct Members;

impl AuthnBackend for Members {
    type User = Member;
    type Credentials = Credentials;
    type Error = Infallible;

    async fn authenticate(&self, credentials: Credentials) -> Result<Option<Member>, Infallible> {
        let Credentials {
            login, password, ..
        } = credentials;
        Ok(Account::verify(login, password).await.map(Member))
    }

    async fn get_user(&self, login: &UserId<Self>) -> Result<Option<Member>, Infallible> {
        Ok(Account::find(login).map(Member))
    }
}
