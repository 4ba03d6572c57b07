//! How are the keys made that replicas and keepers need to follow a ring?

use std::path::PathBuf;

use clap::Args;
use sealjar_follow::SpeakerKey;
use sealjar_keeper::__program::write_file;
use sealjar_keeper::KeeperError;
use serde_json::json;

use crate::change::object;
use crate::output::exit::{Answer, CommandError, Exit};
use crate::output::page::Page;

#[derive(Args, Debug)]
pub(crate) struct NewDeliveryKey {
    /// Directory for the two files, delivery-key and speaker-key; files of these names stay
    #[arg(long, value_name = "DIRECTORY", default_value = ".")]
    out: PathBuf,
}

impl NewDeliveryKey {
    pub(crate) fn run(self) -> Result<Answer, CommandError> {
        let [delivery, speaker] = ["delivery-key", "speaker-key"].map(|name| self.out.join(name));
        for path in [&delivery, &speaker] {
            // A replica whose key is overwritten is cut off from its ring.
            if path.symlink_metadata().is_ok() {
                let message = format!("{} is there already", path.display());
                return Err(CommandError::new(Exit::Refused, "exists", message)
                    .hint("name another directory with --out"));
            }
        }
        let key = SpeakerKey::generate().map_err(|error| {
            CommandError::new(Exit::Unexpected, "random", error.to_string())
                .hint("see why the operating system gives no random bytes")
        })?;
        let of_replicas = key.delivery_key().to_text();
        for (path, text) in [(&speaker, &key.to_text()), (&delivery, &of_replicas)] {
            write_file(path, text.as_bytes()).map_err(KeeperError::from)?;
        }
        let mut page = Page::default();
        page.heading(format_args!("made the key {}", key.id()));
        page.item(format_args!("{}: for replicas", delivery.display()));
        page.item(format_args!("{}: for keepers alone", speaker.display()));
        page.blank();
        page.heading("next");
        page.item("give it to each keeper: `sealjar run --serve ADDRESS --speaker-key FILE`");
        page.item("mount the other in each replica, which asks these addresses");
        let json = object(json!({
            "id": key.id().to_string(),
            "delivery_key": delivery.to_string_lossy(),
            "speaker_key": speaker.to_string_lossy(),
        }));
        Ok(Answer::new(page, json))
    }
}
