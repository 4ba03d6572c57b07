//! A browser, as far as cookies are concerned.

use http::header::{ACCEPT_ENCODING, COOKIE, SET_COOKIE};
use http::{Method, Request, StatusCode};
use http_body_util::Full;
use sealjar_tests::cookies::Cookies;
use sealjar_tests::traefik::Traefik;

use crate::notes::{NUMBER, TEXT};
use crate::wire::{Answer, Spoken, Wire};

/// It keeps cookies, and sends them as one field or as one field each, the last one first.
#[derive(Debug)]
pub(crate) struct Browser {
    pub(crate) cookies: Cookies,
    wire: Wire,
    pub(crate) in_crumbs: bool,
}

impl Browser {
    pub(crate) async fn at(traefik: &Traefik, spoken: Spoken) -> Self {
        Self {
            cookies: Cookies::of("localhost"),
            wire: Wire::to(traefik, spoken).await,
            in_crumbs: false,
        }
    }

    /// Returns the text that the page of the application tells.
    pub(crate) async fn read(&mut self, route: &str) -> String {
        let answer = self.get(&format!("/{route}/read")).await;
        told(&answer)
    }

    /// Gives the session another text.
    pub(crate) async fn write(&mut self, route: &str, text: &str) -> Answer {
        self.post(&format!("/{route}/write"), text).await
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.send(Method::GET, path, String::new()).await
    }

    pub(crate) async fn post(&mut self, path: &str, body: &str) -> Answer {
        self.send(Method::POST, path, body.to_owned()).await
    }

    async fn send(&mut self, method: Method, path: &str, body: String) -> Answer {
        let header = self.cookies.header("/", NOW);
        let answer = self.send_with(method, path, body, &header).await;
        for line in answer.headers.get_all(SET_COOKIE) {
            self.cookies.take(line.to_str().unwrap(), NOW);
        }
        answer
    }

    /// Sends other cookies than those it has, and takes none.
    pub(crate) async fn send_with(
        &mut self,
        method: Method,
        path: &str,
        body: String,
        cookies: &str,
    ) -> Answer {
        let request = Request::builder().method(method).uri(path);
        let request = request.header(ACCEPT_ENCODING, "gzip");
        let request = request.header(NUMBER, fastrand::u64(..));
        let request = match self.in_crumbs {
            _ if cookies.is_empty() => request,
            true => cookies
                .rsplit("; ")
                .fold(request, |request, crumb| request.header(COOKIE, crumb)),
            false => request.header(COOKIE, cookies),
        };
        let request = request.body(Full::from(body)).unwrap();
        self.wire.send(request).await.unwrap()
    }
}

/// Returns the text that a page tells.
pub(crate) fn told(answer: &Answer) -> String {
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    answer.headers[TEXT].to_str().unwrap().to_owned()
}

/// Nothing ends in these tests.
pub(crate) const NOW: u32 = 1000;
