//! Which server it is that is reached, whatever name it goes by: told by itself.

use super::{Engine, Failure, Identity, Target, mysql, postgres};

/// Asks the server. `None` where there is none to ask: a folder.
pub async fn identity(admin: &Target) -> Result<Option<Identity>, Failure> {
    match admin.engine {
        Engine::Postgres => postgres::identity(admin).await.map(Some),
        Engine::Mysql => mysql::identity(admin).await.map(Some),
        Engine::Sqlite => Ok(None),
    }
}
