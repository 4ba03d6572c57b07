//! Random tokens that are several edits away from a genuine one, as many as the caller asks for.

use std::time::{Duration, Instant};

use super::super::Rng;
use super::{Scene, Tally};
use crate::error::OpenError;

/// Tokens with two to eight random edits each, the same for the same seed. Tokens whose edits
/// cancel out are skipped.
pub(super) struct Tampers<'a> {
    scene: &'a Scene,
    rng: Rng,
    raw: Vec<u8>,
}

impl<'a> Tampers<'a> {
    pub(super) fn new(scene: &'a Scene, seed: u64) -> Self {
        Self {
            scene,
            rng: Rng(seed),
            raw: Vec::new(),
        }
    }

    /// Tries this many, and prints its progress from time to time.
    pub(super) fn tally(
        mut self,
        count: u64,
        mut open: impl FnMut(&[u8]) -> Result<(), OpenError>,
    ) -> Tally {
        let mut tally = Tally::default();
        let mut told = Instant::now();
        for tried in 0..count {
            tally.count(open(self.next()));
            if tried % 0x1_0000 == 0 && told.elapsed() > PATIENCE {
                told = Instant::now();
                println!("{:?}: {tried} of {count}", self.scene.token.suite());
            }
        }
        tally
    }

    fn next(&mut self) -> &[u8] {
        let originals = [self.scene.token.raw(), self.scene.other.raw()];
        loop {
            self.raw.clear();
            self.raw.extend_from_slice(originals[0]);
            for _ in 0..2 + self.rng.below(7) {
                edit(&mut self.raw, originals[1], &mut self.rng);
            }
            if !originals.contains(&&*self.raw) {
                return &self.raw;
            }
        }
    }
}

fn edit(raw: &mut Vec<u8>, other: &[u8], rng: &mut Rng) {
    let at = rng.below(raw.len() + 1);
    if at == raw.len() {
        return raw.push(rng.byte());
    }
    // Changes in place are twice as likely as changes of length, which soon leave a text of no
    // valid length.
    match rng.below(12) {
        0..=2 => raw[at] ^= 1 << rng.below(8),
        3..=5 => raw[at] = rng.byte(),
        6..=7 => {
            let with = rng.below(raw.len());
            raw.swap(at, with);
        }
        8 => raw.insert(at, rng.byte()),
        9 => drop(raw.remove(at)),
        10 => raw.truncate(raw.len() - rng.below(4).min(raw.len())),
        _ => {
            // A piece of another token of the same key, at the same place.
            let until = (at + rng.below(40)).min(raw.len()).min(other.len());
            if at < until {
                raw[at..until].copy_from_slice(&other[at..until]);
            }
        }
    }
}

/// The longest time without a line of progress.
const PATIENCE: Duration = Duration::from_secs(10);
