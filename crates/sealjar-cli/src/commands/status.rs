//! How is the ring, and what happens next?

mod fleet;
mod json;
mod list;
mod pending;
mod watch;

use clap::Args;
use sealjar::{Phase, Suite, Timestamp};
use sealjar_keeper::Report;
use sealjar_keeper::delivery::Delivery;
use sealjar_keeper::plan::KeyOutlook;
use sealjar_keeper::store::{Found, Place, RingStore};
use sealjar_keeper::{HumanDuration, Keeper};
use serde::Serialize;

use crate::change::{counted, object};
use crate::commands::OnStore;
use crate::config::Config;
use crate::output::exit::{Answer, CommandError, Exit};
use crate::output::page::{PLAIN, Page, style};
use crate::output::progress::Progress;
use crate::output::relative_time::{away, moment};
use crate::ring_file;

#[derive(Args, Debug)]
pub(crate) struct Status {
    /// Repeat every 2s, or every DURATION, until Ctrl-C
    #[arg(
        long,
        value_name = "DURATION",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "2s"
    )]
    watch: Option<HumanDuration>,
}

impl OnStore for Status {
    async fn run<S: RingStore>(
        self,
        keeper: Keeper<S>,
        config: &Config,
        _progress: &Progress,
    ) -> Result<Answer, CommandError> {
        match self.watch {
            None => look(&keeper).await,
            Some(every) => watch::go_on(&keeper, every, config.json).await,
        }
    }

    fn goes_on(&self) -> bool {
        self.watch.is_some()
    }
}

/// Looks once.
async fn look<S: RingStore>(keeper: &Keeper<S>) -> Result<Answer, CommandError> {
    let report = keeper.report().await?;
    if let Place::File(document) = &report.place {
        ring_file::warn_of_wide_document(document);
    }
    let view = RingView::of(&report);
    let mut answer = Answer::new(view.page(), object(view.json()));
    if view.trouble().is_some() || report.list.is_err() {
        answer.exit = Exit::Store;
    }
    Ok(answer)
}

/// A report, and what follows from it.
struct RingView<'a> {
    report: &'a Report,
    published_at: Option<Timestamp>,
    lagging: Vec<&'a str>,
    /// The last second in which the next rotation is in time, if that is over.
    overdue_since: Option<Timestamp>,
}

impl<'a> RingView<'a> {
    fn of(report: &'a Report) -> Self {
        let epoch = report.ring.epoch();
        let published_at = match &report.delivery {
            Delivery::Acknowledged(fleet) => {
                let published = fleet.published.filter(|(of, _)| *of == epoch);
                published.map(|(_, at)| at)
            }
            Delivery::Unacknowledged(publications) => {
                let finished = publications.finished().iter();
                finished.rev().find(|it| it.epoch == epoch).map(|it| it.at)
            }
        };
        let lagging = report.delivery.lagging(epoch);
        let expected_by = report.ring.rotation_expected_by();
        Self {
            report,
            published_at,
            lagging: lagging.map(|replica| replica.name.as_str()).collect(),
            overdue_since: expected_by.filter(|by| *by < report.now),
        }
    }

    fn page(&self) -> Page {
        let Report { ring, now, .. } = self.report;
        let mut page = Page::default();
        page.heading(format_args!("ring {}", ring.name()));
        page.fact("epoch", ring.epoch());
        page.fact("issued", moment(ring.issued_at(), *now));
        page.fact("policy", self.policy());
        pending::show(&mut page, self.report);
        page.fact("replicas", self.fleet());
        if let Place::Secret { name, keks } = &self.report.place {
            page.fact("secret", name);
            page.fact("keks at hand", keks.join(", "));
        }
        page.fact("delivery", self.delivery());
        if let Some(trouble) = self.trouble() {
            page.warning(format_args!("  {trouble}"));
            page.line(format_args!("  {}", self.report.found.hint()));
        }
        if !self.lagging.is_empty() {
            page.warning(format_args!("  lagging: {}", self.lagging.join(", ")));
        }
        page.fact("revocations", self.revocations());
        list::show(&mut page, self.report);
        page.fact(
            "rotation",
            format_args!("due {}", moment(self.report.outlook.rotation_due, *now)),
        );
        page.blank();
        page.note(format_args!(
            "  {:ID$}  {:PHASE$}  {:TIME$}  {:TIME$}  next",
            "key", "phase", "since", "until"
        ));
        for key in &self.report.outlook.keys {
            let (next, at) = self.next(key);
            let when = match (at, self.lagging.as_slice()) {
                (Some(at), _) => away(at, *now),
                (None, []) => "at the next turn".into(),
                (None, _) => "once replicas have the epoch".into(),
            };
            let until = key
                .until
                .map_or_else(|| "-".into(), |until| until.to_string());
            page.pieces(&[
                (PLAIN, &format_args!("  {:ID$}  ", key.id)),
                (style(key.phase), &format_args!("{:PHASE$}", key.phase)),
                (
                    PLAIN,
                    &format_args!(
                        "  {:TIME$}  {until:TIME$}  {} {when}",
                        key.since,
                        next.words()
                    ),
                ),
            ]);
        }
        if let Delivery::Acknowledged(fleet) = &self.report.delivery {
            page.blank();
            fleet::show(&mut page, fleet, ring.epoch());
        }
        if let Some(since) = self.overdue_since {
            page.blank();
            page.warning(format_args!(
                "the rotation is overdue since {}: {}",
                moment(since, *now),
                match self.lagging.as_slice() {
                    [] => "no keeper takes its turns",
                    _ => "it waits for the replicas that lag",
                }
            ));
            page.line(
                "`sealjar run` rotates from now on, `sealjar run --once` for now or says why not",
            );
        }
        page
    }

    fn policy(&self) -> String {
        let policy = &self.report.policy;
        let [every, lifetime, horizon] = [
            policy.timing().rotate_every,
            self.report.outlook.adoption.lifetime_now,
            policy.revocation_horizon(),
        ]
        .map(HumanDuration::from_secs);
        let suite = self.report.outlook.adoption.suite_now;
        let suite = suite.map_or("no key", Suite::as_str);
        format!(
            "a new key every {every}, tokens live {lifetime}, revocations are kept {horizon}, suite {suite}"
        )
    }

    /// Says what is wrong with what replicas read.
    fn trouble(&self) -> Option<String> {
        let place = match &self.report.place {
            Place::File(document) => document.display().to_string(),
            Place::Secret { name, .. } => format!("the secret {name}"),
            _ => return None,
        };
        match (&self.report.found, self.published_at) {
            (Found::Head, _) => None,
            // The next turn publishes the epoch, and until then the earlier one is the newest there
            // is.
            (Found::Older { .. }, None) => None,
            (found, _) => Some(format!("{place} is not what replicas should read: {found}")),
        }
    }

    fn fleet(&self) -> String {
        let timing = self.report.policy.timing();
        let [distribution, skew] = [timing.distribution, timing.skew].map(HumanDuration::from_secs);
        format!("a ring is everywhere within {distribution}, clocks differ by {skew} at most")
    }

    fn delivery(&self) -> String {
        let Report { outlook, now, .. } = self.report;
        match (&self.report.delivery, self.published_at, outlook.held_from) {
            (Delivery::Acknowledged(fleet), ..) => {
                let all = fleet.replicas().count();
                let have = all - self.lagging.len();
                match self.published_at {
                    Some(at) => format!("published {at}, {have} of {all} replicas have it"),
                    None => format!("on its way, {have} of {all} replicas have it"),
                }
            }
            (_, Some(published), Some(held)) if held <= *now => {
                format!(
                    "published {published}, on every replica since {}",
                    moment(held, *now)
                )
            }
            (_, Some(published), Some(held)) => {
                format!(
                    "published {published}, on every replica {}",
                    away(held, *now)
                )
            }
            _ => "not published yet, the keeper's next turn does that".into(),
        }
    }

    fn revocations(&self) -> String {
        let revocations = self.report.ring.revocations();
        let mut text = format!(
            "{}, {}, of {} at most",
            counted(revocations.subject_entries(), "subject"),
            counted(revocations.session_entries(), "session"),
            sealjar::Revocations::MAX_ENTRIES
        );
        if let Some(floor) = revocations.floor {
            text += &format!("; everyone born before {floor}");
        }
        text
    }

    /// Returns what happens to a key next, and when; no time where that is up to the next turn.
    fn next(&self, key: &KeyOutlook) -> (Next, Option<Timestamp>) {
        let Report { outlook, now, .. } = self.report;
        let until = key.until.filter(|_| outlook.rotation_due > *now);
        let (next, at) = match (key.phase, key.gone_from) {
            (Phase::Standby, _) => (Next::Seals, until),
            (Phase::Staged, _) => (Next::Seals, key.until),
            (Phase::Sealing, _) => (Next::MakesWay, until),
            (_, Some(gone)) => (Next::Goes, Some(gone)),
            (_, None) => (Next::Ends, outlook.held_from),
        };
        (next, at.filter(|at| at > now))
    }
}

/// What happens to a key next.
#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
enum Next {
    /// It is given the time until which it seals and opens.
    Ends,
    /// It can be dropped.
    Goes,
    /// Another one seals.
    MakesWay,
    /// It seals.
    Seals,
}

impl Next {
    const fn words(self) -> &'static str {
        match self {
            Self::Ends => "gets its end",
            Self::Goes => "can go",
            Self::MakesWay => "makes way",
            Self::Seals => "seals",
        }
    }
}

const ID: usize = 22;
const PHASE: usize = 8;
const TIME: usize = 20;
