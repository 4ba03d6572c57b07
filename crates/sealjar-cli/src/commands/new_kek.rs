//! How is the key changed that a ring is kept under in a swarm?

use clap::Args;
use sealjar_keeper::KeeperError;
use serde_json::json;

use crate::address::StoreAddress;
use crate::change::object;
use crate::config::Config;
use crate::flags::{CommonFlags, PolicyFlags, SwarmFlags};
use crate::output::exit::{Answer, CommandError, Exit};
use crate::output::page::Page;
use crate::stores::swarm_store;

#[derive(Args, Debug)]
pub(crate) struct NewKek {
    #[command(flatten)]
    swarm: SwarmFlags,
}

impl NewKek {
    pub(crate) async fn run(self, place: CommonFlags) -> Result<Answer, CommandError> {
        let config = Config::gather(place, PolicyFlags::default(), self.swarm)?;
        let StoreAddress::Swarm(ring) = &config.store else {
            let message = format!(
                "{} is not sealed: its directory keeps others out",
                config.store
            );
            return Err(CommandError::new(Exit::Usage, "usage", message)
                .hint("only a ring in a swarm has such a key, --store swarm:RING"));
        };
        let store = swarm_store(ring, &config.swarm)?;
        let name = store.add_kek().await.map_err(KeeperError::from)?;
        let mut page = Page::default();
        page.heading(format_args!("made the secret {name}"));
        page.blank();
        page.heading("next");
        page.item("mount it in the keeper, beside the one that is mounted there now");
        page.item("the next epoch is kept under it: wait for a rotation, or `sealjar rotate`");
        page.item("unmount the other when no epoch that is kept needs it any more:");
        page.blank();
        page.line("    docker config ls --filter label=kek=NAME-OF-THE-OTHER");
        let json = object(json!({ "ring": ring, "kek": name }));
        Ok(Answer::new(page, json))
    }
}
