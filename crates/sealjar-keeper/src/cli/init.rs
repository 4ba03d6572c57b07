//! How does a ring begin, and what does a person do with it next?

use clap::Args;
use sealjar_keeper::Keeper;
use sealjar_keeper::store::RingStore;

use crate::cli::address::StoreAddress;
use crate::cli::outcome::{Answer, Failure};
use crate::cli::settings::Settings;
use crate::cli::{OnStore, change};

#[derive(Args, Debug)]
pub(crate) struct Init {
    /// The ring's name, 1 to 24 of a-z, 0-9 and -
    #[arg(long, value_name = "NAME", default_value = "web")]
    ring: String,
    /// Say what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
}

impl OnStore for Init {
    async fn run<S: RingStore>(
        self,
        keeper: Keeper<S>,
        settings: &Settings,
    ) -> Result<Answer, Failure> {
        if self.dry_run {
            return Ok(change::dry_run(&keeper.preview_init(&self.ring).await?));
        }
        let made = keeper.init(&self.ring).await?;
        let mut answer = change::describe(&made.ring, &made.steps, true);
        match &settings.store {
            StoreAddress::File(path) => {
                let path = std::path::absolute(path).unwrap_or_else(|_| path.clone());
                let document = path.display();
                let page = &mut answer.page;
                page.blank();
                page.heading("next");
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
                let document = path.to_string_lossy().into_owned();
                answer.json.insert("document".into(), document.into());
            }
        }
        Ok(answer)
    }
}
