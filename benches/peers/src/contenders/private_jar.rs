//! How is axum-extra's `PrivateCookieJar` set up? A key in the state, as its documentation shows,
//! and JSON in a private cookie.

use axum::Router;
use axum::extract::FromRef;
use axum_extra::extract::PrivateCookieJar;
use cookie::time::Duration;
use cookie::{Cookie, Key, SameSite};
use sealjar_bench_parts::data::User;

use crate::app::{COOKIE, Failed, Sessions, router};
use crate::facts::Facts;
use crate::keys::Keys;

pub(crate) const FACTS: Facts = Facts {
    crates: &["axum-extra"],
    file: file!(),
    rotation: "cannot: its documentation has one `Key` in the state and says nothing of another \
               (docs.rs, `PrivateCookieJar`)",
    strengths: "the smallest there is: an extractor and a key, no layer; any cookie can be private",
    servers: "none",
};

pub(crate) fn app(keys: &Keys) -> Router {
    let state = AppState {
        key: Key::from(keys.first()),
    };
    router::<PrivateCookieJar, AppState>().with_state(state)
}

#[derive(Clone)]
struct AppState {
    key: Key,
}

impl FromRef<AppState> for Key {
    fn from_ref(state: &AppState) -> Self {
        state.key.clone()
    }
}

impl Sessions for PrivateCookieJar {
    type Read = User;
    type Written = Self;

    async fn user(&self) -> Result<Option<User>, Failed> {
        let cookie = self.get(COOKIE);
        Ok(cookie
            .map(|cookie| serde_json::from_str(cookie.value()))
            .transpose()?)
    }

    async fn log_in(self, user: User) -> Result<Self, Failed> {
        Ok(self.add(cookie_for(serde_json::to_string(&user)?)))
    }

    async fn add(self) -> Result<Option<(Self, u32)>, Failed> {
        let Some(mut user) = self.user().await? else {
            return Ok(None);
        };
        user.bump();
        let count = user.bumped();
        Ok(Some((self.log_in(user).await?, count)))
    }

    async fn log_out(self) -> Result<Self, Failed> {
        Ok(self.remove(cookie_for(String::new())))
    }
}

fn cookie_for(json: String) -> Cookie<'static> {
    Cookie::build((COOKIE, json))
        .path("/")
        .http_only(true)
        .secure(true)
        .same_site(SameSite::Lax)
        .max_age(Duration::days(1))
        .build()
}
