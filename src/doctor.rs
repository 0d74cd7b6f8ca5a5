//! Diagnoses: central, key, servers, tenants, locks, orphans.
use crate::{Platform, actor::Actor, error::Result};
use serde::Serialize;

#[derive(Debug, Clone, Serialize)]
pub struct Finding {
    pub area: String,
    pub subject: String,
    pub ok: bool,
    /** What is wrong (or right), in one line. */
    pub message: String,
    /** What to do. */
    pub remedy: Option<String>,
}

pub async fn examine(_platform: &Platform, _actor: &Actor) -> Result<Vec<Finding>> {
    todo!()
}
