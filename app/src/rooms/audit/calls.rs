//! What the server function about the audit does.

use neo::audit::{self, Filter};
use neo::error::{Error, Result};
use neo_model::AuditRow;

use crate::door::Door;

/// A page of the rows that the filter chooses.
pub async fn read(door: &Door, filter: Filter, before: Option<i64>, limit: Option<u32>) -> Result<Vec<AuditRow>> {
    let limit = limit.unwrap_or(100);
    if !(1..=1000).contains(&limit) {
        return Err(Error::invalid("limit", "\"limit\" cannot be taken").cause("expected 1 to 1000"));
    }
    let filter = Filter { before, limit, ..filter };
    Ok(audit::list(&door.platform, &door.actor, &filter).await?.into_iter().map(AuditRow::from).collect())
}
