//! A visitor who logs in, fills a basket, reads what the pages say and logs out, each time on the
//! next replica. What does the visitor notice?

use std::ops::AddAssign;
use std::time::Duration;

use reqwest::header::CONTENT_TYPE;
use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder, RequestBuilder};

/// A visitor with a cookie jar.
#[expect(
    missing_debug_implementations,
    reason = "the cookies are those of a login"
)]
pub struct Visitor {
    client: Client,
    origin: String,
    /// Whether an error of the server counts as no response. Otherwise it ends the test.
    is_patient: bool,
    /// Whether the next page has to know the visitor. `None`: the response that would show it was
    /// lost, so both are allowed.
    known: Option<bool>,
    /// The least number of things in the basket: a response has confirmed them.
    confirmed: u32,
    /// The message that the next page has to show: a response has promised it.
    message: Option<&'static str>,
    /// The replica that answered last.
    replica: String,
    /// The result so far.
    pub noticed: Noticed,
}

/// What visitors notice.
#[derive(Clone, Copy, Debug, Default)]
pub struct Noticed {
    /// Requests that a replica answered.
    pub requests: u32,
    /// Requests that no replica answered, or not completely.
    pub unanswered: u32,
    /// Requests that another replica answered than the one before. If the replicas' names begin
    /// with a framework, as `axum-1` does, only a change of framework counts.
    pub crossings: u32,
    /// What was lost.
    pub losses: Losses,
}

/// What no visitor may notice.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Losses {
    /// A visitor who was logged in is anonymous.
    pub logouts: u32,
    /// A visitor who has logged out is logged in again.
    pub logouts_undone: u32,
    /// Things that were in a basket and are gone.
    pub items: u32,
    /// Messages that were promised and not shown.
    pub messages: u32,
}

impl Visitor {
    /// A new visitor of the site at this origin. Every request uses a connection of its own,
    /// because the proxy of these tests distributes connections.
    #[must_use]
    pub fn at(origin: String) -> Self {
        let client = browser().pool_max_idle_per_host(0);
        Self::with(client.build().unwrap(), origin, false)
    }

    /// A new visitor of a load balancer that distributes requests, and answers by itself if no
    /// replica does.
    #[must_use]
    pub fn behind_a_load_balancer(origin: String) -> Self {
        Self::with(browser().build().unwrap(), origin, true)
    }

    fn with(client: Client, origin: String, is_patient: bool) -> Self {
        Self {
            client,
            origin,
            is_patient,
            known: Some(false),
            confirmed: 0,
            message: None,
            replica: String::new(),
            noticed: Noticed::default(),
        }
    }

    /// Whether the next page has to know the visitor.
    #[must_use]
    pub const fn is_logged_in(&self) -> bool {
        matches!(self.known, Some(true))
    }

    /// Logs in.
    pub async fn log_in(&mut self) {
        let form = "login=ada&password=lovelace";
        let confirmed = self.post("login", form, "Welcome, Ada Lovelace.").await;
        self.known = confirmed.then_some(true);
    }

    /// Logs out.
    pub async fn log_out(&mut self) {
        // Without a response the basket may be gone or not.
        self.confirmed = 0;
        let confirmed = self.post("logout", "", "You are logged out.").await;
        self.known = confirmed.then_some(false);
    }

    /// Adds something to the basket, or takes something out of a full one.
    pub async fn change(&mut self) {
        let form = "good=jar";
        if self.confirmed == FULL {
            // Without a response it may be gone or not.
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
    pub async fn look(&mut self) -> Option<bool> {
        // Without a response it may have been shown or not.
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

    /// Sends a form, whose response promises a message.
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

    /// Sends a request. `None`: no response confirmed it.
    async fn send(
        &mut self,
        request: impl FnOnce(&Client, &str) -> RequestBuilder,
    ) -> Option<String> {
        let answer = self.exchange(request).await;
        match answer {
            Some(_) => self.noticed.requests += 1,
            None => self.noticed.unanswered += 1,
        }
        answer
    }

    async fn exchange(
        &mut self,
        request: impl FnOnce(&Client, &str) -> RequestBuilder,
    ) -> Option<String> {
        let response = request(&self.client, &self.origin).send().await.ok()?;
        let status = response.status();
        let replica = response.headers().get("x-replica");
        if self.is_patient && (status.is_server_error() || replica.is_none()) {
            return None;
        }
        // Errors inside a replica count as well, not only lost sessions.
        assert!(!status.is_server_error(), "{status}");
        let replica = replica.unwrap().to_str().unwrap().to_owned();
        let page = response.text().await.ok()?;
        self.noticed.crossings += u32::from(framework(&self.replica) != framework(&replica));
        self.replica = replica;
        Some(page)
    }
}

impl AddAssign for Noticed {
    fn add_assign(&mut self, other: Self) {
        self.requests += other.requests;
        self.unanswered += other.unanswered;
        self.crossings += other.crossings;
        self.losses.logouts += other.losses.logouts;
        self.losses.logouts_undone += other.losses.logouts_undone;
        self.losses.items += other.losses.items;
        self.losses.messages += other.losses.messages;
    }
}

/// Begins a client that keeps cookies and does not follow redirects.
fn browser() -> ClientBuilder {
    Client::builder()
        .cookie_store(true)
        .redirect(Policy::none())
        .no_proxy()
        .timeout(Duration::from_secs(10))
}

/// Which framework a replica of this name runs on.
fn framework(replica: &str) -> &str {
    replica.split('-').next().unwrap_or_default()
}

/// The shop allows no more of one thing.
const FULL: u32 = 99;

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;

    use super::*;

    /// If every response is cut off in turn, the visitors of a site report no loss.
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

    /// Logs in, looks, logs out, looks and logs in again, at a site that cuts off these responses.
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

    /// Answers like a shop with the visitor of `tour`, and closes in the middle of the responses
    /// that should be lost. Returns its address.
    fn stage(is_lost: impl Fn(usize) -> bool + Send + 'static) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            for (number, page) in ANSWERS.iter().enumerate() {
                let (mut visitor, _) = listener.accept().unwrap();
                _ = visitor.read(&mut [0; 4096]).unwrap();
                let sent = if is_lost(number) { 0 } else { page.len() };
                let length = page.len();
                let head = format!(
                    "HTTP/1.1 200 OK\r\nx-replica: one\r\ncontent-length: {length}\r\n\r\n"
                );
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
}
