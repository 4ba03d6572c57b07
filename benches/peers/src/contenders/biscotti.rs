//! How is biscotti set up? With a rule that encrypts the cookie, the newest key first and the older
//! ones as fallbacks. It has no adapter, so an extractor of this race reads the header and writes
//! the line.

use std::sync::Arc;

use axum::Router;
use axum::extract::FromRequestParts;
use axum::http::HeaderName;
use axum::http::header::{COOKIE as COOKIE_HEADER, SET_COOKIE};
use axum::http::request::Parts;
use axum::response::AppendHeaders;
use biscotti::config::{CryptoAlgorithm, CryptoRule, FallbackConfig};
use biscotti::time::SignedDuration;
use biscotti::{
    Key, Processor, ProcessorConfig, RemovalCookie, RequestCookies, ResponseCookie,
    ResponseCookies, SameSite,
};
use sealjar_bench_parts::data::User;

use crate::app::{COOKIE, Failed, Sessions, router};
use crate::facts::Facts;
use crate::keys::Keys;

pub(crate) const FACTS: Facts = Facts {
    crates: &["biscotti"],
    file: file!(),
    rotation: "one roll-out: \"Set `key` to the new key, and add the old key to the `fallbacks` vector\" \
               (docs.rs, `CryptoRule::fallbacks`)",
    strengths: "any framework; algorithms rotate as well as keys; several cookies of a name are told apart; \
                signed cookies too",
    servers: "none",
};

pub(crate) fn app(keys: &Keys) -> Router {
    let mut config = ProcessorConfig::default();
    config.crypto_rules.push(CryptoRule {
        cookie_names: vec![COOKIE.into()],
        algorithm: CryptoAlgorithm::Encryption,
        key: Key::from(keys.first().to_vec()),
        fallbacks: keys
            .others()
            .map(|key| FallbackConfig {
                key: Key::from(key.to_vec()),
                algorithm: CryptoAlgorithm::Encryption,
            })
            .collect(),
    });
    router::<Cookies, _>().with_state(Arc::new(Processor::from(config)))
}

/// The session of one request.
struct Cookies {
    processor: Arc<Processor>,
    /// A handler no longer has the header, so it is decoded before, once.
    user: Option<Arc<User>>,
}

impl FromRequestParts<Arc<Processor>> for Cookies {
    type Rejection = Failed;

    async fn from_request_parts(
        parts: &mut Parts,
        processor: &Arc<Processor>,
    ) -> Result<Self, Failed> {
        let headers = parts.headers.get_all(COOKIE_HEADER).iter();
        let headers = headers.filter_map(|header| header.to_str().ok());
        // A cookie that no key opens is also an error; then nobody is logged in.
        let cookies = RequestCookies::parse_headers(headers, processor).unwrap_or_default();
        let cookie = cookies.get(COOKIE);
        Ok(Self {
            processor: Arc::clone(processor),
            user: cookie
                .map(|cookie| serde_json::from_str(cookie.value()))
                .transpose()?
                .map(Arc::new),
        })
    }
}

impl Cookies {
    fn lines(self, cookies: ResponseCookies<'_>) -> Written {
        AppendHeaders(
            cookies
                .header_values(&self.processor)
                .map(|line| (SET_COOKIE, line))
                .collect(),
        )
    }
}

impl Sessions for Cookies {
    type Read = Arc<User>;
    type Written = Written;

    async fn user(&self) -> Result<Option<Arc<User>>, Failed> {
        Ok(self.user.clone())
    }

    async fn log_in(self, user: User) -> Result<Written, Failed> {
        let cookie = ResponseCookie::new(COOKIE, serde_json::to_string(&user)?)
            .set_path("/")
            .set_http_only(true)
            .set_secure(true)
            .set_same_site(SameSite::Lax)
            .set_max_age(SignedDuration::from_hours(24));
        let mut cookies = ResponseCookies::new();
        cookies.insert(cookie);
        Ok(self.lines(cookies))
    }

    async fn add(mut self) -> Result<Option<(Written, u32)>, Failed> {
        let Some(mut user) = self.user.take().map(Arc::unwrap_or_clone) else {
            return Ok(None);
        };
        user.bump();
        let count = user.bumped();
        Ok(Some((self.log_in(user).await?, count)))
    }

    async fn log_out(self) -> Result<Written, Failed> {
        let mut cookies = ResponseCookies::new();
        cookies.insert(RemovalCookie::new(COOKIE).set_path("/"));
        Ok(self.lines(cookies))
    }
}

type Written = AppendHeaders<Vec<(HeaderName, String)>>;
