//! How much may replicas revoke?
//!
//! All replicas have one key, and a proxy may give them one address, so a limit by key or address
//! would let one replica use up the share of all. Each request names its instance instead. A
//! replica that lies about it could also forge sessions; for such a one, and for all together,
//! there is the limit of all.

use std::collections::BTreeMap;
use std::time::Duration;

use sealjar_follow::Instance;
use tokio::time::Instant;

/// What each replica, and all of them, may still revoke.
#[derive(Debug)]
pub(super) struct Limits {
    each: f64,
    instances: BTreeMap<Instance, Bucket>,
    all: Bucket,
}

/// So many records, which come back within a minute.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    most: f64,
    left: f64,
    at: Instant,
}

impl Bucket {
    const fn full(most: f64, now: Instant) -> Self {
        Self {
            most,
            left: most,
            at: now,
        }
    }

    fn filled(self, now: Instant) -> Self {
        let passed = now.saturating_duration_since(self.at).as_secs_f64();
        let refilled = self.left + self.most * passed / MINUTE.as_secs_f64();
        Self {
            left: refilled.min(self.most),
            at: now,
            ..self
        }
    }

    fn has(&self, records: f64) -> bool {
        self.left >= records.min(self.most)
    }
}

impl Limits {
    /// Lets each replica revoke so many records a minute, and all together ten times as many.
    pub(super) fn new(each: u32, now: Instant) -> Self {
        let each = f64::from(each);
        Self {
            each,
            instances: BTreeMap::new(),
            all: Bucket::full(each * ALL, now),
        }
    }

    /// Takes so many records of what the replica may revoke. Returns whether it may.
    pub(super) fn take(&mut self, instance: Instance, records: usize, now: Instant) -> bool {
        let records = u32::try_from(records).map_or(f64::MAX, f64::from);
        self.all = self.all.filled(now);
        let known = self.instances.get(&instance).copied();
        let mut own = match known {
            Some(bucket) => bucket.filled(now),
            None => Bucket::full(self.each, now),
        };
        if !own.has(records) || !self.all.has(records) {
            return false;
        }
        if known.is_none() && !self.has_room(now) {
            return false;
        }
        own.left -= records.min(own.most);
        self.all.left -= records.min(self.all.most);
        self.instances.insert(instance, own);
        true
    }

    /// Whether one more can be remembered. Those that have revoked nothing for a while are not.
    fn has_room(&mut self, now: Instant) -> bool {
        if self.instances.len() >= INSTANCES {
            self.instances
                .retain(|_, bucket| bucket.filled(now).left < bucket.most);
        }
        self.instances.len() < INSTANCES
    }
}

const MINUTE: Duration = Duration::from_secs(60);
/// How many times as much as one replica all of them may revoke.
const ALL: f64 = 10.0;
/// As many replicas as a keeper knows.
const INSTANCES: usize = 4096;

#[cfg(test)]
mod tests {
    use super::*;

    fn instance(at: u16) -> Instance {
        let mut bytes = [0; 16];
        bytes[..2].copy_from_slice(&at.to_be_bytes());
        Instance::from_bytes(bytes)
    }

    #[test]
    fn a_replica_that_revokes_too_much_is_stopped_alone_and_comes_back() {
        let start = Instant::now();
        let mut limits = Limits::new(60, start);
        assert!(limits.take(instance(1), 59, start));
        assert!(limits.take(instance(1), 1, start));
        assert!(!limits.take(instance(1), 1, start));
        assert!(
            limits.take(instance(2), 1, start),
            "the others are not stopped"
        );
        let later = start + Duration::from_secs(1);
        assert!(limits.take(instance(1), 1, later));
        assert!(!limits.take(instance(1), 1, later));
        let much_later = start + Duration::from_secs(3600);
        assert!(limits.take(instance(1), 60, much_later));
        assert!(
            !limits.take(instance(1), 1, much_later),
            "no more than a minute's"
        );
    }

    #[test]
    fn all_together_are_bounded_whatever_instances_they_name() {
        let start = Instant::now();
        let mut limits = Limits::new(60, start);
        let taken = (0..1000).filter(|at| limits.take(instance(*at), 1, start));
        assert_eq!(taken.count(), 600);
    }

    /// Otherwise it could never be revoked.
    #[test]
    fn a_request_for_more_than_a_minutes_share_takes_all_of_it() {
        let start = Instant::now();
        let mut limits = Limits::new(60, start);
        assert!(limits.take(instance(1), 256, start));
        assert!(!limits.take(instance(1), 1, start));
    }

    #[test]
    fn no_more_replicas_are_remembered_than_a_keeper_knows() {
        let start = Instant::now();
        let mut limits = Limits::new(1_000, start);
        let taken = (0..5000).filter(|at| limits.take(instance(*at), 1, start));
        assert_eq!(taken.count(), INSTANCES);
        let later = start + Duration::from_secs(1);
        assert!(limits.take(instance(5000), 1, later));
        assert_eq!(limits.instances.len(), 1);
    }
}
