//! The command for what is chosen and typed.

use axum::extract::State;
use axum::response::IntoResponse;
use neo::error::Result;
use neo::migrations::Set;
use neo::runs::Goal;
use neo::tenants::Filter;

use super::choice::{goal, selection};
use super::strategy;
use crate::door::AppState;
use crate::error::Answer;
use crate::page::forms::Form;
use crate::query::Query;
use crate::rooms::runs::command::command;

/// `GET /api/run-command`: what the fields of the form say, on the command line.
pub async fn show(State(app): State<AppState>, query: Query) -> Answer {
    let set = Set::load(&app.platform.config.tenant_migrations).await?;
    let form = strategy::of(&query);
    let (goal, selection) = (goal(&query)?, selection(&query, set.latest())?);
    let line =
        command_line(&goal, &selection, &form)?.unwrap_or_else(|| "The command line has no such selection.".to_owned());
    Ok(line.into_response())
}

/// The command for what is chosen and typed.
pub fn command_line(goal: &Goal, selection: &Filter, form: &Form) -> Result<Option<String>> {
    Ok(command(goal, selection, &strategy::policy(form)?, form.optional("reason"), strategy::at(form)?))
}
