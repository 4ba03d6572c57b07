//! What does somebody notice who logs in, fills a basket and looks at it, each time on another replica?

use std::time::Duration;

use reqwest::header::CONTENT_TYPE;
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder};

use crate::site::{REPLICAS, Site};

pub(crate) struct Visitor<'a> {
    site: &'a Site,
    client: Client,
    turn: usize,
    pub(crate) logged_in: bool,
    /// What is in the basket at least, for a response has said so.
    confirmed: u32,
    pub(crate) requests: u32,
    pub(crate) logouts: u32,
    pub(crate) items_lost: u32,
}

impl<'a> Visitor<'a> {
    pub(crate) fn new(site: &'a Site, number: usize) -> Self {
        let client = Client::builder()
            .cookie_store(true)
            .redirect(Policy::none())
            .no_proxy()
            .timeout(Duration::from_secs(10));
        Self {
            site,
            client: client.build().unwrap(),
            turn: number,
            logged_in: false,
            confirmed: 0,
            requests: 0,
            logouts: 0,
            items_lost: 0,
        }
    }

    pub(crate) async fn log_in(&mut self) {
        self.logged_in = self.post("login", "login=ada&password=lovelace").await;
    }

    /// Adds something to the basket, or takes something out of a full one.
    pub(crate) async fn change(&mut self) {
        if self.confirmed == FULL {
            // Without an answer it may be gone or not.
            self.confirmed -= 1;
            self.post("remove", "good=jar").await;
        } else if self.post("add", "good=jar").await {
            self.confirmed += 1;
        }
    }

    /// Looks at the shop, and returns whether it knows the visitor.
    pub(crate) async fn look(&mut self) -> Option<bool> {
        let page = self.send(|client, origin| client.get(origin)).await?;
        let known = page.contains("data-user=\"ada\"");
        self.logouts += u32::from(self.logged_in && !known);
        self.logged_in = known;
        let shown = page
            .split_once("data-good=\"jar\" data-quantity=\"")
            .and_then(|(_, rest)| rest.split_once('"')?.0.parse().ok())
            .unwrap_or(0);
        self.items_lost += self.confirmed.saturating_sub(shown);
        self.confirmed = shown;
        Some(known)
    }

    async fn post(&mut self, action: &str, form: &'static str) -> bool {
        let sent = self.send(|client, origin| {
            client
                .post(format!("{origin}/{action}"))
                .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body(form)
        });
        sent.await.is_some()
    }

    /// Sends a request to the next replica. `None`: nobody confirmed it.
    async fn send(
        &mut self,
        request: impl FnOnce(&Client, String) -> RequestBuilder,
    ) -> Option<String> {
        self.turn += 1;
        let origin = (0..REPLICAS).find_map(|further| self.site.origin(self.turn + further))?;
        let response = request(&self.client, origin).send().await.ok()?;
        let status = response.status();
        self.requests += 1;
        // What goes wrong inside a replica counts as well, not only who is forgotten.
        assert!(!status.is_server_error(), "{status}");
        response.text().await.ok()
    }
}

/// The shop lets nobody have more of one thing.
const FULL: u32 = 99;
