//! What is done to a tenant at once: nothing of it needs asking.

use axum::extract::{Path, State};

use crate::door::visit::Signed;
use crate::door::{AppState, Door};
use crate::error::Answer;
use crate::page::render::see_other;
use crate::rooms::tenants::calls::{acts, making};
use crate::rooms::tenants::links;

/// Back to work, at once.
pub async fn resume(State(app): State<AppState>, signed: Signed, Path(slug): Path<String>) -> Answer {
    acts::resume(&Door::of(&app.platform, &signed)?, &slug).await?;
    Ok(see_other(&links::one(&slug)))
}

/// Out of quarantine before its time.
pub async fn release(State(app): State<AppState>, signed: Signed, Path(slug): Path<String>) -> Answer {
    acts::release(&Door::of(&app.platform, &signed)?, &slug).await?;
    Ok(see_other(&links::one(&slug)))
}

/// Another try, from the step that failed.
pub async fn retry(State(app): State<AppState>, signed: Signed, Path(slug): Path<String>) -> Answer {
    making::retry(&Door::of(&app.platform, &signed)?, &slug).await?;
    Ok(see_other(&links::one(&slug)))
}
