//! `neo audit …`.

use super::Session;
use super::print::count;
use crate::audit::{self, Filter};
use crate::clock::rfc3339;
use crate::error::Result;

#[derive(clap::Subcommand)]
pub enum Audit {
    /// List the newest rows
    List {
        /// Only what this actor did
        #[arg(long)]
        actor: Option<String>,
        /// Only this action (admin.create), or all of a noun (admin)
        #[arg(long)]
        action: Option<String>,
        /// Part of what was acted on
        #[arg(long)]
        subject: Option<String>,
        /// Only rows before this number: the next page
        #[arg(long, value_name = "NUMBER")]
        before: Option<i64>,
        #[arg(long, default_value_t = 100, value_name = "N")]
        limit: u32,
    },
    /// Walk along the whole chain
    Verify {
        /// A head that an earlier verification printed: the chain must still contain it
        #[arg(long, value_name = "NUMBER:MAC")]
        head: Option<String>,
    },
}

impl Audit {
    pub async fn run(self, session: &Session) -> Result<u8> {
        let printer = session.printer;
        match self {
            Audit::List { actor: who, action, subject, before, limit } => {
                let filter = Filter { actor: who, action, subject, before, limit, ..Filter::default() };
                let rows = session.central().await?.audit(&filter).await?;
                printer.list(&rows, &["number", "at", "actor", "action", "subject", "outcome"], |row| {
                    vec![
                        row.seq.to_string(),
                        rfc3339(row.at),
                        row.actor.clone(),
                        row.action.clone(),
                        row.subject.clone(),
                        row.outcome.clone(),
                    ]
                });
                Ok(0)
            }
            Audit::Verify { head } => {
                let (platform, actor) = (session.open().await?, &session.actor);
                let found = match head {
                    Some(head) => audit::verify_against(&platform, actor, &head).await?,
                    None => audit::verify(&platform, actor).await?,
                };
                let mut fields = vec![("rows", count(found.rows, "row"))];
                fields.extend(found.head.as_ref().map(|head| ("head", head.clone())));
                fields.push(match &found.first_bad {
                    Some(bad) => ("broken", format!("at {}: {}", bad.seq, bad.reason)),
                    None => ("chain", "holds".to_owned()),
                });
                printer.one(&found, &fields);
                Ok(u8::from(found.first_bad.is_some()))
            }
        }
    }
}
