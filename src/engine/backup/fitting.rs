//! Which programs serve which servers.

use super::postgres;
use super::programs::{self, Version};
use crate::engine::{Engine, Failure};

/// What backs up, and restores, a database on a server that says this of its version, in words; none where nothing is needed.
pub(crate) async fn for_server(engine: Engine, says: &str) -> Option<Result<String, Failure>> {
    match engine {
        Engine::Sqlite => None,
        Engine::Mysql => Some(match programs::script() {
            Ok(program) => Ok(format!("{} ({})", program.says().await, program.file.display())),
            Err(failure) => Err(failure),
        }),
        Engine::Postgres => {
            let version = says.split(' ').find_map(Version::of)?;
            Some(by_postgres(version).await)
        }
    }
}

async fn by_postgres(version: Version) -> Result<String, Failure> {
    let program = programs::pg_dump(version).await?;
    postgres::beside(&program.file)?;
    Ok(format!("{} ({}, with pg_restore)", program.says().await, program.file.display()))
}
