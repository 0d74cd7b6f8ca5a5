//! What the list of runs knows, and how it is looked up.

use neo::Platform;
use neo::actor::{Actor, Permission};
use neo::error::Result;
use neo::requests;
use neo::runs::{self, Kind, Run, Status};
use neo_model::FilterPage;

use crate::query::Query;
use crate::rooms::filters::bar::Bar;
use crate::rooms::runs::calls::listed;
use crate::rooms::runs::words::ASKED;
use crate::words::parse;

const SHOWN: u32 = 50;
const ALL: [Kind; 6] = Kind::ALL;

/// Some of the runs, newest first.
pub struct List {
    pub query: Query,
    pub runs: Vec<Run>,
    /// There are older ones.
    pub more: bool,
    /// What they may not start they may ask for.
    pub asks: bool,
    /// The filters that are kept.
    pub saved: Option<Bar>,
    pub actor: Actor,
}

impl List {
    pub async fn load(platform: &Platform, actor: &Actor, query: Query) -> Result<Self> {
        let asked: Vec<Kind> = query.all("kind").map(|w| parse("kind", w)).collect::<Result<_>>()?;
        let kinds: Vec<Kind> = ALL.into_iter().filter(|kind| asked.is_empty() || asked.contains(kind)).collect();
        // One more than is shown tells whether there is a next page.
        let statuses: Vec<Status> = listed("status", query.get("status"))?;
        let before = query.number("before");
        let mut runs = runs::list_in(platform, actor, &kinds, &statuses, before, SHOWN + 1).await?;
        let more = runs.len() > SHOWN as usize;
        runs.truncate(SHOWN as usize);
        let asks = ASKED.iter().any(|guard| requests::may_ask(platform, actor, Permission::Operate, *guard));
        let saved = Bar::load(platform, actor, FilterPage::Runs, &query).await?;
        Ok(Self { saved, query, runs, more, asks, actor: actor.clone() })
    }

    /// Something on it goes on.
    pub fn is_live(&self) -> bool {
        self.runs.iter().any(|run| !run.status.is_over())
    }
}
