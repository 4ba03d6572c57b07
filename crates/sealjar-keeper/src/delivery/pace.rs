//! How long does a roll-out take?

use crate::delivery::{Fleet, ServiceDelivery};

/// How fast the replicas of a service are replaced, as its orchestrator says it. Times are in
/// seconds.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Pace {
    /// How many are replaced at once, 0 for all of them.
    pub at_once: u32,
    /// How long the orchestrator waits before the next.
    pub delay: u32,
    /// How long it watches the last before it says that the roll-out is over.
    pub monitor: u32,
    /// How often a replica's health check runs, 0 where it has none: it serves after the first.
    pub health_interval: u32,
    /// How often the load balancer looks which replicas there are, 0 where that costs no time.
    pub balancer_poll: u32,
}

impl Pace {
    /// Returns about how many seconds it takes to replace so many replicas. That is an estimate:
    /// images that have to be fetched and nodes that are busy take longer.
    ///
    /// # Examples
    /// ```
    /// use sealjar_keeper::delivery::Pace;
    ///
    /// let usual = Pace {
    ///     at_once: 1,
    ///     delay: 4,
    ///     monitor: 5,
    ///     health_interval: 2,
    ///     balancer_poll: 2,
    /// };
    /// assert_eq!(usual.seconds_for(10), 73);
    /// let fast = Pace { at_once: 5, delay: 0, ..usual };
    /// assert_eq!(fast.seconds_for(10), 13);
    /// ```
    #[must_use]
    pub const fn seconds_for(&self, replicas: u32) -> u32 {
        let batches = match self.at_once {
            0 => 1,
            at_once => replicas.div_ceil(at_once),
        };
        let start = self.health_interval.saturating_add(START);
        let starts = start.saturating_mul(batches);
        let delays = self.delay.saturating_mul(batches.saturating_sub(1));
        starts
            .saturating_add(delays)
            .saturating_add(self.monitor)
            .saturating_add(self.balancer_poll)
    }
}

impl ServiceDelivery {
    /// Returns about how many seconds it takes until all replicas hold an epoch, 0 where they do,
    /// `None` where the pace is not known.
    #[must_use]
    pub fn seconds_left(&self, epoch: u64) -> Option<u32> {
        let left = self.replicas.iter().filter(|it| it.epoch < epoch).count();
        match left {
            0 => Some(0),
            left => Some(
                self.pace?
                    .seconds_for(u32::try_from(left).unwrap_or(u32::MAX)),
            ),
        }
    }
}

impl Fleet {
    /// Returns about how many seconds it takes until all replicas hold an epoch, as far as the
    /// pace of their services is known. `at_once`: no service waits for another.
    #[must_use]
    pub fn seconds_left(&self, epoch: u64, at_once: bool) -> Option<u32> {
        let left = self.services.iter().filter_map(|it| it.seconds_left(epoch));
        if at_once {
            left.max()
        } else {
            left.reduce(u32::saturating_add)
        }
    }
}

/// How long a container takes to start, in seconds.
const START: u32 = 1;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delivery::Replica;

    #[test]
    fn a_fleet_takes_as_long_as_its_services_after_each_other_or_at_once() {
        let service = |replicas: &[u64], pace| ServiceDelivery {
            name: "web".into(),
            epoch: Some(7),
            roll_out: None,
            trouble: None,
            replicas: replicas
                .iter()
                .map(|epoch| Replica {
                    epoch: *epoch,
                    ..Replica::default()
                })
                .collect(),
            pace,
        };
        let pace = Some(Pace {
            at_once: 1,
            delay: 3,
            ..Pace::default()
        });
        let fleet = Fleet {
            services: vec![
                service(&[7, 7], pace),
                service(&[6, 7, 6], pace),
                service(&[6], pace),
                service(&[6], None),
            ],
            ..Fleet::default()
        };
        assert_eq!(fleet.seconds_left(7, false), Some(1 + 3 + 1 + 1));
        assert_eq!(fleet.seconds_left(7, true), Some(5));
        assert_eq!(fleet.seconds_left(6, true), Some(0));
        let unknown = Fleet {
            services: vec![service(&[6], None)],
            ..Fleet::default()
        };
        assert_eq!(unknown.seconds_left(7, true), None);
    }

    #[test]
    fn all_at_once_is_one_batch() {
        let all = Pace {
            delay: 20,
            ..Pace::default()
        };
        assert_eq!(all.seconds_for(50), 1);
    }
}
