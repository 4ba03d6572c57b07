//! Who may log in? Three people of the demonstration. A real app asks a database.

use argon2::Argon2;
use argon2::password_hash::PasswordVerifier;
use argon2::password_hash::phc::PasswordHash;

use crate::visitor::User;

/// Returns the user if the password is right.
///
/// An unknown name costs as much time as a wrong password, so that the time does not tell who has an
/// account.
pub(crate) async fn verify(login: String, password: String) -> Option<User> {
    let verified = tokio::task::spawn_blocking(move || {
        let known = USERS.iter().find(|(known, ..)| *known == login);
        let hash = known.map_or(NOBODY, |(.., hash)| hash);
        let hash = PasswordHash::new(hash).ok()?;
        let right = Argon2::default().verify_password(password.as_bytes(), &hash);
        let (login, name, _) = right.is_ok().then_some(known)??;
        Some(User {
            login: (*login).to_owned(),
            name: (*name).to_owned(),
        })
    });
    verified.await.ok().flatten()
}

/// Login, name, and an argon2id hash (RFC 9106). The parameters are in the hash, and far too small on
/// purpose: the demonstration logs in thousands of times. Take `Argon2::default()` for real ones.
const USERS: [(&str, &str, &str); 3] = [
    (
        "ada",
        "Ada Lovelace",
        "$argon2id$v=19$m=64,t=1,p=1$YAxc0O7hEyAsDcCuA/aW1Q$v8uDzAp+0zzOH3BPOfPhCThemEMby8PqCHY9qUqLf2g",
    ),
    (
        "alan",
        "Alan Turing",
        "$argon2id$v=19$m=64,t=1,p=1$rgPzDSWSnOALtBu6xd51gg$U94T3kn791Kn1N9h0/76polg4aLRG/Z0VMPnWoTlzbQ",
    ),
    (
        "grace",
        "Grace Hopper",
        "$argon2id$v=19$m=64,t=1,p=1$2UClkQSBu/9xfU0g+8XxOw$Lcz5f8MD06kL8BCrSWeg5djykFXocDu0lueCuKANnCs",
    ),
];

/// A hash of no password that anybody knows.
const NOBODY: &str = "$argon2id$v=19$m=64,t=1,p=1$26LohsJAc3/dTcdd8aza+g$ZnBsG/z5vcCxTw2RjKBQfPbSi0EUQvlqH/+5SCUULMk";

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_right_password_logs_in_and_no_other_does() {
        for (login, password) in [("ada", "lovelace"), ("alan", "turing"), ("grace", "hopper")] {
            let user = verify(login.into(), password.into()).await;
            assert_eq!(user.unwrap().login, login);
        }
        for (login, password) in [
            ("ada", "turing"),
            ("ada", ""),
            ("eve", "lovelace"),
            ("", ""),
        ] {
            assert_eq!(verify(login.into(), password.into()).await, None);
        }
    }

    #[test]
    fn an_unknown_name_is_checked_with_the_same_parameters() {
        let parameters = |hash| PasswordHash::new(hash).unwrap().params;
        for (.., hash) in USERS {
            assert_eq!(parameters(hash), parameters(NOBODY));
        }
    }
}
