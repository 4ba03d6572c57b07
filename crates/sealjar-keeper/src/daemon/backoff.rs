//! How long until the next turn?

use std::time::Duration;

use sealjar::Timestamp;

use crate::error::KeeperError;
use crate::keeper::Turn;
use crate::plan::WaitReason;

/// Counts failures, so that each one in a row is answered more slowly.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    failures: u32,
}

impl Backoff {
    /// Returns how long to sleep after a turn. `jitter` is 0 to 1, drawn at random, so that keepers
    /// of one store do not stay in step.
    pub(super) fn after(
        &mut self,
        outcome: &Result<Turn, KeeperError>,
        now: Option<Timestamp>,
        jitter: f32,
    ) -> Duration {
        let pause = match (outcome, now) {
            (Ok(turn), Some(now)) => {
                self.failures = 0;
                let until = turn.wait.until;
                let soon = match turn.wait.reason {
                    WaitReason::Publication(_) => ROLL_OUT_LOOKED_AT,
                    _ => ANSWERS_LOOKED_FOR,
                };
                let due = until.map_or(soon, |until| until.seconds_since(now));
                // Seconds are whole, and a turn that is a moment early would be for nothing.
                Duration::from_secs(due.max(1).into()).min(LONGEST)
            }
            (Err(error), _) if error.is_lost_race() => RETRY,
            _ => {
                let pause = RETRY * 2_u32.pow(self.failures.min(DOUBLINGS));
                self.failures += 1;
                pause
            }
        };
        pause + pause.mul_f32(SPREAD * jitter)
    }
}

/// Somebody may take the document away that replicas read, or put an old one there, and a
/// deployment may put an old secret back. Whatever it is, it is noticed within 10 seconds.
const LONGEST: Duration = Duration::from_secs(9);
/// How often to look whether replicas have acknowledged, in seconds.
const ANSWERS_LOOKED_FOR: u32 = 5;
/// How often to look whether a roll-out has gone on, in seconds.
const ROLL_OUT_LOOKED_AT: u32 = 1;
const RETRY: Duration = Duration::from_secs(1);
const DOUBLINGS: u32 = 6;
/// The greatest part of a pause that jitter adds.
const SPREAD: f32 = 0.1;

#[cfg(test)]
mod tests {
    use sealjar::Key;

    use super::*;
    use crate::plan::{self, Wait};
    use crate::policy::RotationPolicy;
    use crate::store::StoreError;

    /// A turn that has nothing to do for days.
    fn idle(now: Timestamp) -> Turn {
        let mint = Key::generate;
        let first = plan::first("web", &RotationPolicy::default(), now, &mint);
        Turn {
            ring: first.unwrap().ring,
            steps: Vec::new(),
            published: false,
            mended: false,
            wait: Wait {
                until: Some(now.saturating_add(500_000)),
                reason: WaitReason::Rotation,
            },
        }
    }

    #[test]
    fn however_far_the_next_action_is_the_document_is_looked_at_within_ten_seconds() {
        let now = Timestamp::from_stored(10_000_000);
        for jitter in [0.0, 0.5, 1.0] {
            let pause = Backoff::default().after(&Ok(idle(now)), Some(now), jitter);
            assert!(pause < Duration::from_secs(10), "{pause:?}");
        }
    }

    #[test]
    fn failures_are_answered_more_and_more_slowly_and_a_lost_race_is_none() {
        let mut backoff = Backoff::default();
        let lost = || Err(KeeperError::Store(StoreError::LostRace));
        assert_eq!(backoff.after(&lost(), None, 0.0), RETRY);
        let pauses: Vec<u64> = (0..8)
            .map(|_| {
                backoff
                    .after(&Err(KeeperError::NoRing), None, 0.0)
                    .as_secs()
            })
            .collect();
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 64, 64]);
        let jittered = backoff.after(&lost(), None, 1.0);
        assert!(jittered > RETRY && jittered <= RETRY.mul_f32(1.0 + SPREAD));
    }
}
