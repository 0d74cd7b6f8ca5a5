//! What the server function about the audit does.

use neo::audit::{self, Filter};
use neo::error::{Error, Result};
use neo_model::AuditRow;

use crate::door::Door;

/// Which rows are meant.
pub struct Asked {
    pub actor: Option<String>,
    pub action: Option<String>,
    pub subject: Option<String>,
    pub before: Option<i64>,
    pub limit: Option<u32>,
}

pub async fn read(door: &Door, asked: Asked) -> Result<Vec<AuditRow>> {
    let Asked { actor, action, subject, before, limit } = asked;
    let limit = limit.unwrap_or(100);
    if !(1..=1000).contains(&limit) {
        return Err(Error::invalid("limit", "\"limit\" cannot be taken").cause("expected 1 to 1000"));
    }
    let filter = Filter { actor, action, subject, before, limit, ..Filter::default() };
    Ok(audit::list(&door.platform, &door.actor, &filter).await?.into_iter().map(AuditRow::from).collect())
}
