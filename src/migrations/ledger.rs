//! The ledger: `_sqlx_migrations` inside the tenant's own database, in sqlx's own format.
use crate::engine::{Connection, Failure};

#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    pub version: i64,
    pub description: String,
    pub success: bool,
    pub checksum: Vec<u8>,
    pub execution_ns: i64,
    pub installed_on: Option<String>,
}

/// All rows by version; an absent table is an empty ledger.
pub async fn read(_conn: &mut Connection) -> Result<Vec<Row>, Failure> {
    todo!()
}
