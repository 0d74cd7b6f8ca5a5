//! Starting what was chosen, as it was typed.

use neo::Platform;
use neo::actor::Actor;
use neo::error::Result;
use neo::migrations::Set;
use neo::runs::{self, Request};

use super::choice::{goal, selection};
use super::strategy;
use crate::page::forms::Form;
use crate::query::Query;

/// Its number.
pub async fn start(platform: &Platform, actor: &Actor, query: &Query, form: &Form) -> Result<i64> {
    let set = Set::load(&platform.config.tenant_migrations).await?;
    let (goal, selection) = (goal(query)?, selection(query, set.latest())?);
    let request = Request {
        goal,
        selection,
        policy: strategy::policy(form)?,
        reason: form.optional("reason").map(str::to_owned),
        confirm: form.optional("confirm").map(str::to_owned),
        expect: None,
        not_before: strategy::at(form)?,
        detached: true,
    };
    Ok(runs::start(platform, actor, request).await?.number)
}
