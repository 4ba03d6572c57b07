//! Who may log in? Three people of the demonstration. A real app asks a database.

use std::fmt;

use argon2::Argon2;
use argon2::password_hash::PasswordVerifier;
use argon2::password_hash::phc::PasswordHash;

use crate::visitor::User;

/// A person who may log in.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Account {
    /// The name typed into the form.
    pub login: &'static str,
    /// The name shown on pages.
    pub name: &'static str,
    /// An argon2id hash (RFC 9106), which includes its parameters. They are far too small on
    /// purpose: the demonstration logs in thousands of times. Use `Argon2::default()` in a real
    /// app.
    hash: &'static str,
}

impl Account {
    /// Returns the person with this login.
    #[must_use]
    pub fn find(login: &str) -> Option<&'static Self> {
        ACCOUNTS.iter().find(|account| account.login == login)
    }

    /// Returns the person, if the password is right.
    ///
    /// An unknown name takes as much time as a wrong password, so the time does not show who has an
    /// account.
    pub async fn verify(login: String, password: String) -> Option<&'static Self> {
        let verified = tokio::task::spawn_blocking(move || {
            let known = Self::find(&login);
            let hash = PasswordHash::new(known.map_or(NOBODY, |account| account.hash)).ok()?;
            let right = Argon2::default().verify_password(password.as_bytes(), &hash);
            right.is_ok().then_some(known)?
        });
        verified.await.ok().flatten()
    }

    /// Returns the salt of the password's hash: not a secret, and different for each password. A
    /// session that stores it can end when the password changes.
    #[must_use]
    pub fn salt(&self) -> &'static str {
        self.hash.rsplit('$').nth(1).unwrap_or_default()
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account")
            .field("login", &self.login)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl From<&Account> for User {
    fn from(account: &Account) -> Self {
        Self {
            login: account.login.to_owned(),
            name: account.name.to_owned(),
        }
    }
}

const ACCOUNTS: &[Account] = &[
    Account {
        login: "ada",
        name: "Ada Lovelace",
        hash: "$argon2id$v=19$m=64,t=1,p=1$YAxc0O7hEyAsDcCuA/aW1Q$v8uDzAp+0zzOH3BPOfPhCThemEMby8PqCHY9qUqLf2g",
    },
    Account {
        login: "alan",
        name: "Alan Turing",
        hash: "$argon2id$v=19$m=64,t=1,p=1$rgPzDSWSnOALtBu6xd51gg$U94T3kn791Kn1N9h0/76polg4aLRG/Z0VMPnWoTlzbQ",
    },
    Account {
        login: "grace",
        name: "Grace Hopper",
        hash: "$argon2id$v=19$m=64,t=1,p=1$2UClkQSBu/9xfU0g+8XxOw$Lcz5f8MD06kL8BCrSWeg5djykFXocDu0lueCuKANnCs",
    },
];

/// A hash without a known password.
const NOBODY: &str = "$argon2id$v=19$m=64,t=1,p=1$26LohsJAc3/dTcdd8aza+g$ZnBsG/z5vcCxTw2RjKBQfPbSi0EUQvlqH/+5SCUULMk";

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[tokio::test]
    async fn the_right_password_logs_in_and_no_other_does() {
        for (login, password) in [("ada", "lovelace"), ("alan", "turing"), ("grace", "hopper")] {
            let account = Account::verify(login.into(), password.into()).await;
            assert_eq!(account.unwrap().login, login);
        }
        for (login, password) in [
            ("ada", "turing"),
            ("ada", ""),
            ("eve", "lovelace"),
            ("", ""),
        ] {
            let account = Account::verify(login.into(), password.into()).await;
            assert!(account.is_none(), "{login}");
        }
    }

    #[test]
    fn every_password_is_checked_with_the_same_parameters_and_a_salt_of_its_own() {
        let parameters = |hash| PasswordHash::new(hash).unwrap().params;
        for account in ACCOUNTS {
            assert_eq!(parameters(account.hash), parameters(NOBODY));
            assert_eq!(account.salt().len(), 22);
        }
        let salts: BTreeSet<_> = ACCOUNTS.iter().map(Account::salt).collect();
        assert_eq!(salts.len(), ACCOUNTS.len());
    }
}
