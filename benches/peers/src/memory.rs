//! How much memory do many live sessions take?

use std::io;
use std::net::SocketAddr;

use sealjar_bench_parts::browser::Browser;
use sealjar_bench_parts::redis::{Kept, Redis};

use crate::contenders::App;
use crate::cost::start;
use crate::found::Memory;

/// Logs this many people in at one replica, and returns how much it has grown.
pub(crate) fn run(app: App, sessions: u32) -> io::Result<Memory> {
    let place = tempfile::tempdir()?;
    let mut redis = (app == App::Redis)
        .then(|| Redis::start(Kept::Nothing))
        .transpose()?;
    let server = start(app, place.path(), redis.as_ref().map(Redis::port))?;
    // Memory that a server takes once, for its connections and caches.
    log_in(server.address(), 1..WARM)?;
    let redis_before = redis.as_mut().map(Redis::used_memory).transpose()?;
    let before = server.resident()?;
    log_in(server.address(), WARM..WARM + sessions)?;
    let grown = |after: u64, before: u64| {
        i64::try_from(after).unwrap_or(0) - i64::try_from(before).unwrap_or(0)
    };
    let replica = grown(server.resident()?, before);
    let redis_after = redis.as_mut().map(Redis::used_memory).transpose()?;
    Ok(Memory {
        sessions,
        replica,
        redis: redis_after
            .zip(redis_before)
            .map(|(after, before)| grown(after, before)),
    })
}

/// Logs each of these in, from a few browsers that drop their cookies.
fn log_in(server: SocketAddr, people: std::ops::Range<u32>) -> io::Result<()> {
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..BROWSERS)
            .map(|first| {
                let people = people.clone().skip(first).step_by(BROWSERS);
                scope.spawn(move || {
                    let mut browser = Browser::default();
                    browser.connect(server)?;
                    for id in people {
                        browser.forget();
                        browser.ask("POST", &format!("/login/{id}"))?.confirmed()?;
                    }
                    io::Result::Ok(())
                })
            })
            .collect();
        threads
            .into_iter()
            .try_for_each(|thread| thread.join().unwrap_or(Err(io::ErrorKind::Other.into())))
    })
}

const BROWSERS: usize = 4;
const WARM: u32 = 1_000;
