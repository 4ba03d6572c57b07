//! How does a ring begin, and what does a person do with it next?

use std::path::Path;

use clap::Args;
use sealjar_keeper::Keeper;
use sealjar_keeper::store::{Place, RingStore};
use sealjar_swarm::store::SwarmStore;

use crate::address::StoreAddress;
use crate::change;
use crate::commands::OnStore;
use crate::config::Config;
use crate::deliver::deliver;
use crate::name::name;
use crate::output::exit::{Answer, CommandError, Exit};
use crate::output::page::Page;
use crate::output::progress::Progress;

#[derive(Args, Debug)]
pub(crate) struct Init {
    /// Name of the ring: 1 to 24 of a-z, 0-9 and -; by default web, or what follows `swarm:`
    #[arg(long, value_name = "NAME")]
    ring: Option<String>,
    /// Application that uses the ring, by the name that its jar is built with; repeat for more
    #[arg(long = "app", value_name = "APP", value_parser = name)]
    apps: Vec<String>,
    /// Print what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
}

impl OnStore for Init {
    async fn run<S: RingStore>(
        self,
        keeper: Keeper<S>,
        config: &Config,
        progress: &Progress,
    ) -> Result<Answer, CommandError> {
        let ring = self.name(&config.store)?;
        let keeper = keeper.apps(self.apps.iter().chain(&config.apps).cloned());
        if self.dry_run {
            return Ok(change::dry_run(&keeper.preview_init(ring).await?));
        }
        let made = keeper.init(ring).await?;
        deliver(&keeper, made.ring.epoch(), &made.steps, progress).await?;
        let mut answer = change::describe(&made.ring, &made.steps, true);
        answer.page.blank();
        answer.page.heading("next");
        match keeper.report().await?.place {
            Place::File(path) => {
                let path = std::path::absolute(&path).unwrap_or(path);
                mount_file(&mut answer.page, &path);
                let document = path.to_string_lossy().into_owned();
                answer.json.insert("document".into(), document.into());
            }
            Place::Secret { name, keks } => {
                mount_secrets(&mut answer.page, ring, &name, &keks, &config.swarm.services);
                answer.json.insert("secret".into(), name.into());
                answer.json.insert("keks".into(), keks.into());
            }
            _ => {}
        }
        Ok(answer)
    }
}

impl Init {
    fn name<'a>(&'a self, store: &'a StoreAddress) -> Result<&'a str, CommandError> {
        match (store, self.ring.as_deref()) {
            (StoreAddress::Swarm(ring), Some(other)) if other != ring => {
                let message = format!("{store} is no place for a ring named \"{other}\"");
                Err(CommandError::new(Exit::Usage, "usage", message)
                    .hint(format!("leave --ring out, or write --store swarm:{other}")))
            }
            (StoreAddress::Swarm(ring), _) => Ok(ring),
            (StoreAddress::File(_), ring) => Ok(ring.unwrap_or("web")),
        }
    }
}

/// Says how replicas in files get the ring.
fn mount_file(page: &mut Page, path: &Path) {
    let document = path.display();
    page.fact("replicas", format_args!("SEALJAR_RING={document}"));
    page.fact(
        "",
        "in containers mount its directory, read-only, not the file:",
    );
    page.fact("", "each epoch is a new file");
    page.fact("their group", format_args!("chgrp GROUP {document}"));
    page.fact("", format_args!("chmod 0640 {document}"));
    page.fact("", "the keeper keeps both; other users stay out");
    page.fact(
        "the keeper",
        format_args!("sealjar run --store file:{document}"),
    );
    page.fact("", format_args!("{document}.keeper is for it alone"));
}

/// Says what to add to the stack files of the services and of the keeper.
fn mount_secrets(page: &mut Page, ring: &str, secret: &str, keks: &[String], services: &[String]) {
    let target = SwarmStore::TARGET;
    page.item("in the stack file of each service that seals sessions:");
    page.blank();
    for line in [
        "services:",
        "  web:",
        "    secrets:",
        &format!("      - source: {target}"),
        &format!("        target: {target}"),
        "secrets:",
        &format!("  {target}:"),
        "    external: true",
        "    name: ${SESSION_RING:?see the head of the ring}",
    ] {
        page.line(format_args!("    {line}"));
    }
    page.blank();
    page.item("before each `docker stack deploy`, for every epoch is another secret:");
    page.blank();
    page.line(format_args!(
        "    export SESSION_RING=$(docker config inspect -f '{{{{.Spec.Labels.secret}}}}' sealjar.{ring}.head)"
    ));
    page.blank();
    page.item(format_args!("which is {secret} now"));
    page.blank();
    page.item("in the stack file of the keeper:");
    page.blank();
    let kek = keks.first().map_or("sealjar.RING.kek.*", String::as_str);
    let services = match services {
        [] => "STACK_SERVICE,...".into(),
        listed => listed.join(","),
    };
    for line in [
        "services:",
        "  keeper:",
        "    environment:",
        &format!("      SEALJAR_STORE: swarm:{ring}"),
        &format!("      SEALJAR_SERVICES: {services}"),
        "    secrets:",
        &format!("      - {kek}"),
        "secrets:",
        &format!("  {kek}:"),
        "    external: true",
    ] {
        page.line(format_args!("    {line}"));
    }
}
