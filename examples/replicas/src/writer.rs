//! Who writes the ring, and when may it change? The protocol of rotation, in its smallest form.
//!
//! A real fleet leaves this to the keeper. Here the parent plays its part with one file.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use sealjar::{Key, KeyRing, Revocations, RingDraft, RingKey, Suite, Timestamp, Timing};

use crate::error::Failed;

/// How far apart any two clocks may be, in seconds.
const SKEW: u32 = 1;
/// Within what time every replica has read a new file, in seconds. They look five times as often.
const DISTRIBUTION: u32 = 1;
/// The shortest period that skew and distribution allow, in seconds.
pub(crate) const ROTATE_EVERY: u32 = DISTRIBUTION + 2 * SKEW;
/// How long a session lives without use, in seconds.
const LIFETIME: u32 = 600;

/// The one writer of the ring file.
#[derive(Debug)]
pub(crate) struct Writer {
    path: PathBuf,
    ring: KeyRing,
    /// When the file had been written, which is later than when the ring was issued.
    published: Timestamp,
}

impl Writer {
    /// Writes the first ring: one key that seals at once, and its standby.
    pub(crate) fn init(path: PathBuf) -> Result<Self, Failed> {
        let ring = first(now()?)?;
        let published = publish(&path, &ring)?;
        Ok(Self {
            path,
            ring,
            published,
        })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn ring(&self) -> &KeyRing {
        &self.ring
    }

    /// Returns whether a whole period has passed since the last change.
    pub(crate) fn is_due(&self) -> bool {
        now().is_ok_and(|now| now >= self.ring.issued_at().saturating_add(ROTATE_EVERY))
    }

    /// Rotates once. `Ok(false)` says that it is too early, and nothing was done.
    pub(crate) fn rotate(&mut self) -> Result<bool, Failed> {
        match plan(&self.ring, self.published, now()?)? {
            Some(next) => self.commit(next).map(|()| true),
            None => Ok(false),
        }
    }

    /// Rotates in one step, as nobody should: the new key seals at once, unknown to whoever reads the
    /// file later.
    pub(crate) fn rotate_in_one_phase(&mut self) -> Result<bool, Failed> {
        let now = now()?;
        let mut next = next_epoch(&self.ring, now);
        let mut key = new_key(&next, now)?;
        key.seals_from = Some(now.saturating_sub(SKEW));
        next.keys.push(key);
        self.commit(next).map(|()| true)
    }

    fn commit(&mut self, next: RingDraft) -> Result<(), Failed> {
        let ring = next.build().map_err(Failed::when("the next ring", FULL))?;
        self.published = publish(&self.path, &ring)?;
        self.ring = ring;
        Ok(())
    }
}

/// Plans one rotation, which is one commit. `None`: the standby is not known to be everywhere yet.
fn plan(ring: &KeyRing, published: Timestamp, now: Timestamp) -> Result<Option<RingDraft>, Failed> {
    // Nobody acknowledges a file, so a standby is known to be held only by the time that passed since
    // its epoch was completely published.
    if now < published.saturating_add(DISTRIBUTION + SKEW) {
        return Ok(None);
    }
    let mut next = next_epoch(ring, now);

    // The keys that an epoch known to be held has superseded end. The one that this commit supersedes
    // does not: a replica late with this document still seals with it.
    let starts: Vec<Timestamp> = ring
        .keys()
        .iter()
        .filter_map(|key| key.seals_from)
        .collect();
    for key in next.keys.iter_mut().filter(|key| key.seals_until.is_none()) {
        let Some(own) = key.seals_from else { continue };
        if let Some(&successor) = starts.iter().filter(|&&start| start > own).min() {
            let until = now.max(successor).saturating_add(SKEW);
            key.seals_until = Some(until);
            key.opens_until = Some(until.saturating_add(key.lifetime));
        }
    }
    next.keys.retain(|key| {
        key.opens_until
            .is_none_or(|until| now <= until.saturating_add(SKEW))
    });

    // The standby begins, and the next one comes out with the same document.
    for key in next.keys.iter_mut().filter(|key| key.seals_from.is_none()) {
        key.seals_from = Some(now.saturating_add(SKEW));
    }
    next.keys.push(new_key(&next, now)?);
    Ok(Some(next))
}

fn first(now: Timestamp) -> Result<KeyRing, Failed> {
    let mut draft = RingDraft {
        critical: Vec::new(),
        name: "replicas".into(),
        epoch: u64::from(now.stored()),
        issued_at: now,
        timing: Timing {
            rotate_every: ROTATE_EVERY,
            distribution: DISTRIBUTION,
            skew: SKEW,
        },
        keys: Vec::new(),
        revocations: Revocations::generate(30 * 86_400)
            .map_err(Failed::when("no randomness for the ring", RANDOM))?,
    };
    let mut sealing = new_key(&draft, now)?;
    sealing.seals_from = Some(now.saturating_sub(SKEW));
    let standby = new_key(&draft, now)?;
    draft.keys = vec![sealing, standby];
    draft.build().map_err(Failed::when("the first ring", FULL))
}

fn next_epoch(ring: &KeyRing, now: Timestamp) -> RingDraft {
    let mut next = ring.draft();
    next.epoch = (ring.epoch() + 1).max(now.stored().into());
    next.issued_at = now;
    next
}

fn new_key(draft: &RingDraft, now: Timestamp) -> Result<RingKey, Failed> {
    let key = Key::generate(Suite::Xaes256Gcm)
        .map_err(Failed::when("no randomness for a key", RANDOM))?;
    Ok(RingKey::standby(key, LIFETIME, draft.epoch, now))
}

/// Writes the file beside its place and moves it there, so that no reader ever sees half of it.
/// Returns when it was there.
fn publish(path: &Path, ring: &KeyRing) -> Result<Timestamp, Failed> {
    let beside = path.with_extension("new");
    let write = || {
        // Left there by nobody but a writer that died: a new file gets the mode it is given.
        match fs::remove_file(&beside) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&beside)?;
        file.write_all(ring.to_json().as_bytes())?;
        file.sync_all()?;
        fs::rename(&beside, path)
    };
    write().map_err(Failed::when(
        &format!("the ring file {} cannot be written", path.display()),
        "check that the directory for temporary files has room and can be written",
    ))?;
    now()
}

fn now() -> Result<Timestamp, Failed> {
    Timestamp::now().map_err(Failed::when("the clock", "set the system's clock"))
}

const FULL: &str = "a ring holds 64 keys, the oldest leaves ten minutes after it stopped sealing";
const RANDOM: &str = "the operating system's random source failed, see its log";

#[cfg(test)]
mod tests {
    use sealjar::Phase;

    use super::*;

    fn at(seconds: u32) -> Timestamp {
        Timestamp::from_stored(60_000_000 + seconds)
    }

    fn rotated(ring: &KeyRing, seconds: u32) -> KeyRing {
        let next = plan(ring, ring.issued_at(), at(seconds)).unwrap();
        next.expect("a standby known to be held").build().unwrap()
    }

    #[test]
    fn a_standby_is_promoted_only_once_it_is_known_to_be_held() {
        let ring = first(at(0)).unwrap();
        for early in 0..DISTRIBUTION + SKEW {
            assert!(plan(&ring, at(0), at(early)).unwrap().is_none());
        }
        assert!(
            plan(&ring, at(5), at(6)).unwrap().is_none(),
            "published late"
        );
        assert!(plan(&ring, at(0), at(2)).unwrap().is_some());
    }

    #[test]
    fn a_key_seals_only_if_an_earlier_epoch_had_it() {
        let mut ring = first(at(0)).unwrap();
        for turn in 1..20 {
            let known: Vec<_> = ring.keys().iter().map(RingKey::id).collect();
            let next = rotated(&ring, 3 * turn);
            let later = at(3 * turn + SKEW);
            let sealing = next.sealing_key(later).unwrap();
            assert!(known.contains(&sealing.id()));
            assert!(sealing.staged_epoch < next.epoch());
            assert!(next.epoch() > ring.epoch());
            ring = next;
        }
    }

    #[test]
    fn the_key_that_this_commit_supersedes_has_no_end_and_the_one_before_it_has() {
        let first = first(at(0)).unwrap();
        let second = rotated(&first, 3);
        assert!(second.keys().iter().all(|key| key.seals_until.is_none()));
        let third = rotated(&second, 6);
        let ended: Vec<_> = third
            .keys()
            .iter()
            .filter_map(|key| key.seals_until)
            .collect();
        assert_eq!(ended, [at(6 + SKEW)]);
        assert_eq!(third.keys()[0].opens_until, Some(at(6 + SKEW + LIFETIME)));
    }

    #[test]
    fn a_key_leaves_once_nothing_it_sealed_can_be_alive_and_the_ring_stays_small() {
        let mut ring = first(at(0)).unwrap();
        let oldest = ring.keys()[0].id();
        for turn in 1..60 {
            ring = rotated(&ring, 12 * turn);
            let now = at(12 * turn);
            if ring.phase(oldest, now).is_none() {
                assert!(12 * turn > 24 + SKEW + LIFETIME);
            }
            let standbys = ring
                .keys()
                .iter()
                .filter(|key| ring.phase(key.id(), now) == Some(Phase::Standby));
            assert_eq!(standbys.count(), 1);
        }
        assert!(ring.phase(oldest, at(720)).is_none());
    }
}
