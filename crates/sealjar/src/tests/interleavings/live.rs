//! In every order in which threads can take turns: does the ring stay whole and go only forwards,
//! and does a task that waits for an unknown key wake up?
//!
//! loom runs each check once for each order. A check takes the code under test as an argument, so
//! that broken code can be shown to fail it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use loom::thread;

use super::{InUse, LiveRing};
use crate::aead::Suite;
use crate::clock::Timestamp;
use crate::error::RingError;
use crate::key::{Key, KeyId};
use crate::list::{ListDraft, RevocationList};
use crate::ring::KeyRing;
use crate::tests::{draft, key, sealing_since};

impl LiveRing {
    /// Returns how often the ring has been loaded.
    pub(crate) fn loads(&self) -> usize {
        self.0.in_use.loads()
    }
}

/// Runs a check once for each order, with room on the stack for unoptimised ciphers.
pub(crate) fn in_every_order(check: impl Fn() + Clone + Send + Sync + 'static) {
    loom::model(move || {
        let roomy = thread::Builder::new().stack_size(STACK);
        roomy.spawn(check.clone()).unwrap().join().unwrap();
    });
}

/// In words, eight times loom's default for a thread.
const STACK: usize = 0x8000;

/// A ring with one key, whose suite and lifetime depend on the epoch.
pub(crate) fn ring_of(epoch: u8) -> KeyRing {
    let mut only = sealing_since(key_of(epoch), 0);
    only.lifetime = 1_000 * u32::from(epoch);
    draft(epoch.into(), vec![only]).build().unwrap()
}

pub(crate) fn key_of(epoch: u8) -> Key {
    let suites = [Suite::Xaes256Gcm, Suite::XChaCha20Poly1305];
    key(suites[usize::from(epoch % 2)], epoch)
}

type Replaces = fn(&LiveRing, KeyRing) -> Result<(), RingError>;

#[test]
fn of_two_replacements_at_once_the_later_ring_stays() {
    the_epoch_never_falls(LiveRing::replace);
}

#[test]
#[should_panic(expected = "the epoch fell")]
fn a_replacement_that_does_not_take_the_lock_is_caught() {
    the_epoch_never_falls(|live, ring| {
        if live.load().epoch() < ring.epoch() {
            live.0.in_use.store(Arc::new(InUse {
                ring: Arc::new(ring),
                list: live.list(),
            }));
        }
        Ok(())
    });
}

#[test]
fn a_ring_and_a_list_that_are_replaced_at_once_both_stay() {
    neither_replacement_is_lost(|live, list| live.replace_list(list).unwrap());
}

#[test]
#[should_panic(expected = "a replacement was lost")]
fn a_list_that_is_replaced_without_the_lock_is_caught() {
    neither_replacement_is_lost(|live, list| {
        live.0.in_use.store(Arc::new(InUse {
            ring: live.load(),
            list: Arc::new(list),
        }));
    });
}

fn neither_replacement_is_lost(replace_list: fn(&LiveRing, RevocationList)) {
    in_every_order(move || {
        let live = LiveRing::new(ring_of(5));
        let replacing = {
            let live = live.clone();
            thread::spawn(move || live.replace(ring_of(6)))
        };
        let list = ListDraft::new(&live.list(), 1, Timestamp::MIN).build();
        replace_list(&live, list);
        replacing.join().unwrap().unwrap();
        let left = (live.load().epoch(), live.list().seq());
        assert_eq!(left, (6, 1), "a replacement was lost");
    });
}

fn the_epoch_never_falls(replace: Replaces) {
    in_every_order(move || {
        let live = LiveRing::new(ring_of(5));
        let replacing = [6, 7].map(|epoch| {
            let live = live.clone();
            thread::spawn(move || replace(&live, ring_of(epoch)))
        });
        let (before, after) = (live.load().epoch(), live.load().epoch());
        assert!(before <= after, "the epoch fell from {before} to {after}");
        let [of_6, of_7] = replacing.map(|replacing| replacing.join().unwrap());
        let left = live.load().epoch();
        assert_eq!(left, 7, "the epoch fell");
        assert_eq!(of_7, Ok(()));
        assert!(matches!(
            of_6,
            Ok(())
                | Err(RingError::Older {
                    current: 7,
                    found: 6
                })
        ));
    });
}

type Reads = fn(&LiveRing) -> (u64, KeyId);

#[test]
fn whoever_reads_while_a_ring_is_replaced_reads_one_ring() {
    a_ring_is_whole(|live| {
        let ring = live.load();
        (ring.epoch(), ring.keys()[0].id())
    });
}

#[test]
#[should_panic(expected = "a torn ring")]
fn a_reader_that_loads_twice_is_caught() {
    a_ring_is_whole(|live| (live.load().epoch(), live.load().keys()[0].id()));
}

fn a_ring_is_whole(read: Reads) {
    in_every_order(move || {
        let live = LiveRing::new(ring_of(5));
        let replacing = {
            let live = live.clone();
            thread::spawn(move || live.replace(ring_of(6)))
        };
        let (epoch, id) = read(&live);
        let whole = [5, 6].map(|epoch| (u64::from(epoch), key_of(epoch).id()));
        assert!(whole.contains(&(epoch, id)), "a torn ring");
        replacing.join().unwrap().unwrap();
        // Joining orders the threads, so no read may be late any more.
        assert_eq!(read(&live), whole[1]);
    });
}

type Polls = fn(&LiveRing, &mut Context<'_>) -> Poll<KeyId>;

#[test]
fn whoever_waits_for_an_unknown_key_is_told_of_one_and_of_the_next() {
    an_unknown_key_is_heard_of(LiveRing::poll_unknown);
}

/// An id that is recorded in between leaves the flag set for ever although no id is there.
#[test]
#[should_panic(expected = "nobody hears of an unknown key any more")]
fn a_flag_that_is_cleared_before_the_id_is_taken_is_caught() {
    an_unknown_key_is_heard_of(|live, context| {
        live.0.noted.store(false, Ordering::Relaxed);
        let mut unknown = live.unknown();
        if let Some(id) = unknown.id.take() {
            return Poll::Ready(id);
        }
        unknown.waiting = Some(context.waker().clone());
        Poll::Pending
    });
}

/// An id that is recorded in between wakes no task, and no task looks again.
#[test]
#[should_panic(expected = "nobody wakes who waits")]
fn a_waiter_that_looks_before_it_says_that_it_waits_is_caught() {
    an_unknown_key_is_heard_of(|live, context| {
        let poll = live.poll_without_waiting();
        if poll.is_pending() {
            live.unknown().waiting = Some(context.waker().clone());
        }
        poll
    });
}

impl LiveRing {
    fn poll_without_waiting(&self) -> Poll<KeyId> {
        let mut unknown = self.unknown();
        match unknown.id.take() {
            Some(id) => {
                self.0.noted.store(false, Ordering::Relaxed);
                Poll::Ready(id)
            }
            None => Poll::Pending,
        }
    }
}

fn an_unknown_key_is_heard_of(poll: Polls) {
    let ids = [6, 7, 8].map(|epoch| key_of(epoch).id());
    in_every_order(move || {
        let live = LiveRing::new(ring_of(5));
        let noting = {
            let live = live.clone();
            thread::spawn(move || ids[..2].iter().for_each(|id| live.note_unknown(*id)))
        };
        let woken = Arc::new(Woken(AtomicBool::new(false)));
        let waker = Waker::from(Arc::clone(&woken));
        let mut context = Context::from_waker(&waker);
        let first = poll(&live, &mut context);
        noting.join().unwrap();
        if first.is_pending() {
            assert!(woken.0.load(Ordering::Relaxed), "nobody wakes who waits");
            assert_eq!(poll(&live, &mut context), Poll::Ready(ids[0]));
        } else {
            assert_eq!(first, Poll::Ready(ids[0]));
        }
        // The second id is still there, or was dropped because it came before any task had looked.
        live.note_unknown(ids[2]);
        let heard = poll(&live, &mut context);
        assert!(
            [1, 2].map(|at| Poll::Ready(ids[at])).contains(&heard),
            "nobody hears of an unknown key any more"
        );
    });
}

struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}
