//! How does a keeper run, for ever or for one turn?

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use sealjar::Timestamp;
use sealjar_follow::SpeakerKey;
use sealjar_keeper::__program::read_file;
use sealjar_keeper::Keeper;
use sealjar_keeper::Turn;
use sealjar_keeper::plan::{Plan, Wait, WaitReason};
use sealjar_keeper::store::RingStore;
use sealjar_keeper::{Daemon, DaemonError};
use serde_json::{Map, json};
use tracing_subscriber::EnvFilter;

use crate::change;
use crate::clock::Clock;
use crate::commands::OnStore;
use crate::config::Config;
use crate::deliver::deliver;
use crate::flags::{Listen, Serve};
use crate::output::exit::{Answer, CommandError, Exit};
use crate::output::page::Page;
use crate::output::progress::Progress;
use crate::output::relative_time::moment;
use crate::output::terminal::{self, Log};

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
    #[command(flatten)]
    serve: Serve,
}

impl OnStore for Run {
    async fn run<S: RingStore>(
        self,
        keeper: Keeper<S>,
        config: &Config,
        progress: &Progress,
    ) -> Result<Answer, CommandError> {
        if self.clock.is_right() && !self.once {
            // For ever it would find out no more that the clock goes wrong.
            let message = "--clock-is-right is for one turn";
            return Err(CommandError::new(Exit::Usage, "usage", message)
                .hint("`sealjar run --once --clock-is-right`, then run as ever"));
        }
        let keeper = self.clock.of(keeper);
        match self {
            Self { dry_run: true, .. } => preview(&keeper).await,
            Self { once: true, .. } => turn(&keeper, progress).await,
            Self { no_listen, .. } => {
                let address = self.listen.or(config.listen);
                let following = following(self.serve, config)?;
                log(config.json);
                go_on(keeper, (!no_listen).then_some(address), following).await
            }
        }
    }

    fn goes_on(&self) -> bool {
        !self.once
    }
}

async fn preview<S: RingStore>(keeper: &Keeper<S>) -> Result<Answer, CommandError> {
    match keeper.preview_turn().await? {
        Plan::Commit(change) => Ok(change::dry_run(&change)),
        Plan::Wait(wait) => {
            let report = keeper.report().await?;
            let mut answer = change::unchanged(&report.ring);
            add_wait(&mut answer, &wait, report.now);
            Ok(answer)
        }
    }
}

async fn turn<S: RingStore>(
    keeper: &Keeper<S>,
    progress: &Progress,
) -> Result<Answer, CommandError> {
    let mut turn = keeper.turn().await?;
    if matches!(turn.wait.reason, WaitReason::Publication(_)) {
        deliver(keeper, turn.ring.epoch(), &turn.steps, progress).await?;
        // Nothing was decided before the head was where replicas look.
        let Turn { steps, mended, .. } = turn;
        turn = keeper.turn().await?;
        turn.steps.splice(..0, steps);
        turn.published = true;
        turn.mended |= mended;
    }
    let mut answer = if turn.steps.is_empty() {
        change::unchanged(&turn.ring)
    } else {
        change::describe(&turn.ring, &turn.steps, true)
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
    add_wait(&mut answer, &turn.wait, now);
    Ok(answer)
}

async fn go_on<S: RingStore>(
    keeper: Keeper<S>,
    listen: Option<SocketAddr>,
    following: Option<(SocketAddr, Vec<SpeakerKey>)>,
) -> Result<Answer, CommandError> {
    let daemon = Daemon::new(keeper);
    let daemon = match listen {
        Some(address) => daemon.listen(address),
        None => daemon,
    };
    let daemon = match following {
        Some((address, keys)) => daemon.serve(address, keys),
        None => daemon,
    };
    match daemon.run().await {
        Ok(()) => Ok(Answer::new(Page::default(), Map::new())),
        Err(DaemonError::FirstTurn(error)) => Err(error.into()),
        Err(error) => {
            let message = error.to_string();
            Err(CommandError::new(Exit::Unexpected, "daemon", message).hint(error.hint()))
        }
    }
}

/// Reads the keys to answer replicas under. Flags win over the configuration file.
fn following(
    flags: Serve,
    config: &Config,
) -> Result<Option<(SocketAddr, Vec<SpeakerKey>)>, CommandError> {
    let files = match flags.speaker_keys {
        given if given.is_empty() => config.speaker_keys.clone(),
        given => given,
    };
    let usage = |message: String| CommandError::new(Exit::Usage, "usage", message);
    let Some(address) = flags.serve.or(config.serve) else {
        return match files.first() {
            Some(_) => Err(
                usage("there is a key to answer replicas under, and no address".into())
                    .hint("add --serve ADDRESS, or leave the key out"),
            ),
            None => Ok(None),
        };
    };
    if !(1..=2).contains(&files.len()) {
        return Err(usage(format!(
            "replicas are answered under one key, or under two while they get another, and not under {}",
            files.len()
        ))
        .hint("name the file that `sealjar new-delivery-key` made with --speaker-key"));
    }
    let read = |path: &PathBuf| {
        let text = read_file(path, LONGEST_KEY).map_err(|error| {
            usage(format!("cannot read {}: {error}", path.display()))
                .hint("name the file that `sealjar new-delivery-key` made with --speaker-key")
        })?;
        SpeakerKey::from_bytes(&text)
            .map_err(|error| usage(format!("{}: {error}", path.display())).hint(error.hint()))
    };
    let keys: Vec<SpeakerKey> = files.iter().map(read).collect::<Result<_, _>>()?;
    Ok(Some((address, keys)))
}

/// Adds what a turn waits for.
fn add_wait(answer: &mut Answer, wait: &Wait, now: Timestamp) {
    let when = wait.until.map(|until| moment(until, now));
    let when = when.unwrap_or_else(|| "no time is known".into());
    let (name, next) = match &wait.reason {
        WaitReason::Drop(key) => ("drop", format!("key {key} can go, {when}")),
        WaitReason::End(key) => ("end", format!("key {key} gets its end, {when}")),
        WaitReason::Listening => (
            "listening",
            format!("replicas get the time to say what they hold, {when}"),
        ),
        WaitReason::Policy => ("policy", format!("the ring takes the new policy, {when}")),
        WaitReason::Publication(what) => {
            ("publication", format!("the publication continues, {what}"))
        }
        WaitReason::Standby { epoch, .. } => (
            "standby",
            format!("the rotation, which waits until every replica holds epoch {epoch}, {when}"),
        ),
        _ => ("rotation", format!("the rotation, {when}")),
    };
    answer.page.item(format_args!("next: {next}"));
    let key = match &wait.reason {
        WaitReason::Drop(key) | WaitReason::End(key) => Some(key.to_string()),
        _ => None,
    };
    let lagging = match &wait.reason {
        WaitReason::Standby { lagging, .. } => lagging.as_slice(),
        _ => &[],
    };
    for replica in lagging {
        answer.page.warning(format_args!("  lags: {replica}"));
    }
    let until = wait.until.map(|until| until.to_string());
    let json = json!({ "reason": name, "until": until, "key": key, "lagging": lagging });
    answer.json.insert("wait".into(), json);
}

/// Sends what the daemon has to say to standard error, as lines or as JSON. `RUST_LOG` chooses how
/// much.
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

/// Far more than a key has, so that another file is seen to be another.
const LONGEST_KEY: usize = 4096;
