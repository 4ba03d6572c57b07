//! A browser without scripts, whose requests reach the replicas in turns.

use reqwest::header::{ACCEPT, CONTENT_TYPE, COOKIE, HeaderMap, REFERER};
use reqwest::redirect::Policy;
use reqwest::{Client, Method};
use sealjar_tests::cookies::Cookies;

use crate::page::{Form, Page};
use crate::site::Site;

/// What a server may do to its answers. For the controls.
pub(crate) type Flaw = fn(&mut Answer);

pub(crate) struct Browser<'a> {
    site: &'a Site,
    client: Client,
    turn: usize,
    pub(crate) cookies: Cookies,
    flaw: Flaw,
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) page: Page,
}

impl Answer {
    pub(crate) fn values(&self, name: &str) -> Vec<&str> {
        let named = self.headers.iter().filter(|it| it.0 == name);
        named.map(|it| it.1.as_str()).collect()
    }

    /// The `Set-Cookie` lines of the session.
    pub(crate) fn lines(&self) -> Vec<&str> {
        let mut lines = self.values("set-cookie");
        lines.retain(|line| line.starts_with(NAME));
        lines
    }
}

impl<'a> Browser<'a> {
    pub(crate) fn new(site: &'a Site) -> Self {
        Self::with_flaw(site, |_| ())
    }

    pub(crate) fn with_flaw(site: &'a Site, flaw: Flaw) -> Self {
        let client = Client::builder().redirect(Policy::none()).no_proxy();
        Self {
            site,
            client: client.build().unwrap(),
            turn: 0,
            cookies: Cookies::of("shop.test"),
            flaw,
        }
    }

    /// Has a cookie already, in the words of a `Cookie` header.
    pub(crate) fn holding(site: &'a Site, cookie: &str) -> Self {
        let mut browser = Self::new(site);
        for pair in cookie.split("; ") {
            browser
                .cookies
                .take(&format!("{pair}; Path=/; Secure; HttpOnly"), NOW);
        }
        browser
    }

    /// Loads a page, as a click on a link does.
    pub(crate) async fn look(&mut self, path: &str) -> Answer {
        self.get(Method::GET, path, &[("sec-fetch-mode", "navigate")])
            .await
    }

    pub(crate) async fn get(
        &mut self,
        method: Method,
        path: &str,
        headers: &[(&'static str, &'static str)],
    ) -> Answer {
        self.ask(method, path, headers, None).await
    }

    /// Sends a form of a page, filled in.
    pub(crate) async fn send(&mut self, form: &Form, fields: &[(&str, &str)]) -> Answer {
        self.post(form, fields, &[("sec-fetch-mode", "navigate")])
            .await
    }

    pub(crate) async fn post(
        &mut self,
        form: &Form,
        fields: &[(&str, &str)],
        headers: &[(&'static str, &'static str)],
    ) -> Answer {
        let hidden = form
            .hidden
            .iter()
            .map(|(name, value)| format!("{name}={value}"));
        let filled = fields.iter().map(|(name, value)| format!("{name}={value}"));
        let body = hidden.chain(filled).collect::<Vec<_>>().join("&");
        self.ask(Method::POST, &form.action, headers, Some(body))
            .await
    }

    async fn ask(
        &mut self,
        method: Method,
        path: &str,
        headers: &[(&'static str, &'static str)],
        form: Option<String>,
    ) -> Answer {
        self.turn += 1;
        let origin = &self.site.origins[self.turn % self.site.origins.len()];
        let mut request = self.client.request(method, format!("{origin}{path}"));
        request = request
            .header(ACCEPT, "text/html")
            .header(REFERER, format!("{origin}/"));
        for header in headers {
            request = request.header(header.0, header.1);
        }
        let cookies = self.cookies.header(path, NOW);
        if !cookies.is_empty() {
            request = request.header(COOKIE, cookies);
        }
        if let Some(form) = form {
            let kind = "application/x-www-form-urlencoded";
            request = request.header(CONTENT_TYPE, kind).body(form);
        }
        let response = request.send().await.unwrap();
        let mut answer = Answer {
            status: response.status().as_u16(),
            headers: pairs(response.headers()),
            page: Page(response.text().await.unwrap()),
        };
        (self.flaw)(&mut answer);
        for line in answer.values("set-cookie") {
            self.cookies.take(line, NOW);
        }
        answer
    }
}

fn pairs(headers: &HeaderMap) -> Vec<(String, String)> {
    let headers = headers.iter();
    let pair = |(name, value): (&reqwest::header::HeaderName, &reqwest::header::HeaderValue)| {
        (name.to_string(), value.to_str().unwrap().to_owned())
    };
    headers.map(pair).collect()
}

/// The cookies of the session, and the mark of a logout, begin with it.
pub(crate) const NAME: &str = "__Host-Http-session";
/// No time passes in the browser.
const NOW: u32 = 0;
