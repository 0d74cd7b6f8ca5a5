//! The command for what is chosen and typed.

use neo::Platform;
use neo::actor::{Actor, Permission};
use neo::error::Result;
use neo::migrations::Set;
use neo::runs::Goal;
use neo::tenants::Filter;

use super::choice::{goal, selection};
use super::strategy;
use crate::page::forms::Form;
use crate::query::Query;
use crate::rooms::runs::command::command;

/// What the fields of the form, or its address, say on the command line.
pub async fn of(platform: &Platform, actor: &Actor, query: &Query) -> Result<Option<String>> {
    actor.authorise(Permission::Operate)?;
    let set = Set::load(&platform.config.tenant_migrations).await?;
    command_line(&goal(query)?, &selection(query, set.latest())?, &strategy::of(query))
}

/// The command for what is chosen and typed.
pub fn command_line(goal: &Goal, selection: &Filter, form: &Form) -> Result<Option<String>> {
    Ok(command(goal, selection, &strategy::policy(form)?, form.optional("reason"), strategy::at(form)?))
}
