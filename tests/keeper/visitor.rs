//! What does somebody notice who logs in, fills a basket, reads what the pages say and logs out, each time
//! on whichever replica comes next?

use std::io::{Read as _, Write as _};
use std::iter::Sum;
use std::net::TcpListener;
use std::time::Duration;

use reqwest::header::CONTENT_TYPE;
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder};

use crate::site::Site;

pub(crate) struct Visitor {
    client: Client,
    origin: String,
    /// Whether the next page has to know the visitor. `None`: the answer that would say so was lost, so it
    /// may know the visitor or not.
    known: Option<bool>,
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
        Self::at(site.origin())
    }

    fn at(origin: String) -> Self {
        let client = Client::builder()
            .cookie_store(true)
            .redirect(Policy::none())
            .no_proxy()
            // The proxy spreads connections, so each request gets one of its own.
            .pool_max_idle_per_host(0)
            .timeout(Duration::from_secs(10));
        Self {
            client: client.build().unwrap(),
            origin,
            known: Some(false),
            confirmed: 0,
            message: None,
            replica: String::new(),
            noticed: Noticed::default(),
        }
    }

    pub(crate) const fn is_logged_in(&self) -> bool {
        matches!(self.known, Some(true))
    }

    pub(crate) async fn log_in(&mut self) {
        let form = "login=ada&password=lovelace";
        let confirmed = self.post("login", form, "Welcome, Ada Lovelace.").await;
        self.known = confirmed.then_some(true);
    }

    pub(crate) async fn log_out(&mut self) {
        // Without an answer the basket may be gone or not.
        self.confirmed = 0;
        let confirmed = self.post("logout", "", "You are logged out.").await;
        self.known = confirmed.then_some(false);
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
        // Without an answer it may have been shown or not.
        let message = self.message.take();
        let page = self.send(|client, origin| client.get(origin)).await?;
        let known = page.contains("data-user=\"ada\"");
        let shown = page
            .split_once("data-good=\"jar\" data-quantity=\"")
            .and_then(|(_, rest)| rest.split_once('"')?.0.parse().ok())
            .unwrap_or(0);
        let losses = &mut self.noticed.losses;
        losses.logouts += u32::from(self.known == Some(true) && !known);
        losses.logouts_undone += u32::from(self.known == Some(false) && known);
        losses.items += self.confirmed.saturating_sub(shown);
        losses.messages += u32::from(message.is_some_and(|message| !page.contains(message)));
        self.known = Some(known);
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

/// Visitors of a site whose every answer is cut off in turn blame nobody.
#[tokio::test]
async fn an_answer_that_is_cut_off_promises_nothing() {
    for lost in 0..ANSWERS.len() {
        let noticed = tour(move |number| number == lost).await;
        assert_eq!(noticed.losses, Losses::default(), "answer {lost} was lost");
    }
    assert_eq!(tour(|_| false).await.losses, Losses::default());
}

/// The control: the same visitor notices a page that has forgotten.
#[tokio::test]
async fn a_page_that_has_forgotten_is_noticed() {
    let mut visitor = Visitor::at(stage(|_| false));
    visitor.log_in().await;
    visitor.known = Some(false);
    visitor.look().await;
    visitor.log_out().await;
    visitor.known = Some(true);
    visitor.look().await;
    let losses = visitor.noticed.losses;
    assert_eq!((losses.logouts_undone, losses.logouts), (1, 1));
}

/// Logs in, looks, logs out, looks and logs in again, at a site that cuts off these answers.
async fn tour(is_lost: impl Fn(usize) -> bool + Send + 'static) -> Noticed {
    let mut visitor = Visitor::at(stage(is_lost));
    visitor.log_in().await;
    visitor.look().await;
    visitor.log_out().await;
    visitor.look().await;
    visitor.log_in().await;
    visitor.look().await;
    visitor.noticed
}

/// Answers as a shop does that sees the visitor of `tour`, and closes in the middle of the answers that are
/// to be lost. Returns where.
fn stage(is_lost: impl Fn(usize) -> bool + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for (number, page) in ANSWERS.iter().enumerate() {
            let (mut visitor, _) = listener.accept().unwrap();
            _ = visitor.read(&mut [0; 4096]).unwrap();
            let sent = if is_lost(number) { 0 } else { page.len() };
            let length = page.len();
            let head =
                format!("HTTP/1.1 200 OK\r\nx-replica: one\r\ncontent-length: {length}\r\n\r\n");
            visitor.write_all(head.as_bytes()).unwrap();
            visitor.write_all(&page.as_bytes()[..sent]).unwrap();
        }
    });
    format!("http://{address}")
}

/// What the shop of `stage` answers, in this order.
const ANSWERS: [&str; 6] = [
    "Welcome",
    "<p data-user=\"ada\">Welcome, Ada Lovelace.",
    "Gone",
    "You are logged out.",
    "Welcome",
    "<p data-user=\"ada\">Welcome, Ada Lovelace.",
];
