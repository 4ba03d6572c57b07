//! What happens to the replicas and the keys while visitors are there, and what do they notice?

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{scope, sleep};
use std::time::Duration;

use crate::contenders::Contender;
use crate::effort::Effort;
use crate::site::Site;
use crate::visitor::{Noticed, Visitor};

/// Lets visitors come to a contender's replicas while keys rotate, replicas are replaced and one is killed,
/// and its Redis too if it has one.
pub(crate) fn run(contender: Contender, effort: Effort) -> io::Result<Noticed> {
    let mut site = Site::open(contender)?;
    let proxy = site.fleet.open();
    let over = AtomicBool::new(false);
    let visit = |number: u32| {
        let mut visitor = Visitor::new(proxy, u64::from(number) + 1);
        // Visitors do not come all at once, nor do all the same at a time.
        sleep(effort.pace * number / effort.visitors);
        let mut turn = number;
        while !over.load(Ordering::Relaxed) {
            visitor.step(turn);
            turn += 1;
            sleep(effort.pace);
        }
        visitor.leave();
        visitor.noticed
    };
    scope(|scope| {
        let visits: Vec<_> = (0..effort.visitors)
            .map(|number| scope.spawn(move || visit(number)))
            .collect();
        let course = course(&mut site, effort);
        over.store(true, Ordering::Relaxed);
        let mut noticed = Noticed::default();
        for visit in visits {
            noticed += visit
                .join()
                .map_err(|_| io::Error::other("a visitor panicked, see above"))?;
        }
        course.map(|()| noticed)
    })
}

/// Does what is done to all of them alike.
fn course(site: &mut Site, effort: Effort) -> io::Result<()> {
    sleep(effort.calm);
    for _ in 0..effort.rotations {
        site.operator
            .rotate(&mut site.fleet, effort.between_replicas)?;
        sleep(effort.calm);
    }
    site.fleet.kill_and_restart(0, AWAY)?;
    sleep(effort.calm);
    if let Some(redis) = site.redis.take() {
        site.redis = Some(redis.kill_and_restart(AWAY)?);
        // As long as its clients wait before they try again, and more.
        sleep(effort.calm + AWAY);
    }
    Ok(())
}

/// How long somebody who was killed is away.
const AWAY: Duration = Duration::from_millis(300);
