//! How does a keeper run, for ever or for one turn?

use std::net::SocketAddr;

use clap::Args;
use sealjar::Timestamp;
use sealjar_keeper::Keeper;
use sealjar_keeper::Turn;
use sealjar_keeper::plan::{Plan, Wait, WaitReason};
use sealjar_keeper::store::RingStore;
use sealjar_keeper::{Daemon, DaemonError};
use serde_json::{Map, Value, json};
use tracing_subscriber::EnvFilter;

use crate::change;
use crate::clock::Clock;
use crate::commands::OnStore;
use crate::deliver::deliver;
use crate::flags::Listen;
use crate::output::exit::{Answer, Exit, Failure};
use crate::output::page::Page;
use crate::output::progress::Progress;
use crate::output::relative_time::moment;
use crate::output::terminal::{self, Log};
use crate::settings::Settings;

#[derive(Args, Debug)]
pub(crate) struct Run {
    /// Take one turn, print what comes next, and exit
    #[arg(long)]
    once: bool,
    /// With --once: print what the turn would do, and do nothing
    #[arg(long, requires = "once")]
    dry_run: bool,
    #[command(flatten)]
    clock: Clock,
    #[command(flatten)]
    listen: Listen,
    /// Do not serve /healthz and /metrics
    #[arg(long)]
    no_listen: bool,
}

impl OnStore for Run {
    async fn run<S: RingStore>(
        self,
        keeper: Keeper<S>,
        settings: &Settings,
        progress: &Progress,
    ) -> Result<Answer, Failure> {
        if self.clock.is_right() && !self.once {
            // For ever it would find out no more that the clock goes wrong.
            let message = "--clock-is-right is for one turn";
            return Err(Failure::new(Exit::Usage, "usage", message)
                .hint("`sealjar run --once --clock-is-right`, then run as ever"));
        }
        let keeper = self.clock.of(keeper);
        match self {
            Self { dry_run: true, .. } => preview(&keeper).await,
            Self { once: true, .. } => turn(&keeper, progress).await,
            Self { no_listen, .. } => {
                let address = self.listen.or(settings.listen);
                log(settings.json);
                go_on(keeper, (!no_listen).then_some(address)).await
            }
        }
    }

    fn goes_on(&self) -> bool {
        !self.once
    }
}

async fn preview<S: RingStore>(keeper: &Keeper<S>) -> Result<Answer, Failure> {
    match keeper.preview_turn().await? {
        Plan::Commit(change) => Ok(change::dry_run(&change)),
        Plan::Wait(wait) => {
            let report = keeper.report().await?;
            let mut answer = change::unchanged(&report.ring);
            add(&mut answer, &wait, report.now);
            Ok(answer)
        }
    }
}

async fn turn<S: RingStore>(keeper: &Keeper<S>, progress: &Progress) -> Result<Answer, Failure> {
    let mut turn = keeper.turn().await?;
    if matches!(turn.wait.reason, WaitReason::Publication(_)) {
        deliver(keeper, turn.ring.epoch(), progress).await?;
        // Nothing was decided before the head was where replicas look.
        let Turn { steps, mended, .. } = turn;
        turn = keeper.turn().await?;
        turn.steps.splice(..0, steps);
        turn.published = true;
        turn.mended |= mended;
    }
    let mut answer = match turn.steps.is_empty() {
        true => change::unchanged(&turn.ring),
        false => change::describe(&turn.ring, &turn.steps, true),
    };
    if turn.mended {
        let what = "what replicas look at was not as published, and is put right";
        answer.page.warning(format_args!("  {what}"));
    } else if turn.published {
        answer.page.item("published");
    }
    answer
        .json
        .insert("published".into(), turn.published.into());
    answer.json.insert("mended".into(), turn.mended.into());
    let now = Timestamp::now().unwrap_or(turn.ring.issued_at());
    add(&mut answer, &turn.wait, now);
    Ok(answer)
}

async fn go_on<S: RingStore>(
    keeper: Keeper<S>,
    listen: Option<SocketAddr>,
) -> Result<Answer, Failure> {
    let daemon = Daemon::new(keeper);
    let daemon = match listen {
        Some(address) => daemon.listen(address),
        None => daemon,
    };
    match daemon.run().await {
        Ok(()) => Ok(Answer::new(Page::default(), Map::new())),
        Err(DaemonError::FirstTurn(error)) => Err(error.into()),
        Err(error) => {
            let message = error.to_string();
            Err(Failure::new(Exit::Unexpected, "daemon", message).hint(error.hint()))
        }
    }
}

/// Says what comes next.
fn add(answer: &mut Answer, wait: &Wait, now: Timestamp) {
    let when = wait.until.map(|until| moment(until, now));
    let when = when.unwrap_or_else(|| "no time is known".into());
    let (reason, key, lagging) = match &wait.reason {
        WaitReason::Drop(key) => {
            answer
                .page
                .item(format_args!("next: key {key} can go, {when}"));
            ("drop", Some(key), [].as_slice())
        }
        WaitReason::End(key) => {
            answer
                .page
                .item(format_args!("next: key {key} gets its end, {when}"));
            ("end", Some(key), [].as_slice())
        }
        WaitReason::Standby { epoch, lagging } => {
            answer.page.item(format_args!(
                "next: the rotation, which waits until every replica holds epoch {epoch}, {when}"
            ));
            for replica in lagging {
                answer.page.warning(format_args!("  lags: {replica}"));
            }
            ("standby", None, lagging.as_slice())
        }
        WaitReason::Publication(what) => {
            answer
                .page
                .item(format_args!("next: the publication goes on, {what}"));
            ("publication", None, [].as_slice())
        }
        WaitReason::Policy => {
            answer
                .page
                .item(format_args!("next: the ring takes the new policy, {when}"));
            ("policy", None, [].as_slice())
        }
        _ => {
            answer.page.item(format_args!("next: the rotation, {when}"));
            ("rotation", None, [].as_slice())
        }
    };
    let wait: Value = json!({
        "reason": reason,
        "until": wait.until.map(|until| until.to_string()),
        "key": key.map(ToString::to_string),
        "lagging": lagging,
    });
    answer.json.insert("wait".into(), wait);
}

/// Sends what the daemon has to say to standard error, as lines or as JSON. `RUST_LOG` chooses how much.
fn log(json: bool) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(Log { json });
    if json {
        log.json().flatten_event(true).init();
    } else {
        log.with_ansi(terminal::is_watched()).init();
    }
}
