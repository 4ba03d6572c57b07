//! Who may log in? Three members of the library. A real app asks a database.

use std::fmt;

use argon2::Argon2;
use argon2::password_hash::PasswordVerifier;
use argon2::password_hash::phc::PasswordHash;
use axum_login::{AuthUser, AuthnBackend, UserId};
use serde::Deserialize;
use tokio::task::{JoinError, spawn_blocking};

/// A person who has logged in.
#[derive(Clone, Debug)]
pub struct Member {
    /// The name shown on pages.
    pub name: &'static str,
    login: &'static str,
    /// Chosen anew with each password, and no secret.
    salt: &'static str,
}

impl AuthUser for Member {
    type Id = String;

    fn id(&self) -> String {
        self.login.to_owned()
    }

    /// Ends the member's sessions when the password changes. axum-login keeps these bytes in the
    /// session, where a salt does as well as a hash, and tells nobody anything.
    fn session_auth_hash(&self) -> &[u8] {
        self.salt.as_bytes()
    }
}

/// The login form.
#[derive(Deserialize)]
pub struct Credentials {
    /// The member's name for logging in.
    pub login: String,
    /// What only the member knows.
    pub password: String,
    /// Where to go then.
    pub next: Option<String>,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("login", &self.login)
            .finish_non_exhaustive()
    }
}

/// The members, as axum-login asks for them.
#[derive(Clone, Copy, Debug)]
pub struct Members;

impl AuthnBackend for Members {
    type User = Member;
    type Credentials = Credentials;
    type Error = JoinError;

    /// Returns the member if the password is right.
    ///
    /// An unknown name costs as much time as a wrong password, so that the time does not tell who is a
    /// member.
    async fn authenticate(&self, credentials: Credentials) -> Result<Option<Member>, JoinError> {
        spawn_blocking(move || {
            let known = find(&credentials.login);
            let hash = PasswordHash::new(known.map_or(NOBODY, |(.., hash)| hash)).ok()?;
            let right = Argon2::default().verify_password(credentials.password.as_bytes(), &hash);
            right.is_ok().then_some(known)?.map(member)
        })
        .await
    }

    async fn get_user(&self, login: &UserId<Self>) -> Result<Option<Member>, JoinError> {
        Ok(find(login).map(member))
    }
}

type Row = (&'static str, &'static str, &'static str);

fn find(login: &str) -> Option<&'static Row> {
    MEMBERS.iter().find(|(known, ..)| *known == login)
}

fn member((login, name, hash): &'static Row) -> Member {
    Member {
        name,
        login,
        salt: hash.rsplit('$').nth(1).unwrap_or_default(),
    }
}

/// Login, name, and an argon2id hash (RFC 9106) with the parameters of `Argon2::default()`.
const MEMBERS: &[Row] = &[
    (
        "emmy",
        "Emmy Noether",
        "$argon2id$v=19$m=19456,t=2,p=1$M2Y5YzFhN2JlMmQ4NDA1Ng$/q47+XhosTTQmj/jqiDmjpgCNKexyCXsjqIFbzZjvys",
    ),
    (
        "marie",
        "Marie Curie",
        "$argon2id$v=19$m=19456,t=2,p=1$YTgxZjQ0YzA5YjdlNmQyMw$i0tU7QGQCD+g/Eex0aeTLRmthtOHjVlEWoGhd36tg6o",
    ),
    (
        "rosalind",
        "Rosalind Franklin",
        "$argon2id$v=19$m=19456,t=2,p=1$NWJlMGQ5MTI3YWMzZjY0OA$mR3D02N08gLWTaE7vWyzEnDJZxy4bTj+y4nZC4yd8LU",
    ),
];

/// A hash of no password that anybody knows.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$Yzc3MjVlMWZkMDhiNGE5Ng$/9kEsUaOUMol0/4YX1xLwTYwZigOJtcSwOuHN1Pw330";

#[cfg(test)]
mod tests {
    use super::*;

    async fn authenticate(login: &str, password: &str) -> Option<Member> {
        let credentials = Credentials {
            login: login.into(),
            password: password.into(),
            next: None,
        };
        Members.authenticate(credentials).await.unwrap()
    }

    #[tokio::test]
    async fn the_right_password_logs_in_and_no_other_does() {
        for (login, password) in [
            ("emmy", "noether"),
            ("marie", "curie"),
            ("rosalind", "franklin"),
        ] {
            assert_eq!(authenticate(login, password).await.unwrap().id(), login);
        }
        for (login, password) in [
            ("emmy", "curie"),
            ("emmy", ""),
            ("eve", "noether"),
            ("", ""),
        ] {
            assert!(authenticate(login, password).await.is_none(), "{login}");
        }
    }

    #[test]
    fn every_password_is_checked_with_the_same_parameters_and_a_salt_of_its_own() {
        let parameters = |hash| PasswordHash::new(hash).unwrap().params;
        let mut salts: Vec<_> = MEMBERS.iter().map(|row| member(row).salt).collect();
        for (.., hash) in MEMBERS {
            assert_eq!(parameters(hash), parameters(NOBODY));
        }
        assert!(salts.iter().all(|salt| salt.len() == 22));
        salts.sort_unstable();
        salts.dedup();
        assert_eq!(salts.len(), MEMBERS.len());
    }
}
