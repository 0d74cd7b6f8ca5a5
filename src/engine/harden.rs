//! What a server lets everybody do in its own databases, and shutting that.

use neo_model::Opening;

use super::{Engine, Failure, Target, postgres};

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
