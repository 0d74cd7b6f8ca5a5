//! The schema of the central database, brought up to date at each start: under a lock, after a copy where it is a file. One of a newer Neo
//! is refused.

use std::borrow::Cow;
use std::fs::File;
use std::path::{Path, PathBuf};

use sqlx::migrate::{MigrateError, Migration, Migrator};
use sqlx::{AnyPool, Connection};

use super::{CentralEngine, Conn, POSTGRES, SHARED, SQLITE};
use crate::config::private_file;
use crate::error::{Advice, Error, Kind, Result};

/// `file`: of a SQLite database, where it is one. Whoever else starts on it waits for the caller's lock; on PostgreSQL for the migrator's.
pub(super) async fn migrate(engine: CentralEngine, pool: &AnyPool, file: Option<&str>) -> Result<()> {
    let own = match engine {
        CentralEngine::Sqlite => &SQLITE,
        CentralEngine::Postgres => &POSTGRES,
    };
    let mut all: Vec<_> = own.migrations.iter().chain(SHARED.migrations.iter()).cloned().collect();
    all.sort_by_key(|m| m.version);
    let known: Vec<i64> = all.iter().map(|m| m.version).collect();
    let mut conn = pool.acquire().await?;
    let there = applied(&mut conn, engine).await?;
    if is_up_to_date(&there, &all) {
        return Ok(());
    }
    let migrator = Migrator { migrations: Cow::Owned(all), ..Migrator::DEFAULT };
    // On a connection of its own: should it fail half way, the advisory lock goes with the connection.
    let mut conn = conn.detach();
    let outcome = async {
        let there: Vec<i64> = there.into_iter().map(|(version, _)| version).collect();
        refuse_newer(&there, &known)?;
        if let (Some(file), Some(newest)) = (file, there.last())
            && known.iter().any(|version| !there.contains(version))
        {
            copy(&mut conn, file, *newest).await?;
        }
        migrator.run_direct(None, &mut conn, false).await.map_err(not_migrated)
    }
    .await;
    conn.close().await.ok();
    outcome
}

/// As it is at nearly every start. To ask the migrator costs SQLite its log, which is folded in and made anew, and PostgreSQL a lock.
fn is_up_to_date(there: &[(i64, Vec<u8>)], all: &[Migration]) -> bool {
    there.len() == all.len()
        && there
            .iter()
            .zip(all)
            .all(|((version, checksum), ours)| *version == ours.version && *checksum == *ours.checksum)
}

/// The versions that it has with their checksums, the oldest first; none where it is new.
async fn applied(conn: &mut Conn, engine: CentralEngine) -> Result<Vec<(i64, Vec<u8>)>> {
    let is_there = match engine {
        CentralEngine::Sqlite => "select count(*) from sqlite_master where name = '_sqlx_migrations'",
        CentralEngine::Postgres => {
            "select count(*) from pg_catalog.pg_class where oid = pg_catalog.to_regclass('_sqlx_migrations')"
        }
    };
    let is_there: i64 = sqlx::query_scalar(is_there).fetch_one(&mut *conn).await?;
    match is_there {
        0 => Ok(Vec::new()),
        _ => Ok(sqlx::query_as("select version, checksum from _sqlx_migrations where success order by version")
            .fetch_all(conn)
            .await?),
    }
}

/// What a newer one has added nobody here would heed.
fn refuse_newer(applied: &[i64], known: &[i64]) -> Result<()> {
    let newest = known.last().copied().unwrap_or_default();
    match applied.iter().rfind(|version| !known.contains(version)) {
        Some(theirs) if *theirs > newest => Err(Error::config("the central database is of a newer Neo than this one")
            .cause(format!("its schema is {theirs}; Neo {} knows those up to {newest}", env!("CARGO_PKG_VERSION")))
            .hint(Advice::operator("start the newer one again; or go back to the backup, or the copy, from before it was there: docs/operations.md, Upgrading Neo"))),
        _ => Ok(()),
    }
}

/// The file as it is before its schema changes, beside it, for its owner's eyes: `central.db.schema-20261130000029`. One that is there of the same
/// schema is older, and gives way.
async fn copy(conn: &mut Conn, file: &str, schema: i64) -> Result<()> {
    let place = PathBuf::from(format!("{file}.schema-{schema}"));
    let part = PathBuf::from(format!("{}.part", place.display()));
    let failed = |why: String| {
        Error::config("the central database cannot be copied before its schema is brought up to date")
            .cause(format!("{}: {why}", place.display()))
            .hint(Advice::operator("make room for it, and start again: nothing has been changed"))
    };
    let begin = |part: &Path| {
        std::fs::remove_file(part).ok();
        private_file(File::options().write(true).create_new(true)).open(part)
    };
    begin(&part).map_err(|e| failed(e.to_string()))?;
    let copied = sqlx::query("vacuum into $1").bind(part.display().to_string()).execute(conn).await;
    let kept = copied.map_err(|e| e.to_string()).and_then(|_| {
        let whole = File::open(&part).and_then(|copy| copy.sync_all()).and_then(|()| std::fs::rename(&part, &place));
        whole.map_err(|e| e.to_string())
    });
    if let Err(why) = kept {
        std::fs::remove_file(&part).ok();
        return Err(failed(why));
    }
    tracing::info!(copy = %place.display(), "the central database was copied before its schema is brought up to date");
    Ok(())
}

/// A database that goes away meanwhile says nothing of its schema.
fn not_migrated(error: MigrateError) -> Error {
    let cause = error.to_string();
    let away = match error {
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => {
            Some(Error::from(error)).filter(|error| error.kind == Kind::Unavailable)
        }
        _ => None,
    };
    away.unwrap_or_else(|| {
        Error::config("the central database's schema cannot be brought up to date")
            .cause(cause)
            .hint("is this database used by another Neo, or by something else?")
    })
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;

    use super::*;

    #[test]
    fn a_database_that_goes_away_while_its_schema_is_looked_at_is_away_and_not_another() {
        let cut = || sqlx::Error::Io(std::io::Error::from(ErrorKind::UnexpectedEof));
        for error in [MigrateError::Execute(cut()), MigrateError::ExecuteMigration(cut(), 1)] {
            assert_eq!(not_migrated(error).kind, Kind::Unavailable);
        }
        assert_eq!(not_migrated(MigrateError::VersionMissing(1)).kind, Kind::Config);
    }

    #[test]
    fn only_what_is_newer_than_all_that_is_known_is_of_a_newer_one() {
        assert!(refuse_newer(&[], &[1, 2]).is_ok() && refuse_newer(&[1, 2], &[1, 2, 3]).is_ok());
        assert!(refuse_newer(&[1, 2, 3], &[1, 2]).is_err_and(|error| error.message.contains("newer Neo")));
        // Something else's: the migrator says so.
        assert!(refuse_newer(&[1, 5], &[2, 9]).is_ok());
    }

    /// Several versions of Neo share a central database while they are changed one after the other: those of before go on with what there
    /// was, an index that is none any more but for their speed. From here on nothing is taken away, renamed or asked for that they do not know.
    #[test]
    fn a_new_schema_takes_nothing_away_from_the_version_before() {
        const FROM: i64 = 20_261_130_000_000;
        let all = [&SHARED, &SQLITE, &POSTGRES].into_iter().flat_map(|migrator| migrator.migrations.iter());
        for migration in all.filter(|migration| migration.version >= FROM) {
            let sql = migration.sql.as_str().to_lowercase();
            let said: Vec<&str> = sql.lines().filter(|line| !line.trim_start().starts_with("--")).collect();
            let said = said.join("\n");
            for statement in said.split(';').map(str::trim) {
                let takes = ["drop table", "drop column", "rename ", "alter column", "drop view"];
                let taken = takes.into_iter().find(|words| statement.contains(words));
                assert_eq!(taken, None, "{} {}: {statement}", migration.version, migration.description);
                let asks = statement.contains("add column")
                    && statement.contains("not null")
                    && !statement.contains("default");
                assert!(!asks, "{} {}: {statement}", migration.version, migration.description);
            }
        }
    }
}
