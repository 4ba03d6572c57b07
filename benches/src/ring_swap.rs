//! Does a request notice that the ring is replaced while it runs?
//!
//! Two threads open one session over and over, and a third one replaces the ring now and then.
//! Every open is timed on its own. The rates take turns, so that whatever slows the machine slows
//! all of them. The session is an hour older than the newest revocation: each open asks whether its
//! person is revoked.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use cpu_time::ThreadTime;
use sealjar::{KeyRing, LiveRing, RingKey, Timestamp};
use sealjar_session::{FetchMetadata, Jar, Origin};

use crate::data::User;
use crate::measure::{Contest, Effort, median, nanos, uncounted};
use crate::report::{Budget, Cell, Report, Table};
use crate::rings::{self, APP};

pub(crate) fn run(effort: Effort, report: &mut Report) {
    let now = Timestamp::now().expect("a sane clock");
    let keys = rings::keys(64, now);
    let mut loads = [&keys[..2], &keys].map(|keys| Load::new(keys, now));
    for _ in 0..effort.swap_rounds {
        for load in &mut loads {
            for rate in 0..RATES.len() {
                uncounted(|| load.take_turn(rate, effort.swap_turn));
            }
        }
    }
    let [few, many] = loads;
    let worst = few.report(
        "opens while the ring of 2 keys, 8192 revocations is replaced",
        report,
    );
    let worst = worst.max(many.report(
        "opens while the ring of 64 keys, 8192 revocations is replaced",
        report,
    ));
    report.budgets.push(Budget::at_most(
        "an open while the ring is replaced, median against never",
        Cell::Ratio(1.05),
        Cell::Ratio(worst),
    ));
    first_opens(&Load::new(&keys, now), effort, report);
    documents(&keys, now, effort, report);
}

/// The cost of the first request that meets a new ring: it derives what all later ones use, and
/// checks a person for the first time under the new ring.
fn first_opens(load: &Load, effort: Effort, report: &mut Report) {
    let mut samples = [Vec::new(), Vec::new()];
    uncounted(|| {
        for ring in later_rings(&load.live, effort.rounds) {
            load.live.replace(ring).expect("a later epoch");
            for samples in &mut samples {
                let start = ThreadTime::now();
                assert!(is_open(&load.jar, &load.header));
                samples.push(nanos(start.elapsed()));
            }
        }
    });
    let mut table = Table::new(
        "opens after a replacement, 64 keys, 8192 revocations",
        &["time"],
    );
    for (name, samples) in ["the first", "the second"].into_iter().zip(samples) {
        table.row(name, [Cell::Us(median(samples))]);
    }
    report.tables.push(table);
}

/// What a replica does before it replaces its ring.
fn documents(keys: &[RingKey], now: Timestamp, effort: Effort, report: &mut Report) {
    let document = |keys, revocations| rings::ring(keys, revocations).to_json();
    let one = document(&keys[..1], rings::no_revocations());
    let many = document(keys, rings::no_revocations());
    let full = document(keys, rings::full_revocations(now));
    let read = |text: &str| KeyRing::from_json(text.as_bytes()).expect("written above");
    let times: [f64; 3] = Contest::default()
        .add(|| read(&one))
        .add(|| read(&many))
        .add(|| read(&full))
        .run(effort);
    let mut table = Table::new("reading a ring document", &["length", "time"]);
    for (name, text, time) in [
        ("1 key", &one, times[0]),
        ("64 keys", &many, times[1]),
        ("64 keys, 8192 revocations", &full, times[2]),
    ] {
        table.row(name, [Cell::Bytes(text.len()), Cell::Us(time)]);
    }
    report.tables.push(table);
}

/// One ring under load.
struct Load {
    live: LiveRing,
    jar: Jar<User>,
    header: String,
    seen: [Seen; RATES.len()],
}

/// What happened at one rate.
#[derive(Default)]
struct Seen {
    woken: usize,
    /// Of each turn, the time of an open at each of [`QUANTILES`], in nanoseconds.
    turns: [Vec<f64>; QUANTILES.len()],
}

impl Load {
    fn new(keys: &[RingKey], now: Timestamp) -> Self {
        let live = LiveRing::new(rings::ring(keys, rings::full_revocations(now)));
        let jar = Jar::<User>::new(&live, APP).expect("a sound jar");
        let header = rings::cookie_of(keys, now.saturating_sub(3600));
        Self {
            live,
            jar,
            header,
            seen: Default::default(),
        }
    }

    /// Opens for the time of a turn while the ring is replaced at a rate. All turns at this rate
    /// follow each other as if nothing came between: where replacing is rare, most turns see none.
    fn take_turn(&mut self, rate: usize, turn: Duration) {
        let seen = &mut self.seen[rate];
        let until = turn * u32::try_from(seen.turns[0].len() + 1).expect("few turns");
        let (_, a_second, replaces) = RATES[rate];
        let due = (until * a_second).as_millis().div_ceil(1000);
        let due = usize::try_from(due).expect("few rings");
        let new = due - std::mem::replace(&mut seen.woken, due);
        let later = later_rings(&self.live, new);
        let done = &AtomicBool::new(false);
        let (live, jar, header) = (&self.live, &self.jar, &self.header);
        thread::scope(|scope| {
            let threads = [(); THREADS].map(|()| scope.spawn(|| open_until(done, jar, header)));
            let start = Instant::now();
            let parts = u32::try_from(later.len() + 1).expect("few rings");
            for (ring, part) in later.into_iter().zip(1..) {
                thread::sleep((turn / parts * part).saturating_sub(start.elapsed()));
                if replaces {
                    live.replace(ring).expect("a later epoch");
                }
            }
            thread::sleep(turn.saturating_sub(start.elapsed()));
            done.store(true, Ordering::Relaxed);
            let mut nanos: Vec<u32> = Vec::new();
            for thread in threads {
                nanos.extend(thread.join().expect("it opens"));
            }
            nanos.sort_unstable();
            for (turns, quantile) in seen.turns.iter_mut().zip(QUANTILES) {
                turns.push(f64::from(nanos[(nanos.len() - 1) * quantile / 1000]));
            }
        });
    }

    /// Returns the greatest ratio of a median to the one of a ring that stays, round by round.
    fn report(self, title: &'static str, report: &mut Report) -> f64 {
        let columns = &["replaced", "median", "ratio", "p99", "p99.9", "max"];
        let mut table = Table::new(title, columns);
        let still = self.seen[0].turns[0].clone();
        let mut worst: f64 = 0.0;
        for ((name, _, replaces), seen) in RATES.into_iter().zip(self.seen) {
            let rounds = seen.turns[0].iter().zip(&still);
            let ratio = median(rounds.map(|(swapped, still)| swapped / still).collect());
            let max = seen.turns[3].iter().copied().fold(0.0, f64::max);
            let [half, p99, p999, _] = seen.turns.map(median);
            worst = worst.max(ratio);
            table.row(
                name,
                [
                    Cell::Number(if replaces { seen.woken } else { 0 }),
                    Cell::Ns(half),
                    Cell::Ratio(ratio),
                    Cell::Ns(p99),
                    Cell::Us(p999),
                    Cell::Us(max),
                ],
            );
        }
        report.tables.push(table);
        worst
    }
}

/// Makes so many epochs that may follow the one in use, one after the other.
fn later_rings(live: &LiveRing, count: usize) -> Vec<KeyRing> {
    let mut draft = live.load().draft();
    let next = || {
        draft.epoch += 1;
        draft.clone().build().expect("as sound as before")
    };
    std::iter::repeat_with(next).take(count).collect()
}

/// Opens a session until told to stop, at least once, and returns how long each time took.
fn open_until(done: &AtomicBool, jar: &Jar<User>, header: &str) -> Vec<u32> {
    uncounted(|| {
        let mut nanos = Vec::new();
        loop {
            let start = Instant::now();
            let is_open = is_open(jar, header);
            let elapsed = start.elapsed();
            assert!(is_open, "the keys stay the same");
            nanos.push(u32::try_from(elapsed.as_nanos()).unwrap_or(u32::MAX));
            if done.load(Ordering::Relaxed) {
                return nanos;
            }
        }
    })
}

fn is_open(jar: &Jar<User>, header: &str) -> bool {
    let session = jar.open([header.to_owned()], FetchMetadata::default());
    matches!(session.origin(), Origin::Opened { .. })
}

/// How often the third thread wakes up, and whether it replaces the ring then. The second row shows
/// what waking up alone does to the others on a busy machine.
const RATES: [(&str, u32, bool); 5] = [
    ("never", 0, false),
    ("never, but woken 1000 times a second", 1000, false),
    ("once a second", 1, true),
    ("100 times a second", 100, true),
    ("1000 times a second", 1000, true),
];
/// In thousandths.
const QUANTILES: [usize; 4] = [500, 990, 999, 1000];
const THREADS: usize = 2;
