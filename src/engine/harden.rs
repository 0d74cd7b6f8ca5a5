//! What a server lets everybody do in its own databases, and shutting that.

use serde::Serialize;

use super::{Engine, Failure, Target, postgres};

/// One thing that everybody may.
#[derive(Debug, Clone, Serialize)]
pub struct Opening {
    pub database: String,
    /// In one line.
    pub what: String,
    /// What shuts it, to be run in that database, in one transaction. Names are quoted.
    pub statements: Vec<String>,
    /// Whether Neo's login there may: it has to own the database, or its schema.
    pub may: bool,
}

/// Everything of the kind. `kept_out`: roles of tenants that do not bear a mark. On MySQL and MariaDB nobody may do what was
/// not granted to him, and files have no logins.
pub async fn openings(admin: &Target, kept_out: &[String]) -> Result<Vec<Opening>, Failure> {
    match admin.engine {
        Engine::Postgres => postgres::openings(admin, kept_out).await,
        Engine::Mysql | Engine::Sqlite => Ok(Vec::new()),
    }
}

/// Shuts those that Neo's login may shut.
pub async fn shut_openings(admin: &Target, openings: &[Opening]) -> Result<(), Failure> {
    match admin.engine {
        Engine::Postgres => postgres::shut_openings(admin, openings).await,
        Engine::Mysql | Engine::Sqlite => Ok(()),
    }
}
