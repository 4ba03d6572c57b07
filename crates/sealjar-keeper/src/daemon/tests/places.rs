//! Can strangers keep replicas out?

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::{Site, post};
use crate::daemon::gate::Bounds;

/// Connects many times, each with half a request, as one does that is slow on purpose.
async fn strangers(site: &Site, count: usize) -> Vec<TcpStream> {
    let mut idle = Vec::new();
    for _ in 0..count {
        let mut stream = TcpStream::connect(site.address).await.unwrap();
        stream.write_all(b"POST /v1/ri").await.unwrap();
        idle.push(stream);
    }
    idle
}

async fn is_open(stream: &mut TcpStream) -> bool {
    let read = timeout(Duration::from_millis(50), stream.read(&mut [0; 1])).await;
    read.is_err()
}

#[tokio::test]
async fn strangers_that_hold_connections_open_give_way_to_replicas() {
    let site = Site::within(Bounds::new(8, 8)).await;
    let mut replica = site.replica();
    replica.ask(0).await;
    let bytes = replica
        .question(25)
        .to_bytes(site.speaker.delivery_key(), "web");
    let address = site.address;
    let waits = tokio::spawn(async move { post(address, "web", &bytes).await });
    tokio::time::sleep(Duration::from_millis(300)).await;
    let mut idle = strangers(&site, 40).await;
    // Another replica gets through, and the one that waits is not turned away.
    site.replica().ask(0).await;
    assert!(!waits.is_finished());
    let mut open = 0;
    for stream in &mut idle {
        open += usize::from(is_open(stream).await);
    }
    assert!((1..=8).contains(&open), "{open}");
    waits.abort();
}

#[tokio::test]
async fn a_stranger_that_says_nothing_is_let_go_after_a_few_seconds() {
    let site = Site::begin().await;
    let mut idle = strangers(&site, 1).await;
    let mut rest = Vec::new();
    let ended = timeout(Duration::from_secs(30), idle[0].read_to_end(&mut rest)).await;
    assert!(ended.is_ok(), "it is still open");
}

#[tokio::test]
async fn more_replicas_than_there_are_places_for_are_asked_to_come_back() {
    let site = Site::within(Bounds::new(8, 2)).await;
    let mut waiting = Vec::new();
    for _ in 0..2 {
        let mut replica = site.replica();
        replica.ask(0).await;
        let bytes = replica
            .question(25)
            .to_bytes(site.speaker.delivery_key(), "web");
        let address = site.address;
        waiting.push(tokio::spawn(
            async move { post(address, "web", &bytes).await },
        ));
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    let third = site.replica().question(0);
    let bytes = third.to_bytes(site.speaker.delivery_key(), "web");
    assert_eq!(post(site.address, "web", &bytes).await.0, 503);
    // The control: a place that is free again.
    waiting.remove(0).abort();
    tokio::time::sleep(Duration::from_millis(500)).await;
    let bytes = site
        .replica()
        .question(0)
        .to_bytes(site.speaker.delivery_key(), "web");
    assert_eq!(post(site.address, "web", &bytes).await.0, 200);
    waiting.iter().for_each(tokio::task::JoinHandle::abort);
}
