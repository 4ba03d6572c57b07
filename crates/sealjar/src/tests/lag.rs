//! Does a token that one replica seals open on another whose ring is an epoch behind?

use std::collections::HashSet;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::{self, ScopedJoinHandle};
use std::time::Duration;

use super::{DAY, SUITES, at, draft, key, seal_with_times, sealer, sealing_since};
use crate::aead::Suite;
use crate::context::Context;
use crate::error::OpenError;
use crate::live::LiveRing;
use crate::ring::KeyRing;
use crate::ring_key::RingKey;
use crate::sealer::Sealer;

const STEPS: u32 = 60;
const STEP: u32 = 10;

/// Two replicas, the second always one epoch behind. Each epoch publishes the key that will seal
/// two epochs later, so each replica opens whatever the other seals.
#[test]
fn no_request_fails_while_a_fleet_rotates_by_the_standby_protocol() {
    let fleet = [(); 2].map(|()| LiveRing::new(rotating(0)));
    let clock = AtomicU32::new(0);
    let served = AtomicU32::new(0);
    let threads = 4;
    let request = |seals: &Sealer, opens: &Sealer| {
        // The clock is read once and before any ring, so a ring is never older than the time it is
        // used with.
        let now = at(clock.load(Ordering::SeqCst));
        let token = seals
            .seal_at(b"payload", Duration::from_secs(60), now)
            .unwrap();
        let opened = opens.open_token_at(&token, now).unwrap();
        assert_eq!(opened.payload(), b"payload");
        served.fetch_add(1, Ordering::SeqCst);
        token.key_id()
    };
    let seen = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|at| {
                let [ahead, behind] = fleet.each_ref().map(|live| sealer(live, &context()));
                let (request, clock) = (&request, &clock);
                scope.spawn(move || {
                    let mut seen = HashSet::new();
                    while clock.load(Ordering::SeqCst) < STEP * STEPS {
                        seen.insert(if at % 2 == 0 {
                            request(&ahead, &behind)
                        } else {
                            request(&behind, &ahead)
                        });
                    }
                    seen
                })
            })
            .collect();
        for step in 1..=STEPS {
            // One more than there are threads: at least one of them began in this epoch.
            let enough = served.load(Ordering::SeqCst) + threads + 1;
            while served.load(Ordering::SeqCst) < enough
                && !workers.iter().any(ScopedJoinHandle::is_finished)
            {
                thread::yield_now();
            }
            fleet[0].replace(rotating(step)).unwrap();
            fleet[1].replace(rotating(step - 1)).unwrap();
            clock.store(STEP * step, Ordering::SeqCst);
        }
        workers.into_iter().fold(HashSet::new(), |mut all, worker| {
            all.extend(worker.join().unwrap());
            all
        })
    });
    // Every epoch's key has sealed, except that the threads may stop before they seal in the last
    // step.
    assert!(
        seen.len() >= usize::try_from(STEPS).unwrap(),
        "{}",
        seen.len()
    );
}

/// The negative control: the same lag, and a key that is published and seals at once.
#[test]
fn without_a_standby_a_replica_that_lags_refuses_fresh_tokens() {
    let sealing = |seeds: &[u8]| {
        let keys = seeds
            .iter()
            .map(|seed| sealing_since(key(Suite::Xaes256Gcm, *seed), u32::from(*seed)));
        keys.collect::<Vec<_>>()
    };
    let behind = sealer(draft(1, sealing(&[1])).build().unwrap(), &context());
    let ahead = sealer(draft(2, sealing(&[1, 2])).build().unwrap(), &context());
    let token = seal_with_times(&ahead, 100, 100, 200);
    assert_eq!(
        behind.open_token_at(&token, at(150)).unwrap_err(),
        OpenError::UnknownKey(token.key_id())
    );
}

/// The ring of one step: keys that have sealed, the sealing one, the staged one, the standby.
fn rotating(step: u32) -> KeyRing {
    let keys = (0..=step + 2).map(|at_step| {
        let seed = u8::try_from(at_step).unwrap();
        let suite = SUITES[usize::from(seed % 2)];
        let mut ring_key = RingKey::standby(key(suite, seed), DAY, 0, at(0));
        ring_key.seals_from = (at_step <= step + 1).then_some(at(STEP * at_step));
        ring_key.seals_until = (at_step < step).then_some(at(STEP * (at_step + 1)));
        ring_key.opens_until = ring_key.seals_until.map(|until| until.saturating_add(DAY));
        ring_key
    });
    draft(step.into(), keys.collect()).build().unwrap()
}

fn context() -> Context {
    Context::new("shop", "login")
}
