//! `neo tenant move` and `neo tenant drop-replaced`.

use clap::Args;

use super::{add, rows};
use crate::cli::live::Follow;
use crate::cli::{Session, ask};
use crate::error::Result;

/// Move a tenant to another server of its engine
///
/// It is out of use meanwhile, as if it were suspended: its database is made anew there, closed to applications where it was, copied by
/// the engine's own tools and compared by schema and by the rows of every table. Whatever fails takes it back. The old database is kept
/// until it is dropped: neo tenant drop-replaced.
#[derive(Args)]
pub struct Move {
    /// Slug or id
    tenant: String,
    /// The server to move it to
    #[arg(long, value_name = "NAME")]
    server: String,
    /// Do not ask; without a terminal nobody is asked
    #[arg(long, short = 'y')]
    yes: bool,
    #[command(flatten)]
    follow: Follow,
}

impl Move {
    pub async fn run(self, session: &Session) -> Result<u8> {
        let central = session.central().await?;
        let found = central.tenant(&self.tenant, false).await?.row;
        // Nothing is lost by it: what it has now is kept.
        let is_sure = self.yes || !ask::is_terminal();
        let what = format!("This takes {} out of use while it is copied to {}", found.slug, self.server);
        ask::typed(is_sure, &what, &found.slug).await?;
        let begun = central.move_tenant(&found.id, &self.server, &found.slug).await?;
        add::provisioned(session, &*central, begun, self.follow).await
    }
}

/// Drop the database that a tenant had before it was moved, with its login
///
/// One that was adopted is left as it is, and no longer known.
#[derive(Args)]
pub struct DropReplaced {
    /// Slug or id
    tenant: String,
    /// Its server is gone for good: strike it from the record without asking there. Should the server come back, neo doctor names what
    /// lies on it
    #[arg(long)]
    forget: bool,
    /// Do not ask for the slug
    #[arg(long, short = 'y')]
    yes: bool,
}

impl DropReplaced {
    pub async fn run(self, session: &Session) -> Result<u8> {
        let (central, printer) = (session.central().await?, session.printer);
        let found = central.tenant(&self.tenant, false).await?;
        let (slug, id) = (&found.row.slug, &found.row.id);
        if let Some(before) = &found.replaced {
            let place = format!("{} on {}", before.database, before.server);
            let what = match self.forget {
                true => format!("This strikes {place} from the record, which {slug} had before, and drops nothing"),
                false => format!("This drops {place} for good, which {slug} had before"),
            };
            ask::typed(self.yes, &what, slug).await?;
        }
        let row = central.drop_replaced(id, slug, self.forget).await?;
        printer.say(match (&found.replaced, self.forget) {
            (Some(before), true) => format!(
                "What {slug} had before its move is no longer known. {} may still lie on {}, whole, with its login and a password of before: drop \
                 both there by hand should that server come back",
                before.database, before.server
            ),
            _ => format!("What {slug} had before its move is gone"),
        });
        printer.one(&row, &rows::fields(&row));
        Ok(0)
    }
}
