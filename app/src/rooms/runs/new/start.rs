//! Starting what was chosen, as it was typed.

use neo::error::Result;
use neo::migrations::Set;
use neo::runs::Request;

use super::choice::{goal, selection};
use super::strategy;
use crate::door::Door;
use crate::page::forms::Form;
use crate::query::Query;
use crate::rooms::runs::calls;

/// Its number.
pub async fn start(door: &Door, query: &Query, form: &Form) -> Result<i64> {
    let set = Set::load(&door.platform.config.tenant_migrations).await?;
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
    Ok(calls::begin(door, request).await?.run)
}
