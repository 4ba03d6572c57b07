//! How does a person rotate a ring by hand?

use clap::Args;
use sealjar::Timestamp;
use sealjar_keeper::plan::{Situation, Wait, WaitReason};
use sealjar_keeper::store::RingStore;
use sealjar_keeper::{Keeper, KeeperError, Refused};

use crate::change;
use crate::clock::Clock;
use crate::commands::OnStore;
use crate::config::Config;
use crate::deliver::deliver;
use crate::flags::Fast;
use crate::output::exit::{Answer, CommandError, Exit};
use crate::output::progress::Progress;
use crate::output::relative_time::moment;

#[derive(Args, Debug)]
pub(crate) struct Rotate {
    /// Rotate before every replica is known to have the standby: those without it refuse its
    /// sessions
    #[arg(long)]
    force: bool,
    /// Adopt the policy's token lifetime as soon as every replica can follow
    #[arg(long, conflicts_with_all = ["force", "yes"])]
    adopt_policy: bool,
    /// Do not ask before logging people out, which --force may do
    #[arg(long)]
    yes: bool,
    /// Print what would change, and change nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    fast: Fast,
    #[command(flatten)]
    clock: Clock,
}

impl OnStore for Rotate {
    fn is_fast(&self) -> bool {
        self.fast.fast
    }

    async fn run<S: RingStore>(
        self,
        keeper: Keeper<S>,
        _config: &Config,
        progress: &Progress,
    ) -> Result<Answer, CommandError> {
        let keeper = self.clock.of(keeper);
        if self.adopt_policy {
            return adopt_policy(&keeper, self.dry_run, progress).await;
        }
        let early = if self.force {
            early(&keeper).await
        } else {
            None
        };
        // Without need of it there is no force, so that nobody is logged out who was not asked for.
        let force = early.is_some();
        let decide = move |situation: &Situation<'_>| situation.rotate(force);
        let change = if self.dry_run || (force && !self.yes) {
            keeper.preview(&decide).await?
        } else {
            keeper.change(&decide).await?
        };
        let who = early.map(|wait| logged_out_by(&wait, change.ring.issued_at()));
        let mut answer = match (self.dry_run, &who) {
            (true, _) => change::dry_run(&change),
            (false, Some(who)) if !self.yes => {
                let message = format!("this logs visitors out: {who}");
                return Err(CommandError::new(Exit::Refused, "needs_yes", message)
                    .hint("rotate later without --force, or add --yes to continue now")
                    .after(change::describe(&change.ring, &change.steps, false)));
            }
            (false, _) => {
                let arrival =
                    deliver(&keeper, change.ring.epoch(), &change.steps, progress).await?;
                change::made(&change, &arrival)
            }
        };
        if let Some(who) = who {
            let page = &mut answer.page;
            page.warning(if self.dry_run {
                format!("  it would log visitors out: {who}")
            } else {
                format!("  logged out: visitors, for {who}")
            });
        }
        Ok(answer)
    }
}

/// Brings the policy in, or says that it is in force or on its way.
async fn adopt_policy<S: RingStore>(
    keeper: &Keeper<S>,
    dry_run: bool,
    progress: &Progress,
) -> Result<Answer, CommandError> {
    let decide = |situation: &Situation<'_>| situation.adopt_policy();
    let adopted = if dry_run {
        keeper.preview(&decide).await
    } else {
        keeper.change(&decide).await
    };
    match adopted {
        Ok(change) if dry_run => Ok(change::dry_run(&change)),
        Ok(change) => {
            let arrival = deliver(keeper, change.ring.epoch(), &change.steps, progress).await?;
            let mut answer = change::made(&change, &arrival);
            if change
                .ring
                .next_key()
                .is_some_and(|next_key| next_key.early)
            {
                answer.page.note(
                    "  the keeper that runs does the rest; without one, `sealjar run --once` then",
                );
            }
            Ok(answer)
        }
        Err(KeeperError::Refused(nothing @ (Refused::Adopting(_) | Refused::PolicyInForce))) => {
            let mut answer = change::unchanged(&keeper.report().await?.ring);
            answer.page.item(&nothing);
            Ok(answer)
        }
        Err(error) => Err(error.into()),
    }
}

/// What a rotation without force would wait for.
async fn early<S: RingStore>(keeper: &Keeper<S>) -> Option<Wait> {
    match keeper.preview(&|situation| situation.rotate(false)).await {
        Err(KeeperError::Refused(Refused::NotHeld(wait))) => Some(wait),
        _ => None,
    }
}

/// Says which replicas refuse what the key seals, and for how long.
fn logged_out_by(wait: &Wait, now: Timestamp) -> String {
    match wait {
        Wait {
            until: Some(until), ..
        } => format!(
            "until {} any replica may lack the key, and refuses its sessions",
            moment(*until, now)
        ),
        Wait {
            reason: WaitReason::Standby { lagging, .. },
            ..
        } if !lagging.is_empty() => format!(
            "until they hold the key these refuse its sessions: {}",
            lagging.join(", ")
        ),
        _ => "no replica is known to hold the key, and each refuses its sessions until it does"
            .into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_refuses_the_sessions_of_a_key_that_is_early_is_said_as_far_as_it_is_known() {
        let now = Timestamp::from_stored(10_000_000);
        let wait = |until, lagging: &[&str]| Wait {
            until,
            reason: WaitReason::Standby {
                epoch: 7,
                lagging: lagging.iter().map(ToString::to_string).collect(),
            },
        };
        let timed = logged_out_by(&wait(Some(now.saturating_add(330)), &[]), now);
        assert!(timed.contains("(in 5 min 30 s) any replica"), "{timed}");
        let named = logged_out_by(&wait(None, &["web.1", "web.3"]), now);
        assert!(named.ends_with(": web.1, web.3"), "{named}");
        let unknown = logged_out_by(&wait(None, &[]), now);
        assert!(unknown.starts_with("no replica is known"), "{unknown}");
    }
}
