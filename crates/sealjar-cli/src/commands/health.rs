//! Is the keeper that runs here well? For the health check of a container without a shell.

use crate::probe::{Question, probe};
use clap::Args;
use serde_json::json;

use crate::change::object;
use crate::config;
use crate::flags::{CommonFlags, Listen};
use crate::output::exit::{Answer, CommandError, Exit};
use crate::output::page::Page;

#[derive(Args, Debug)]
pub(crate) struct Health {
    #[command(flatten)]
    listen: Listen,
    /// Only ask whether it takes its turns, for a container's health check: a restart mends nothing
    /// else
    #[arg(long)]
    alive: bool,
}

impl Health {
    pub(crate) async fn run(self, place: &CommonFlags) -> Result<Answer, CommandError> {
        let address = self.listen.or(config::listen(place)?);
        let question = if self.alive {
            Question::Alive
        } else {
            Question::Well
        };
        match probe(address, question).await {
            Ok(answer) => {
                let mut page = Page::default();
                page.line(&answer);
                Ok(Answer::new(page, object(json!({ "answer": answer }))))
            }
            Err(error) => {
                let unwell = CommandError::new(Exit::Store, error.kind(), error.to_string());
                Err(unwell.hint(error.hint()))
            }
        }
    }
}
