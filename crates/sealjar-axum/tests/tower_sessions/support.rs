//! A clock that the test sets, jars that use it, and a browser that keeps cookies.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::Router;
use http::header;
use sealjar_axum::{Jar, JarBuilder, LiveRing, SessionData, Timestamp};

pub(crate) use crate::account::*;

pub(crate) const DAY: u32 = 86_400;
pub(crate) const START: u32 = 100 * DAY;

#[derive(Clone, Debug)]
pub(crate) struct Time(Arc<AtomicU32>);

impl Time {
    pub(crate) fn starting() -> Self {
        Self(Arc::new(AtomicU32::new(START)))
    }

    pub(crate) fn pass(&self, seconds: u32) {
        self.0.fetch_add(seconds, Ordering::Relaxed);
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_stored(self.0.load(Ordering::Relaxed))
    }
}

/// A ring whose only key has stopped sealing and still opens.
pub(crate) fn ring_that_only_opens(ring: &LiveRing) -> LiveRing {
    let mut draft = ring.load().draft();
    draft.keys[0].seals_until = Some(Timestamp::from_stored(START - 1));
    draft.build().unwrap().into()
}

pub(crate) fn builder_named<T: SessionData>(
    ring: &LiveRing,
    time: &Time,
    name: &str,
) -> JarBuilder<T> {
    let time = time.clone();
    Jar::builder(ring, APP)
        .cookie_name(name)
        .clock(move || Ok(time.now()))
}

pub(crate) fn jar_named<T: SessionData>(ring: &LiveRing, time: &Time, name: &str) -> Jar<T> {
    // Also for another type than the handlers' sessions, as on a misconfigured replica.
    let builder = builder_named(ring, time, name).in_another_process();
    builder.build().unwrap()
}

impl Answer {
    /// The whole response, as bytes on the wire.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes = format!("{}\r\n", self.status).into_bytes();
        for (name, value) in &self.headers {
            bytes.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
        }
        bytes.extend(self.body.bytes());
        bytes
    }
}

/// Keeps cookies by name, in the order in which they came.
#[derive(Clone, Debug, Default)]
pub(crate) struct Browser(pub(crate) Vec<(String, String)>);

impl Browser {
    pub(crate) fn with(header: &str) -> Self {
        let pairs = header.split("; ").filter_map(|pair| pair.split_once('='));
        Self(
            pairs
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
        )
    }

    pub(crate) fn header(&self) -> String {
        let pairs: Vec<String> = self
            .0
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        pairs.join("; ")
    }

    pub(crate) fn receive(&mut self, answer: &Answer) {
        for line in answer.cookies() {
            let (name, rest) = line.split_once('=').unwrap();
            self.0.retain(|it| it.0 != name);
            let ends = |it: &str| it == "Max-Age=0" || it.starts_with("Max-Age=-");
            if !rest.split("; ").any(ends) {
                self.0
                    .push((name.into(), rest.split(';').next().unwrap().into()));
            }
        }
    }

    pub(crate) async fn go(&mut self, app: &Router, path: &str) -> Answer {
        let mut request = get(path);
        if !self.0.is_empty() {
            request
                .headers_mut()
                .insert(header::COOKIE, self.header().parse().unwrap());
        }
        let answer = call(app, request).await;
        self.receive(&answer);
        answer
    }
}
