//! `neo completions`, `neo man` and `neo openapi`.

use clap::CommandFactory;

use super::{Cli, Session, tree};
use crate::error::{Error, Result};

/// Completions for a shell
///
/// For example: neo completions bash > /etc/bash_completion.d/neo
#[derive(clap::Args)]
pub struct Completions {
    shell: clap_complete::Shell,
}

impl Completions {
    pub fn run(self, session: &Session) -> Result<u8> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut tree(), "neo", &mut script);
        session.printer.raw(&script);
        Ok(0)
    }
}

/// Manual page
///
/// Of neo, or of one of its commands: neo man migrate tenant
#[derive(clap::Args)]
pub struct Man {
    command: Vec<String>,
}

impl Man {
    pub fn run(self, session: &Session) -> Result<u8> {
        let mut page = tree();
        page.build();
        for name in &self.command {
            page = page.find_subcommand(name).cloned().ok_or_else(|| {
                Error::not_found("command", name)
                    .nearest(Cli::command().get_subcommands().map(|c| c.get_name().to_owned()).collect())
            })?;
        }
        let mut text = Vec::new();
        clap_mangen::Man::new(page).render(&mut text).map_err(Error::internal)?;
        session.printer.raw(&text);
        Ok(0)
    }
}

/// The document of the console's functions, as OpenAPI 3.1
///
/// What GET /api/v1/openapi.json answers.
#[derive(clap::Args)]
pub struct Openapi {}

impl Openapi {
    pub fn run(self, session: &Session) -> Result<u8> {
        session.printer.raw((session.outside.document)().as_bytes());
        Ok(0)
    }
}
