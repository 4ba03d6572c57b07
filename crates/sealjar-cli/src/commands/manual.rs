//! What does a shell need to complete the line, and what does `man` show?

use clap::{Args, Command};
use clap_complete::Shell;
use clap_mangen::Man;
use serde_json::json;

use crate::change::object;
use crate::output::exit::{Answer, CommandError, Exit};
use crate::output::page::Page;

#[derive(Args, Debug)]
pub(crate) struct Completions {
    /// Shell to print a script for
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

#[derive(Args, Debug)]
pub(crate) struct Manual {
    /// Command to explain; by default all of `sealjar`
    command: Option<String>,
}

impl Completions {
    /// Prints the script of `program`.
    pub(crate) fn run(&self, mut program: Command) -> Answer {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut program, NAME, &mut script);
        own(&script)
    }
}

impl Manual {
    /// Prints the page of `program`, or of one of its commands.
    pub(crate) fn run(&self, mut program: Command) -> Result<Answer, CommandError> {
        program.build();
        let command = match &self.command {
            None => program,
            Some(name) => program.find_subcommand(name).cloned().ok_or_else(|| {
                CommandError::new(Exit::Usage, "usage", format!("there is no command {name}"))
                    .hint("`sealjar --help` lists them")
            })?,
        };
        let mut page = Vec::new();
        Man::new(command).render(&mut page).map_err(|error| {
            CommandError::new(
                Exit::Unexpected,
                "manual",
                format!("no page could be made: {error}"),
            )
        })?;
        Ok(own(&page))
    }
}

/// The program's own text, as it is.
fn own(text: &[u8]) -> Answer {
    let text = String::from_utf8_lossy(text);
    let mut page = Page::default();
    page.own(&text);
    Answer::new(page, object(json!({ "text": text })))
}

const NAME: &str = "sealjar";
