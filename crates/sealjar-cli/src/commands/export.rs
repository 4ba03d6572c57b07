//! How does a program that seals by itself get secrets of the ring?

use std::path::PathBuf;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use sealjar::KeyRing;
use sealjar_keeper::__program::write_file;
use sealjar_keeper::export::{self, ExportError, Format, Target};
use sealjar_keeper::store::RingStore;
use sealjar_keeper::{Keeper, KeeperError};
use serde_json::json;

use crate::change::{counted, object};
use crate::commands::OnStore;
use crate::config::Config;
use crate::name::name;
use crate::output::exit::{Answer, CommandError, Exit};
use crate::output::page::Page;
use crate::output::progress::Progress;

#[derive(Args, Debug)]
pub(crate) struct Export {
    /// Program to export for
    #[arg(long, value_name = "TARGET", value_parser = target())]
    target: Target,
    /// Application, with its environment: `shop-prod`. Each has secrets of its own
    #[arg(long, value_name = "APP", value_parser = name)]
    app: String,
    /// Format; each target has its own, and `any` takes all of them
    #[arg(long, value_name = "FORMAT", value_parser = format())]
    format: Option<Format>,
    /// Write a file that only its owner reads, and not to standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl OnStore for Export {
    async fn run<S: RingStore>(
        self,
        keeper: Keeper<S>,
        _config: &Config,
        _progress: &Progress,
    ) -> Result<Answer, CommandError> {
        self.answer(&keeper.report().await?.ring)
    }
}

impl Export {
    fn answer(self, ring: &KeyRing) -> Result<Answer, CommandError> {
        let export = export::Export::new(self.target, self.app).map_err(|error| refused(&error))?;
        let export = match self.format {
            Some(format) => export.format(format).map_err(|error| refused(&error))?,
            None => export,
        };
        let text = export.render(ring).map_err(|error| refused(&error))?;
        let mut page = Page::default();
        let mut json = object(json!({
            "ring": ring.name(),
            "epoch": ring.epoch(),
            "target": export.target().as_str(),
            "app": export.app(),
        }));
        match self.out {
            None => {
                page.own(&text);
                json.insert("export".into(), text.as_str().into());
            }
            Some(path) => {
                write_file(&path, text.as_bytes()).map_err(KeeperError::from)?;
                let keys = ring.keys().iter().filter(|key| key.is_usable()).count();
                page.line(format_args!(
                    "{}: secrets of {} in epoch {}; it is as secret as the ring",
                    path.display(),
                    counted(keys, "key"),
                    ring.epoch()
                ));
                json.insert("file".into(), path.to_string_lossy().into());
            }
        }
        Ok(Answer::new(page, json))
    }
}

fn refused(error: &ExportError) -> CommandError {
    let exit = match error {
        ExportError::TooMany { .. } => Exit::Refused,
        _ => Exit::Usage,
    };
    let kind = match error {
        ExportError::TooMany { .. } => "too_many_keys",
        _ => "usage",
    };
    CommandError::new(exit, kind, error.to_string()).hint(error.hint())
}

fn target() -> impl TypedValueParser<Value = Target> {
    PossibleValuesParser::new(Target::ALL.map(Target::as_str)).try_map(|name| name.parse())
}

fn format() -> impl TypedValueParser<Value = Format> {
    PossibleValuesParser::new(Format::ALL.map(Format::as_str)).try_map(|name| name.parse())
}
