//! The visitors: what they do, and what they notice.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use reqwest::header::{CONTENT_TYPE, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, StatusCode};
use shop::visitor::Good;
use tokio::time::interval;

use crate::error::Failed;

/// The time between two requests of a visitor.
pub(crate) const PACE: Duration = Duration::from_millis(60);

/// What the visitors of one way have noticed so far, for the page and the progress line.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) requests: AtomicU32,
    pub(crate) logouts: AtomicU32,
    pub(crate) items_lost: AtomicU32,
}

/// What the visitors of one way have noticed in the end.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) requests: u32,
    pub(crate) replicas: BTreeSet<String>,
    /// Pages that said "not logged in" to a visitor who was.
    pub(crate) logouts: u32,
    /// Items that a response had confirmed and a later page did not show.
    pub(crate) items_lost: u32,
    /// Requests that ended in an error, for example because their replica died.
    pub(crate) failed: u32,
    pub(crate) times: Vec<Duration>,
}

impl Tally {
    pub(crate) fn merge(&mut self, other: Self) {
        self.requests += other.requests;
        self.replicas.extend(other.replicas);
        self.logouts += other.logouts;
        self.items_lost += other.items_lost;
        self.failed += other.failed;
        self.times.extend(other.times);
    }
}

/// One person with a browser of their own.
struct Visitor<'a> {
    client: Client,
    base: String,
    counters: &'a Counters,
    tally: Tally,
    /// Whether the visitor has logged in, and no page has shown otherwise since.
    logged_in: bool,
    /// The least contents of the basket: responses have confirmed them.
    confirmed: BTreeMap<&'static str, u32>,
    dice: Dice,
}

/// Sends a visitor to the shop at `base` for this many requests.
pub(crate) async fn visit(
    number: u16,
    base: String,
    requests: u16,
    counters: &Counters,
) -> Result<Tally, Failed> {
    let client = Client::builder()
        .cookie_store(true)
        .redirect(Policy::none())
        .no_proxy()
        .timeout(Duration::from_secs(10))
        .build()
        .map_err(Failed::when("a visitor cannot be made", HINT))?;
    let mut visitor = Visitor {
        client,
        base,
        counters,
        tally: Tally::default(),
        logged_in: false,
        confirmed: BTreeMap::new(),
        dice: Dice(u64::from(number) + 1),
    };
    // Visitors do not come all at once.
    tokio::time::sleep(visitor.dice.below(PACE)).await;
    let mut pace = interval(PACE);
    for _ in 1..requests {
        pace.tick().await;
        visitor.step().await;
    }
    // A last look, so that a loss at the very end is noticed too.
    pace.tick().await;
    visitor.look("").await;
    Ok(visitor.tally)
}

impl Visitor<'_> {
    async fn step(&mut self) {
        if !self.logged_in {
            return self.log_in().await;
        }
        match self.dice.roll(100) {
            0..45 => self.look("").await,
            45..55 => self.look("panel").await,
            55..80 => self.add().await,
            _ => self.remove().await,
        }
    }

    async fn log_in(&mut self) {
        let form = "login=ada&password=lovelace";
        let response = self.post("login", form.into()).await;
        self.logged_in = response.is_some();
    }

    async fn look(&mut self, page: &str) {
        let request = self.client.get(format!("{}{page}", self.base));
        let Some((StatusCode::OK, page)) = self.send(request).await else {
            return;
        };
        let logged_in = attribute(&page, "data-user").is_some_and(|user| !user.is_empty());
        if self.logged_in && !logged_in {
            self.tally.logouts += 1;
            self.counters.logouts.fetch_add(1, Ordering::Relaxed);
        }
        self.logged_in = logged_in;
        for part in page.split("<li ").skip(1) {
            let good = attribute(part, "data-good").and_then(Good::find);
            let shown = attribute(part, "data-quantity").and_then(|text| text.parse().ok());
            if let (Some(good), Some(shown)) = (good, shown) {
                let confirmed = self.confirmed.insert(good.id, shown).unwrap_or(0);
                let lost = confirmed.saturating_sub(shown);
                self.tally.items_lost += lost;
                self.counters.items_lost.fetch_add(lost, Ordering::Relaxed);
            }
        }
    }

    async fn add(&mut self) {
        let good = Good::ALL[self.dice.roll(Good::ALL.len())].id;
        let added = self.post("add", format!("good={good}")).await;
        if added.is_some() {
            *self.confirmed.entry(good).or_default() += 1;
        }
    }

    async fn remove(&mut self) {
        let Some(good) = self
            .confirmed
            .iter()
            .find_map(|(good, count)| (*count > 0).then_some(*good))
        else {
            return self.look("").await;
        };
        // Without a response it may be gone or not, so only the rest is certain.
        self.post("remove", format!("good={good}")).await;
        self.confirmed.entry(good).and_modify(|count| *count -= 1);
    }

    /// Sends a form. `None` if no response confirmed it.
    async fn post(&mut self, action: &str, form: String) -> Option<()> {
        let request = self
            .client
            .post(format!("{}{action}", self.base))
            .header(
                CONTENT_TYPE,
                HeaderValue::from_static("application/x-www-form-urlencoded"),
            )
            .body(form);
        let (status, _) = self.send(request).await?;
        status.is_redirection().then_some(())
    }

    async fn send(&mut self, request: RequestBuilder) -> Option<(StatusCode, String)> {
        let started = Instant::now();
        let answered = async {
            let response = request.send().await?;
            let replica = response.headers().get("x-replica").cloned();
            let status = response.status();
            Ok::<_, reqwest::Error>((status, replica, response.text().await?))
        };
        let answered = answered.await;
        self.tally.times.push(started.elapsed());
        self.tally.requests += 1;
        self.counters.requests.fetch_add(1, Ordering::Relaxed);
        let answer = answered
            .ok()
            .filter(|(status, ..)| !status.is_server_error());
        let Some((status, replica, page)) = answer else {
            self.tally.failed += 1;
            return None;
        };
        if let Some(Ok(replica)) = replica.as_ref().map(HeaderValue::to_str) {
            self.tally.replicas.insert(replica.to_owned());
        }
        Some((status, page))
    }
}

/// Returns the value of the first `name="value"`.
fn attribute<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(&format!("{name}=\""))?;
    rest.split_once('"').map(|(value, _)| value)
}

/// The same choices in every run (Marsaglia's xorshift64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        // The low bits are poor for small seeds.
        usize::try_from(self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33).unwrap_or(0) % sides
    }

    fn below(&mut self, limit: Duration) -> Duration {
        limit / 100 * u32::try_from(self.roll(100)).unwrap_or(0)
    }
}

const HINT: &str = "this is a mistake in the demonstration, please report it";
