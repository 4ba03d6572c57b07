//! How does a ring continue from a saved document?

use std::path::PathBuf;

use clap::Args;
use sealjar::KeyRing;
use sealjar_keeper::plan::{Change, Sessions};
use sealjar_keeper::store::{Damage, Place, RingStore, Stored};
use sealjar_keeper::{Keeper, KeeperError, Step};

use crate::change;
use crate::clock::Clock;
use crate::commands::OnStore;
use crate::config::Config;
use crate::deliver::deliver;
use crate::output::exit::{Answer, CommandError};
use crate::output::progress::Progress;
use crate::ring_file;

#[derive(Args, Debug)]
pub(crate) struct Restore {
    #[command(flatten)]
    document: Document,
}

#[derive(Args, Debug)]
pub(crate) struct Import {
    #[command(flatten)]
    document: Document,
}

/// The document to continue from, and what becomes of earlier sessions.
#[derive(Args, Debug)]
struct Document {
    /// Ring document: the newest that a replica or the store's `kept` directory has; - reads
    /// standard input
    file: PathBuf,
    /// Keep sessions alive. Only if you know that nothing was revoked since the document's epoch
    #[arg(long)]
    keep_sessions: bool,
    /// Do not ask before logging people out
    #[arg(long)]
    yes: bool,
    /// Accept the document although the store has another ring
    #[arg(long)]
    replace_ring: bool,
    /// Print what would change, and change nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    clock: Clock,
}

impl OnStore for Restore {
    async fn run<S: RingStore>(
        self,
        keeper: Keeper<S>,
        _config: &Config,
        progress: &Progress,
    ) -> Result<Answer, CommandError> {
        let keeper = self.document.clock.of(keeper);
        let keeper = keeper.replaces(self.document.replace_ring);
        match keeper.store().load().await.map_err(KeeperError::from)? {
            Stored::Nothing => Err(CommandError::from(KeeperError::NoRing)
                .hint("`sealjar import FILE` starts a store with a document")),
            Stored::Damaged {
                damage: damage @ Damage::Sealed { .. },
                ..
            } => Err(KeeperError::Damaged(damage).into()),
            Stored::Damaged { .. } | Stored::Head(_) => {
                self.document.go_on(&keeper, progress).await
            }
        }
    }
}

impl OnStore for Import {
    async fn run<S: RingStore>(
        self,
        keeper: Keeper<S>,
        _config: &Config,
        progress: &Progress,
    ) -> Result<Answer, CommandError> {
        let keeper = self.document.clock.of(keeper);
        let keeper = keeper.replaces(self.document.replace_ring);
        match keeper.store().load().await.map_err(KeeperError::from)? {
            Stored::Nothing
            | Stored::Damaged {
                damage: Damage::HeadMissing { .. } | Damage::Sealed { .. },
                ..
            } => self.document.go_on(&keeper, progress).await,
            Stored::Damaged { damage, .. } => Err(KeeperError::Damaged(damage).into()),
            Stored::Head(head) => Err(CommandError::from(KeeperError::Exists {
                name: head.ring.name().into(),
                epoch: head.ring.epoch(),
            })
            .hint("`sealjar restore FILE` continues from a document, as a new epoch")),
        }
    }
}

impl Document {
    async fn go_on<S: RingStore>(
        &self,
        keeper: &Keeper<S>,
        progress: &Progress,
    ) -> Result<Answer, CommandError> {
        let document = ring_file::read_given(&self.file)?;
        let sessions = if self.keep_sessions {
            Sessions::Keep
        } else {
            Sessions::End
        };
        if self.dry_run || !self.yes {
            let change = keeper.preview_restore(&document, sessions).await?;
            if self.dry_run {
                return Ok(change::dry_run(&change));
            }
            if change::logged_out_by(&change).is_some() {
                return Err(change::unconfirmed(&change, way_on(&change, &document)));
            }
        }
        let change = keeper.restore(&document, sessions).await?;
        let arrival = deliver(keeper, change.ring.epoch(), &change.steps, progress).await?;
        let mut answer = change::made(&change, &arrival);
        if let Some(who) = change::logged_out_by(&change) {
            let reason = reason(&change, &document);
            answer
                .page
                .warning(format_args!("  logged out: {who}, for {reason}"));
        }
        if let Place::Secret { keks, .. } = keeper.report().await?.place {
            let keks = keks.join(", ");
            let page = &mut answer.page;
            page.note(format_args!(
                "  sealed under {keks}, which the keeper has to have mounted"
            ));
        }
        Ok(answer)
    }
}

fn way_on(change: &Change, document: &KeyRing) -> String {
    let reason = reason(change, document);
    if raises_floor(change) {
        format!(
            "{reason}, so everyone logs in again: add --yes, or --keep-sessions if you know that \
             nothing was"
        )
    } else {
        format!("{reason}: add --yes to continue; nothing was changed")
    }
}

/// Why people are logged out who were not when the document was made.
fn reason(change: &Change, document: &KeyRing) -> String {
    if raises_floor(change) {
        format!(
            "what was revoked after epoch {} may be lost",
            document.epoch()
        )
    } else {
        "keys stay revoked that the store or the document had revoked, and keys stay out that only \
                  the document has which replicas were given: restore that one if it is yours"
            .into()
    }
}

fn raises_floor(change: &Change) -> bool {
    let steps = &mut change.steps.iter();
    steps.any(|step| matches!(step, Step::FloorRaised { .. }))
}
