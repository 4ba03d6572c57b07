//! A visitor in the same process, which keeps the newest cookie.

use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use super::framework::Framework;
use super::{LOGIN, NAME, Variant, WRITE, WRITES};
use crate::measure::nanos;

pub(crate) struct Visitor<F: Framework> {
    service: F::Service,
    cookie: Option<F::Value>,
}

impl<F: Framework> Visitor<F> {
    /// Logs in to a new application.
    pub(crate) async fn new(app: F) -> Self {
        let mut visitor = Self {
            service: app.service().await,
            cookie: None,
        };
        visitor.exchange(LOGIN).await;
        visitor
    }

    /// Sends one request, and returns how long the application took: from the request to the
    /// response, and until that has been dropped. Making the request and keeping the cookie are not
    /// counted.
    pub(crate) async fn exchange(&mut self, path: &'static str) -> Duration {
        let request = self.request(path);
        let start = Instant::now();
        let response = self.call(request).await;
        let answered = start.elapsed();
        self.cookie = F::cookies_set_by(&response).or(self.cookie.take());
        let start = Instant::now();
        drop(response);
        answered + start.elapsed()
    }

    /// Sends this many requests, and returns the median time in nanoseconds.
    pub(crate) async fn round(&mut self, path: &'static str, times: usize) -> f64 {
        let mut samples = Vec::with_capacity(times);
        for _ in 0..times {
            samples.push(nanos(self.exchange(path).await));
        }
        crate::measure::median(samples)
    }

    pub(crate) fn request(&self, path: &'static str) -> F::Request {
        F::request(path, self.cookie.clone())
    }

    /// The measured call.
    pub(crate) async fn call(&mut self, request: F::Request) -> F::Response {
        F::call(&mut self.service, request).await
    }

    /// Checks that the application answers with the user's name and that every write counted.
    pub(crate) async fn check(&mut self, variant: Variant<F>) {
        assert_eq!(self.body(variant.path).await, NAME);
        assert_eq!(self.cookie.is_some(), variant.app.has_sessions());
        if variant.app.has_sessions() {
            let before: u32 = self.body(WRITES).await.parse().expect("a number");
            self.exchange(variant.path).await;
            self.exchange(variant.path).await;
            let after: u32 = self.body(WRITES).await.parse().expect("a number");
            let expected = if variant.path == WRITE { 2 } else { 0 };
            assert_eq!(after - before, expected, "{}", variant.name);
        }
    }

    async fn body(&mut self, path: &'static str) -> String {
        let request = self.request(path);
        let response = self.call(request).await;
        String::from_utf8(F::body(response).await).expect("a name or a number")
    }
}

/// Runs a future that never waits.
pub(crate) fn ready<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("a request without a socket waited"),
    }
}
