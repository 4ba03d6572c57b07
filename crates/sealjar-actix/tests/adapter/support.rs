//! An application, and requests to it.

use std::sync::atomic::{AtomicU8, Ordering};

use actix_http::Request;
use actix_web::body::{MessageBody, to_bytes};
use actix_web::dev::{Service, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderName};
use actix_web::test::TestRequest;
use actix_web::{Error, HttpResponse};
use sealjar::__hazmat::known_key;
use sealjar_actix::{Jar, SessionData};

#[derive(Clone, Debug, Default, PartialEq, serde::Deserialize, serde::Serialize)]
pub(crate) struct Visits {
    pub(crate) count: u32,
    pub(crate) note: String,
}

impl SessionData for Visits {}

#[derive(Clone, Debug, Default, PartialEq, serde::Deserialize, serde::Serialize)]
pub(crate) struct Basket {
    pub(crate) items: Vec<String>,
}

impl SessionData for Basket {}

pub(crate) const NAME: &str = "__Host-Http-session";

/// A jar under a key that no other test uses, and whose secret `just secrets` looks for.
pub(crate) fn jar<T: SessionData>(name: &str) -> Jar<T> {
    static MADE: AtomicU8 = AtomicU8::new(0);
    let seed = MADE.fetch_add(1, Ordering::Relaxed);
    let key = known_key(sealjar::Suite::Xaes256Gcm, seed);
    Jar::builder(key, "adapter-test")
        .cookie_name(name)
        .build()
        .unwrap()
}

/// A response, with its whole body.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn all(&self, name: HeaderName) -> Vec<&str> {
        let values = self.headers.get_all(name);
        values.map(|value| value.to_str().unwrap()).collect()
    }

    pub(crate) fn cookies(&self) -> Vec<&str> {
        self.all(header::SET_COOKIE)
    }

    /// The `Cookie` header of a browser that accepted this response.
    pub(crate) fn cookie(&self) -> String {
        let lines = self.cookies();
        let kept = lines.iter().filter(|line| !line.contains("; Max-Age=0"));
        let pairs: Vec<&str> = kept.filter_map(|line| line.split(';').next()).collect();
        pairs.join("; ")
    }
}

/// Calls the service as the server does, which makes a response of an error that no middleware
/// handled.
pub(crate) async fn call<B: MessageBody>(
    app: &impl Service<Request, Response = ServiceResponse<B>, Error = Error>,
    cookie: &str,
) -> Answer {
    let request = TestRequest::get().uri("/");
    let request = if cookie.is_empty() {
        request
    } else {
        request.insert_header((header::COOKIE, cookie))
    };
    match app.call(request.to_request()).await {
        Ok(response) => answer(response.into()).await,
        Err(error) => answer(error.error_response()).await,
    }
}

async fn answer<B: MessageBody>(response: HttpResponse<B>) -> Answer {
    let (head, body) = response.into_parts();
    let body = to_bytes(body).await.map_err(Into::into).unwrap();
    Answer {
        status: head.status().as_u16(),
        headers: head.headers().clone(),
        body: String::from_utf8(body.to_vec()).unwrap(),
    }
}
