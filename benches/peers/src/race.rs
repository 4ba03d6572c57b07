//! Replaces replicas and rotates keys while visitors come, and collects what they notice.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{scope, sleep};
use std::time::Duration;

use crate::contenders::Contender;
use crate::effort::Effort;
use crate::site::Site;
use crate::visitor::{Moment, Noticed, Visitor};

/// Lets visitors come to a contender's replicas while keys rotate, replicas are replaced and one is
/// killed, and its Redis too if it has one.
pub(crate) fn run(contender: Contender, effort: Effort) -> io::Result<Noticed> {
    let mut site = Site::open(contender)?;
    let proxy = site.fleet.open();
    let rolling = Arc::clone(&site.fleet.rolling);
    let redis_died = AtomicBool::new(false);
    let over = AtomicBool::new(false);
    let now = || Moment {
        rolling: rolling.load(Ordering::Relaxed),
        redis_died: redis_died.load(Ordering::Relaxed),
    };
    let visit = |number: u32| {
        let mut visitor = Visitor::new(proxy, u64::from(number) + 1);
        // Visitors begin at different times, and do different things at one time.
        sleep(effort.pace * number / effort.visitors);
        let mut turn = number;
        while !over.load(Ordering::Relaxed) {
            visitor.moment = now();
            visitor.step(turn);
            turn += 1;
            sleep(effort.pace);
        }
        visitor.moment = now();
        visitor.leave();
        visitor.noticed
    };
    scope(|scope| {
        let visits: Vec<_> = (0..effort.visitors)
            .map(|number| scope.spawn(move || visit(number)))
            .collect();
        let course = course(&mut site, effort, &redis_died);
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

/// The events that are the same for all contenders.
fn course(site: &mut Site, effort: Effort, redis_died: &AtomicBool) -> io::Result<()> {
    sleep(effort.calm);
    for _ in 0..effort.rotations {
        site.operator
            .rotate(&mut site.fleet, effort.between_replicas)?;
        sleep(effort.calm);
    }
    site.fleet.kill_and_restart(0, AWAY)?;
    sleep(effort.calm);
    if let Some(redis) = site.redis.take() {
        redis_died.store(true, Ordering::Relaxed);
        site.redis = Some(redis.kill_and_restart(AWAY)?);
        sleep(effort.calm + RECONNECT);
    }
    Ok(())
}

/// How long a killed process is away.
const AWAY: Duration = Duration::from_millis(300);
/// A client of Redis waits a second before it tries again; this is longer.
pub(crate) const RECONNECT: Duration = Duration::from_millis(1500);
