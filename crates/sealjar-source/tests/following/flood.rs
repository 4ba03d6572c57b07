//! What can an attacker do who sends tokens with keys that do not exist?

use std::task::{Context, Poll, Waker};
use std::time::Duration;

use sealjar::{OpenError, Timestamp};
use sealjar_source::{Follower, Reason};

use crate::support::{ring, sealer, strange_token};

const REQUESTS: u32 = 100_000;
const EVERY: Duration = Duration::from_micros(1200);

/// The effect of a flood of two minutes.
struct Caused {
    looks: usize,
    closest: Duration,
    bytes_kept: i64,
}

#[test]
fn a_hundred_thousand_unknown_keys_cause_few_looks_far_apart_and_keep_no_memory() {
    let caused = flood(|follower, now| {
        let (due, reason) = follower.next_look();
        (due <= now).then_some(reason)
    });
    // At 0, 2, 6, 14 seconds, and then every ten seconds, the poll interval.
    assert_eq!(caused.looks, 14);
    assert!(is_bearable(&caused));
    assert_eq!(caused.bytes_kept, 0);
}

/// The negative control: a replica that looks at every unknown key.
#[test]
fn a_replica_without_the_pace_looks_for_every_request() {
    let caused = flood(|follower, _| Some(follower.next_look().1));
    assert_eq!(caused.looks, 100_000);
    assert!(!is_bearable(&caused));
}

fn is_bearable(caused: &Caused) -> bool {
    caused.closest >= Duration::from_secs(2) && caused.looks <= 60
}

/// Opens tokens with random ids, and looks when `due` says so.
fn flood(due: impl Fn(&Follower, Duration) -> Option<Reason>) -> Caused {
    let mut follower = Follower::new("the test", ring(5), Duration::ZERO);
    let victim = sealer(follower.ring());
    let mut text = strange_token().to_string().into_bytes();
    let mut looks: Vec<Duration> = Vec::with_capacity(REQUESTS as usize);

    let memory = allocation_counter::measure(|| {
        for request in 0..REQUESTS {
            let now = EVERY * request;
            // The id follows the version: its characters count the requests.
            for (at, digit) in (0..5).map(|at| (at, request / 10_u32.pow(at) % 10)) {
                text[10 + at as usize] = b'0' + u8::try_from(digit).unwrap();
            }
            let refused = victim.open(&text).unwrap_err();
            assert!(matches!(refused, OpenError::UnknownKey(_)), "{refused}");
            if follower.awaits_unknown()
                && let Poll::Ready(id) = follower
                    .ring()
                    .poll_unknown(&mut Context::from_waker(Waker::noop()))
            {
                follower.note_unknown(id, now);
            }
            if let Some(reason) = due(&follower, now) {
                looks.push(now);
                follower.take(reason, Ok(ring(5)), now, Timestamp::MIN);
            }
        }
    });
    Caused {
        closest: looks
            .windows(2)
            .map(|pair| pair[1] - pair[0])
            .min()
            .unwrap(),
        looks: looks.len(),
        bytes_kept: memory.bytes_current,
    }
}
