//! `neo filter …`.

use neo_model::{FilterPage, SavedFilter};

use super::Session;
use super::print::Printer;
use crate::clock::rfc3339;
use crate::error::{Error, Result, nearest, printable};

/// Filters of the console's lists that are kept for everybody
#[derive(clap::Args)]
pub struct Filter {
    #[command(subcommand)]
    act: Act,
}

#[derive(clap::Subcommand)]
enum Act {
    /// List the filters that are kept, each with what its list's address says
    List {
        #[command(flatten)]
        of: Of,
    },
    /// Keep a filter of a list under a name, for everybody who sees that list
    Save {
        /// 1 to 60 characters: what the others press
        name: String,
        /// What the list's address says behind its ?: status=suspended&tag=bank
        #[arg(long, value_name = "QUERY")]
        query: String,
        #[command(flatten)]
        of: Of,
    },
    /// Remove a filter: one's own, and for superadmins anybody's
    Remove {
        /// Its name or id
        filter: String,
        #[command(flatten)]
        of: Of,
    },
}

#[derive(clap::Args)]
struct Of {
    /// Of which list: tenants, runs, audit
    #[arg(long, value_name = "LIST", default_value = FilterPage::Tenants.as_str(), value_parser = page)]
    page: FilterPage,
}

impl Filter {
    pub async fn run(self, session: &Session) -> Result<u8> {
        let (central, printer) = (session.central().await?, session.printer);
        match self.act {
            Act::List { of: Of { page } } => {
                let found = central.filters(page).await?;
                if found.is_empty() {
                    printer.say(format!(
                        "No filter of {} is kept. The first one: neo filter save NAME --page {} --query QUERY",
                        page.word(),
                        page.as_str()
                    ));
                }
                printer.list(&found, &["name", "says", "by", "since", "id"], |filter| {
                    let SavedFilter { name, query, made_by, created_at, id, .. } = filter.clone();
                    vec![name, query, made_by, rfc3339(created_at), id]
                });
            }
            Act::Save { name, query, of: Of { page } } => {
                let kept = central.save_filter(page, &name, &query).await?;
                told(printer, "Saved", &kept);
            }
            Act::Remove { filter: key, of: Of { page } } => {
                let found = central.filters(page).await?;
                let is_meant = |filter: &&SavedFilter| filter.name == key || filter.id == key;
                let Some(filter) = found.iter().find(is_meant) else {
                    let names = found.iter().map(|filter| filter.name.clone());
                    return Err(Error::not_found("filter", &key).nearest(nearest(&key, names)));
                };
                told(printer, "Removed", &central.remove_filter(&filter.id).await?);
            }
        }
        Ok(0)
    }
}

fn told(printer: Printer, done: &str, filter: &SavedFilter) {
    printer.say(format!("{done} {}: {}", printable(&filter.name), printable(&filter.query)));
    if printer.is_json() {
        printer.json(filter);
    }
}

fn page(text: &str) -> Result<FilterPage, String> {
    let names = || FilterPage::ALL.map(FilterPage::as_str).join(", ");
    text.parse().map_err(|_| format!("one of: {}", names()))
}
