//! How does a person put keys, people and sessions out of use?

mod named;

use std::collections::BTreeSet;

use clap::{ArgGroup, Args};
use sealjar::KeyId;
use sealjar_keeper::Report;
use sealjar_keeper::plan::{Begins, Change, Situation};
use sealjar_keeper::store::RingStore;
use sealjar_keeper::{HumanDuration, Keeper, Refused};
use serde_json::json;

use crate::change;
use crate::clock::Clock;
use crate::commands::OnStore;
pub(crate) use crate::commands::revoke::named::SessionIdError;
use crate::commands::revoke::named::{Before, SessionId};
use crate::config::Config;
use crate::deliver::deliver;
use crate::flags::Fast;
use crate::name::name;
use crate::output::exit::{Answer, CommandError, Exit};
use crate::output::progress::Progress;
use crate::output::relative_time::moment;

#[derive(Args, Debug)]
#[command(group = ArgGroup::new("what").args(["keys", "all", "subject", "session", "before"]).required(true).multiple(true))]
pub(crate) struct Revoke {
    /// Leaked keys: refuse everything they sealed, and let the standby take over
    #[arg(value_name = "KEY-ID", conflicts_with_all = ["all", "subject", "session", "before"])]
    keys: Vec<KeyId>,
    /// Revoke every key, because the whole ring has leaked; logs everyone out
    #[arg(long, conflicts_with_all = ["subject", "session", "before"])]
    all: bool,
    /// Log one person out: refuse the sessions born before now, or before --before
    #[arg(
        long,
        value_name = "SUBJECT",
        value_parser = name,
        requires = "app",
        conflicts_with = "session"
    )]
    subject: Option<String>,
    /// Application of that person, by the name that its jar is built with: `shop-prod`
    #[arg(long, value_name = "APP", value_parser = name, requires = "subject")]
    app: Option<String>,
    /// Refuse one session, by the 16 hexadecimal digits that logs and `inspect` show
    #[arg(long, value_name = "ID", conflicts_with = "before")]
    session: Option<SessionId>,
    /// Log out everyone whose session was born before a time: `now`, or such as
    /// 2026-11-22T05:00:00Z
    #[arg(long, value_name = "TIME")]
    before: Option<Before>,
    /// Do not ask before logging people out, nor about an application that is not known here
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

impl Revoke {
    fn decide(&self, situation: &Situation<'_>) -> Result<Change, Refused> {
        let before = self.before.and_then(|Before(time)| time);
        match self {
            Self {
                subject: Some(subject),
                app: Some(app),
                ..
            } => situation.revoke_subject(app, subject, before),
            Self {
                session: Some(SessionId(id)),
                ..
            } => situation.revoke_session(*id),
            Self {
                before: Some(_), ..
            } => situation.raise_floor(before),
            Self { all: true, .. } => situation.revoke_all(),
            Self { keys, .. } => situation.revoke_keys(keys),
        }
    }

    /// Warns if raising the floor now misses sessions that were forged under a key that has been
    /// revoked.
    async fn warn_of_forged<S: RingStore>(
        &self,
        keeper: &Keeper<S>,
        answer: &mut Answer,
    ) -> Result<(), CommandError> {
        let is_for_everyone = self.subject.is_none() && self.before == Some(Before(None));
        if !is_for_everyone {
            return Ok(());
        }
        let report = keeper.report().await?;
        let exact = report.outlook.ends_forged;
        if exact != Begins::Already {
            answer.page.warning(format_args!(
                "  this may miss sessions that were forged under a revoked key: replicas seal them again \
                 until they have the ring"
            ));
            answer.page.line(format_args!(
                "  to end those too, repeat `{SECOND_COMMAND}` {}",
                from(&report)
            ));
        }
        insert_exact_from(answer, exact);
        Ok(())
    }

    /// Whether others are logged out than the one person or session that is named.
    const fn asks(&self) -> bool {
        self.subject.is_none() && self.session.is_none()
    }
}

impl OnStore for Revoke {
    fn is_fast(&self) -> bool {
        self.fast.fast
    }

    async fn run<S: RingStore>(
        self,
        keeper: Keeper<S>,
        config: &Config,
        progress: &Progress,
    ) -> Result<Answer, CommandError> {
        let keeper = self.clock.of(keeper);
        let decide = |situation: &Situation<'_>| self.decide(situation);
        let unknown = match &self.app {
            Some(app) if !self.yes => unknown_app(&keeper, config, app).await?,
            _ => None,
        };
        if self.dry_run || (self.asks() && !self.yes) {
            let change = keeper.preview(&decide).await?;
            if self.dry_run {
                let mut answer = change::dry_run(&change);
                self.warn_of_forged(&keeper, &mut answer).await?;
                if let Some(unknown) = unknown {
                    let page = &mut answer.page;
                    page.warning(format_args!("  it would ask for --yes: {unknown}"));
                }
                return Ok(answer);
            }
            let mut described = change::describe(&change.ring, &change.steps, false);
            self.warn_of_forged(&keeper, &mut described).await?;
            return Err(
                change::unconfirmed(&change, "add --yes to continue; nothing was changed")
                    .after(described),
            );
        }
        if let Some(unknown) = unknown {
            return Err(CommandError::new(Exit::Refused, "unknown_app", unknown).hint(
                "correct --app, or add --yes if a jar is built with this name: it is known from then on. \
                 Nothing was changed",
            ));
        }
        let change = keeper.change(&decide).await?;
        let arrival = deliver(&keeper, change.ring.epoch(), &change.steps, progress).await?;
        let mut answer = change::made(&change, &arrival);
        if let Some(who) = change::logged_out_by(&change) {
            answer.page.warning(format_args!("  logged out: {who}"));
        }
        self.warn_of_forged(&keeper, &mut answer).await?;
        if !self.keys.is_empty() {
            name_second_command(&keeper, &mut answer).await?;
        }
        Ok(answer)
    }
}

/// Names the command that ends what the revocation of a key cannot end, and from when on.
async fn name_second_command<S: RingStore>(
    keeper: &Keeper<S>,
    answer: &mut Answer,
) -> Result<(), CommandError> {
    let report = keeper.report().await?;
    let exact = report.outlook.ends_forged;
    answer.page.line(
        "  this does not end sessions that were forged under the key and that a replica has sealed again since",
    );
    answer.page.line(format_args!(
        "  if anybody may have used the key: `{SECOND_COMMAND}` {}; it logs everyone out",
        from(&report)
    ));
    insert_exact_from(answer, exact);
    Ok(())
}

/// From when on the second command ends everything that was forged.
fn from(report: &Report) -> String {
    match report.outlook.ends_forged {
        Begins::Already => "now".into(),
        Begins::At(time) => format!("from {} on", moment(time, report.now)),
        Begins::OnceHeld => {
            let skew = report.policy.timing().skew.max(report.ring.timing().skew);
            let margin = HumanDuration::from_secs(skew.saturating_mul(2).saturating_add(1));
            format!("{margin} after `sealjar status` shows that every replica has the ring")
        }
    }
}

fn insert_exact_from(answer: &mut Answer, exact: Begins) {
    let time = exact.time().map(|time| time.to_string());
    let json = json!({ "exact": exact == Begins::Already, "from": time });
    answer.json.insert("ends_forged".into(), json);
}

const SECOND_COMMAND: &str = "sealjar revoke --before now --yes";

/// Says that a jar of this name may not exist, where neither the ring nor the configuration names
/// it.
///
/// Revoking somebody where nobody is would look like a success.
async fn unknown_app<S: RingStore>(
    keeper: &Keeper<S>,
    config: &Config,
    app: &str,
) -> Result<Option<String>, CommandError> {
    let ring = keeper.report().await?.ring;
    let written = config.apps.iter().map(String::as_str);
    let known: BTreeSet<&str> = ring.apps().chain(written).collect();
    if known.contains(app) {
        return Ok(None);
    }
    let known: Vec<&str> = known.into_iter().collect();
    Ok(Some(match known.as_slice() {
        [] => format!("is \"{app}\" the name of an application? None is known here yet"),
        known => format!(
            "no application \"{app}\" is known here, but these are: {}",
            known.join(", ")
        ),
    }))
}
