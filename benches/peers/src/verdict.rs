//! Does a run show what we claim, and could it have shown otherwise?

use std::fmt;

use crate::contenders::Contender;
use crate::effort::Effort;
use crate::found::{Race, Row};

/// Why a run is no success.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Failure {
    Lost,
    NobodyLost,
    Unanswered,
}

impl Failure {
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Lost | Self::Unanswered => 1,
            Self::NobodyLost => crate::COULD_NOT_RUN,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Lost => "sealjar, following its ring, lost sessions or writes, which it must not",
            Self::NobodyLost => "not even MemoryStore lost a session, so this run shows nothing",
            Self::Unanswered => {
                "sealjar confirmed no write, or failed more often than a killed replica explains"
            }
        })
    }
}

/// Fails if we lost anything, which contradicts our claim, and if the run could not have shown a
/// loss: because we did nothing, or because no contender lost anything. The row whose ring is read
/// at start is shown and not judged: on a busy machine its roll-out may take longer than a period
/// here.
pub(crate) fn judge(rows: &[Row], effort: Effort) -> Result<(), Failure> {
    let of = |contender: Contender| rows.iter().find(|row| row.name == contender.name());
    for Row { race, .. } in [Contender::Sealjar, Contender::SealjarActix]
        .into_iter()
        .filter_map(of)
    {
        if race.losses.logouts + race.losses.lost_writes > 0 {
            return Err(Failure::Lost);
        }
        if !is_answered(race, effort) {
            return Err(Failure::Unanswered);
        }
    }
    if of(Contender::MemoryStore).is_some_and(|row| row.race.losses.logouts == 0) {
        return Err(Failure::NobodyLost);
    }
    Ok(())
}

/// Whether there was something to lose: a killed replica takes at most one request of each visitor
/// with it, and in addition a hundredth may fail.
const fn is_answered(race: &Race, effort: Effort) -> bool {
    race.writes > 0 && race.losses.failed <= effort.visitors + race.requests / 100
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::race_row;
    use crate::visitor::{Losses, Noticed};

    #[test]
    fn a_loss_of_ours_fails_the_run_and_so_does_a_race_in_which_nobody_can_lose() {
        let memory = |logouts| race_row(Contender::MemoryStore, busy(logouts, 0, 0));
        for of_ours in [Contender::Sealjar, Contender::SealjarActix] {
            let judged = |ours, memory| judge(&[race_row(of_ours, ours), memory], Effort::FULL);
            assert_eq!(judged(busy(0, 0, 0), memory(9)), Ok(()));
            assert_eq!(judged(busy(1, 0, 0), memory(9)), Err(Failure::Lost));
            assert_eq!(judged(busy(0, 1, 0), memory(9)), Err(Failure::Lost));
            assert_eq!(judged(busy(0, 0, 0), memory(0)), Err(Failure::NobodyLost));
        }
    }

    #[test]
    fn a_site_that_always_fails_loses_nothing_and_fails_the_run() {
        let judged = |ours| judge(&[race_row(Contender::Sealjar, ours)], Effort::FULL);
        let silent = Noticed {
            writes: 0,
            ..busy(0, 0, 1000)
        };
        assert_eq!(judged(silent), Err(Failure::Unanswered));
        let allowed = Effort::FULL.visitors + 10;
        assert_eq!(judged(busy(0, 0, allowed)), Ok(()));
        assert_eq!(judged(busy(0, 0, allowed + 1)), Err(Failure::Unanswered));
        assert_eq!(judged(Noticed::default()), Err(Failure::Unanswered));
    }

    /// A thousand requests.
    fn busy(logouts: u32, lost_writes: u32, failed: u32) -> Noticed {
        Noticed {
            requests: 1000,
            writes: 500,
            losses: Losses {
                logouts,
                lost_writes,
                failed,
            },
            ..Noticed::default()
        }
    }
}
