//! What would hurt, in the swarm that a ring is kept in?

use clap::Args;
use sealjar_keeper::policy::{PolicySettings, RotationPolicy};
use sealjar_keeper::store::StoreError;
use sealjar_keeper::{HumanDuration, KeeperError};
use sealjar_swarm::doctor::{CHECKS, Facts, Finding, Target, Weight};
use sealjar_swarm::engine::Engine;
use serde_json::json;

use crate::address::StoreAddress;
use crate::change::{counted, object};
use crate::config::Config;
use crate::flags::{ClockFlags, CommonFlags, SwarmFlags};
use crate::output::exit::{Answer, CommandError, Exit};
use crate::output::page::{BOLD, GREEN, PLAIN, Page, RED, YELLOW};
use crate::output::progress::Progress;
use crate::stores::engine;

#[derive(Args, Debug)]
#[command(after_help = list(), mut_arg("kek", |kek| kek.hide(true)))]
pub(crate) struct Doctor {
    #[command(flatten)]
    clocks: ClockFlags,
    /// Interval at which Traefik polls the Swarm; read from its service if it runs there, else 15s
    #[arg(long, value_name = "DURATION")]
    traefik_poll: Option<HumanDuration>,
    #[command(flatten)]
    swarm: SwarmFlags,
}

impl Doctor {
    pub(crate) async fn run(self, place: CommonFlags) -> Result<Answer, CommandError> {
        let policy = PolicySettings {
            skew: self.clocks.skew,
            ..PolicySettings::default()
        };
        let config = Config::gather(place, policy, self.swarm)?;
        let StoreAddress::Swarm(ring) = &config.store else {
            let message = format!("{} is in no swarm that could be looked at", config.store);
            return Err(CommandError::new(Exit::Usage, "usage", message)
                .hint("give --store swarm:RING, or `sealjar status` for a ring in a file"));
        };
        let skew = HumanDuration::from_secs(RotationPolicy::default().timing().skew);
        let subject = Target {
            ring: ring.clone(),
            services: config.swarm.services,
            skew: config.policy.skew.unwrap_or(skew),
            traefik_poll: self.traefik_poll,
        };
        let engine = engine()?;
        let progress = Progress::with(&config.store, config.json);
        let facts = Facts::gather(&engine, subject).await;
        drop(progress);
        let facts = facts.map_err(|error| KeeperError::from(StoreError::from(error)))?;
        Ok(Diagnosis::of(&facts).answer(&engine))
    }
}

/// What was looked at, and what was found.
struct Diagnosis<'a> {
    facts: &'a Facts,
    findings: Vec<Finding>,
    /// The checks that found nothing.
    well: Vec<&'static str>,
}

impl<'a> Diagnosis<'a> {
    fn of(facts: &'a Facts) -> Self {
        let (mut findings, mut well) = (Vec::new(), Vec::new());
        for check in CHECKS {
            match check.run(facts) {
                found if found.is_empty() => well.push(check.name),
                found => findings.extend(found),
            }
        }
        findings.sort_by_key(|it| it.weight == Weight::Note);
        Self {
            facts,
            findings,
            well,
        }
    }

    fn answer(&self, engine: &Engine) -> Answer {
        let hurts = self.hurts();
        let json = json!({
            "ring": self.facts.subject().ring,
            "services": self.facts.looked_at(),
            "hurts": hurts > 0,
            "findings": self.findings,
            "well": self.well,
        });
        let mut answer = Answer::new(self.page(engine), object(json));
        if hurts > 0 {
            answer.exit = Exit::Hurts;
        }
        answer
    }

    fn hurts(&self) -> usize {
        let weights = self.findings.iter().map(|it| it.weight);
        weights.filter(|it| *it == Weight::Hurts).count()
    }

    fn page(&self, engine: &Engine) -> Page {
        let mut page = Page::default();
        page.heading(format_args!("ring {}", self.facts.subject().ring));
        page.fact("engine", engine.host());
        page.fact("services", listed(&self.facts.looked_at()));
        for finding in &self.findings {
            let (style, word) = match finding.weight {
                Weight::Hurts => (RED, "hurts"),
                Weight::Note => (YELLOW, "note"),
            };
            let about = finding.service.as_deref().unwrap_or("swarm");
            page.blank();
            page.pieces(&[
                (style, &word),
                (PLAIN, &"  "),
                (BOLD, &about),
                (PLAIN, &format_args!(": {}", finding.what)),
            ]);
            page.fact("why", finding.why);
            page.fact("do", &finding.fix);
        }
        page.blank();
        page.fact("well", listed(&self.well));
        match self.hurts() {
            0 => page.fact_of("found", &[(GREEN, &"nothing that hurts")]),
            hurts => page.fact_of(
                "found",
                &[(RED, &format_args!("{} that hurt", counted(hurts, "thing")))],
            ),
        }
        page
    }
}

fn listed<T: AsRef<str>>(words: &[T]) -> String {
    match words {
        [] => "none".into(),
        words => words
            .iter()
            .map(AsRef::as_ref)
            .collect::<Vec<_>>()
            .join(", "),
    }
}

/// Says what is looked at, for `--help`.
fn list() -> String {
    let lines = CHECKS
        .iter()
        .map(|check| format!("\n  {:12} {}", check.name, check.about));
    format!("What is looked at:{}", lines.collect::<String>())
}
