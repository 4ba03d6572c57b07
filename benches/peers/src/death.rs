//! What happens to a session when the replica that made it dies?

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use sealjar_bench_parts::browser::Browser;

use crate::app::shown;
use crate::contenders::Contender;
use crate::found::Death;
use crate::race::RECONNECT;
use crate::site::Site;

/// Spreads this many sessions over three replicas, kills one, and requests all sessions from the
/// others.
pub(crate) fn run(contender: Contender, sessions: u32) -> io::Result<Death> {
    let mut site = Site::open(contender)?;
    let mut people = Vec::new();
    for (id, replica) in (1..=sessions).zip(site.fleet.addresses().into_iter().cycle()) {
        let mut browser = Browser::default();
        browser.connect(replica)?;
        let answer = browser.ask("POST", &format!("/login/{id}"))?;
        answer.confirmed()?;
        people.push((u64::from(id), browser.cookie_header()));
    }
    site.fleet.kill(0);
    let left = site.fleet.addresses();
    let (everywhere, somewhere) = known(&people, &left);
    let after_redis = match site.redis {
        Some(redis) => {
            let _redis = redis.kill_and_restart(Duration::ZERO)?;
            std::thread::sleep(RECONNECT);
            Some(known(&people, &left).1)
        }
        None => None,
    };
    Ok(Death {
        sessions,
        everywhere,
        somewhere,
        after_redis,
    })
}

/// Counts the visitors that each of these replicas knows, and those that at least one knows.
fn known(people: &[(u64, String)], replicas: &[SocketAddr]) -> (u32, u32) {
    let (mut everywhere, mut somewhere) = (0, 0);
    for (id, cookies) in people {
        let is_known =
            |replica: &SocketAddr| asks(*replica, cookies).is_ok_and(|it| it == Some(*id));
        let count = replicas.iter().filter(|replica| is_known(replica)).count();
        everywhere += u32::from(count == replicas.len());
        somewhere += u32::from(count > 0);
    }
    (everywhere, somewhere)
}

/// Returns the visitor's number according to a replica.
fn asks(replica: SocketAddr, cookies: &str) -> io::Result<Option<u64>> {
    // Cookies of the response are not kept: each replica gets those from before the death.
    let mut browser = Browser::with_cookies(cookies);
    browser.connect(replica)?;
    let answer = browser.ask("GET", "/")?;
    Ok(shown(&answer.body).map(|(id, _)| id))
}
