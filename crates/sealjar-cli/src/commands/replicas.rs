//! Which replicas ask the keeper that runs here, and what if one is gone for good?

use clap::Args;
use sealjar_follow::Instance;
use sealjar_keeper::__program::escaped;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::change::{counted, object};
use crate::config;
use crate::flags::{CommonFlags, Listen};
use crate::output::exit::{Answer, CommandError, Exit};
use crate::output::page::Page;
use crate::probe::{ProbeError, Question, forget, probe};

#[derive(Args, Debug)]
pub(crate) struct Replicas {
    #[command(flatten)]
    listen: Listen,
}

#[derive(Args, Debug)]
pub(crate) struct Forget {
    /// Instance that is gone for good, as `sealjar replicas` shows it
    #[arg(value_name = "INSTANCE")]
    instance: Instance,
    #[command(flatten)]
    listen: Listen,
}

/// What a keeper says.
#[derive(Deserialize)]
struct Said {
    listens_for_seconds: u64,
    replicas: Vec<Replica>,
}

#[derive(Deserialize)]
struct Replica {
    instance: String,
    name: String,
    epoch: Option<u64>,
    heard_seconds_ago: u64,
    lost: bool,
}

impl Replicas {
    pub(crate) async fn run(self, place: &CommonFlags) -> Result<Answer, CommandError> {
        let address = self.listen.or(config::listen(place)?);
        let text = probe(address, Question::Replicas)
            .await
            .map_err(|error| failed(&error))?;
        let said: Value = serde_json::from_str(&text).map_err(|_| strange())?;
        let read = Said::deserialize(&said).map_err(|_| strange())?;
        Ok(Answer::new(page_of(&read), object(said)))
    }
}

impl Forget {
    pub(crate) async fn run(self, place: &CommonFlags) -> Result<Answer, CommandError> {
        let address = self.listen.or(config::listen(place)?);
        forget(address, self.instance)
            .await
            .map_err(|error| failed(&error))?;
        let mut page = Page::default();
        page.line(format_args!("{} is waited for no longer", self.instance));
        page.item("repeat this at each keeper; a replica that asks again counts again");
        let json = object(json!({ "forgotten": self.instance.to_string() }));
        Ok(Answer::new(page, json))
    }
}

fn page_of(said: &Said) -> Page {
    let mut page = Page::default();
    page.heading(counted(said.replicas.len(), "replica"));
    for it in &said.replicas {
        let epoch = match it.epoch {
            Some(epoch) => format!("epoch {epoch}"),
            None => "nothing taken yet".into(),
        };
        // A replica may call itself anything.
        let (instance, name) = (&it.instance, escaped(&it.name));
        let line = format!(
            "{instance}  {name}: {epoch}, heard of {} s ago",
            it.heard_seconds_ago
        );
        if it.lost {
            page.warning(format_args!("  {line}, lost: nobody waits for it"));
        } else {
            page.item(line);
        }
    }
    if said.listens_for_seconds > 0 {
        page.item(format_args!(
            "this keeper listens for {} s more before it decides what replicas hold",
            said.listens_for_seconds
        ));
    }
    page
}

fn failed(error: &ProbeError) -> CommandError {
    let failed = CommandError::new(Exit::Store, error.kind(), error.to_string());
    failed.hint(error.hint())
}

fn strange() -> CommandError {
    let message = "the keeper's answer is none that this program knows";
    CommandError::new(Exit::Store, "foreign", message).hint("run both in the same version")
}
