//! What does somebody notice who logs in, fills a basket, reads what the pages say and logs out, each time
//! on whichever replica comes next?

use std::iter::Sum;
use std::time::Duration;

use reqwest::header::CONTENT_TYPE;
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder};

use crate::site::Site;

pub(crate) struct Visitor {
    client: Client,
    origin: String,
    pub(crate) logged_in: bool,
    logged_out: bool,
    /// What is in the basket at least, for a response has said so.
    confirmed: u32,
    /// What the next page has to say, for a response has promised it.
    message: Option<&'static str>,
    /// Who answered last.
    replica: String,
    pub(crate) noticed: Noticed,
}

/// What visitors notice.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Noticed {
    pub(crate) requests: u32,
    /// Requests that another framework answered than the one before.
    pub(crate) crossings: u32,
    pub(crate) losses: Losses,
}

/// What nobody may notice.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Losses {
    /// Who was logged in is a stranger.
    pub(crate) logouts: u32,
    /// Who has logged out is known.
    pub(crate) logouts_undone: u32,
    pub(crate) items: u32,
    pub(crate) messages: u32,
}

impl Visitor {
    pub(crate) fn new(site: &Site) -> Self {
        let client = Client::builder()
            .cookie_store(true)
            .redirect(Policy::none())
            .no_proxy()
            // The proxy spreads connections, so each request gets one of its own.
            .pool_max_idle_per_host(0)
            .timeout(Duration::from_secs(10));
        Self {
            client: client.build().unwrap(),
            origin: site.origin(),
            logged_in: false,
            logged_out: false,
            confirmed: 0,
            message: None,
            replica: String::new(),
            noticed: Noticed::default(),
        }
    }

    pub(crate) async fn log_in(&mut self) {
        let form = "login=ada&password=lovelace";
        self.logged_in = self.post("login", form, "Welcome, Ada Lovelace.").await;
    }

    pub(crate) async fn log_out(&mut self) {
        if self.post("logout", "", "You are logged out.").await {
            (self.logged_in, self.logged_out) = (false, true);
            self.confirmed = 0;
        }
    }

    /// Adds something to the basket, or takes something out of a full one.
    pub(crate) async fn change(&mut self) {
        let form = "good=jar";
        if self.confirmed == FULL {
            // Without an answer it may be gone or not.
            self.confirmed -= 1;
            let message = "Preserving jar is out of the basket.";
            self.post("remove", form, message).await;
        } else if self
            .post("add", form, "Preserving jar is in the basket.")
            .await
        {
            self.confirmed += 1;
        }
    }

    /// Looks at the shop, and returns whether it knows the visitor.
    pub(crate) async fn look(&mut self) -> Option<bool> {
        let page = self.send(|client, origin| client.get(origin)).await?;
        let known = page.contains("data-user=\"ada\"");
        let shown = page
            .split_once("data-good=\"jar\" data-quantity=\"")
            .and_then(|(_, rest)| rest.split_once('"')?.0.parse().ok())
            .unwrap_or(0);
        let message = self.message.take();
        let losses = &mut self.noticed.losses;
        losses.logouts += u32::from(self.logged_in && !known);
        losses.logouts_undone += u32::from(self.logged_out && known);
        losses.items += self.confirmed.saturating_sub(shown);
        losses.messages += u32::from(message.is_some_and(|message| !page.contains(message)));
        (self.logged_in, self.logged_out) = (known, false);
        self.confirmed = shown;
        Some(known)
    }

    /// Sends a form, whose answer promises a message.
    async fn post(&mut self, action: &str, form: &'static str, message: &'static str) -> bool {
        let sent = self.send(|client, origin| {
            client
                .post(format!("{origin}/{action}"))
                .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body(form)
        });
        let confirmed = sent.await.is_some();
        self.message = confirmed.then_some(message);
        confirmed
    }

    /// Sends a request. `None`: nobody confirmed it.
    async fn send(
        &mut self,
        request: impl FnOnce(&Client, &str) -> RequestBuilder,
    ) -> Option<String> {
        let response = request(&self.client, &self.origin).send().await.ok()?;
        let status = response.status();
        // What goes wrong inside a replica counts as well, not only who is forgotten.
        assert!(!status.is_server_error(), "{status}");
        let replica = response.headers()["x-replica"].to_str().unwrap().to_owned();
        let page = response.text().await.ok()?;
        self.noticed.requests += 1;
        self.noticed.crossings += u32::from(framework(&self.replica) != framework(&replica));
        self.replica = replica;
        Some(page)
    }
}

impl Sum for Noticed {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |a, b| Self {
            requests: a.requests + b.requests,
            crossings: a.crossings + b.crossings,
            losses: Losses {
                logouts: a.losses.logouts + b.losses.logouts,
                logouts_undone: a.losses.logouts_undone + b.losses.logouts_undone,
                items: a.losses.items + b.losses.items,
                messages: a.losses.messages + b.losses.messages,
            },
        })
    }
}

/// Which framework a replica of this name runs on.
fn framework(replica: &str) -> &str {
    replica.split('-').next().unwrap_or_default()
}

/// The shop lets nobody have more of one thing.
const FULL: u32 = 99;
