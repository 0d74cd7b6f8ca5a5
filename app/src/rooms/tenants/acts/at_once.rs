//! What is done to a tenant at once: nothing of it needs asking.

use axum::extract::{Path, State};
use neo::{runs, tenants};

use crate::door::AppState;
use crate::door::visit::Signed;
use crate::error::Answer;
use crate::page::render::see_other;
use crate::rooms::tenants::links;

/// Back to work, at once.
pub async fn resume(State(app): State<AppState>, signed: Signed, Path(slug): Path<String>) -> Answer {
    tenants::resume(&app.platform, &signed.actor, &slug).await?;
    Ok(see_other(&links::one(&slug)))
}

/// Out of quarantine before its time.
pub async fn release(State(app): State<AppState>, signed: Signed, Path(slug): Path<String>) -> Answer {
    tenants::release(&app.platform, &signed.actor, &slug).await?;
    Ok(see_other(&links::one(&slug)))
}

/// Another try, from the step that failed.
pub async fn retry(State(app): State<AppState>, signed: Signed, Path(slug): Path<String>) -> Answer {
    runs::provision_again(&app.platform, &signed.actor, &slug).await?;
    Ok(see_other(&links::one(&slug)))
}
