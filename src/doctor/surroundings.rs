//! What Neo stands on: the central database, the keys, the migration files.

use neo_model::{ChannelRow, NoticeState};

use super::Finding;
use crate::actor::Actor;
use crate::central::CentralEngine;
use crate::error::{Error, Result};
use crate::migrations::Set;
use crate::{Platform, channels};

pub(super) async fn central(platform: &Platform) -> Vec<Finding> {
    let looked: Result<String> = async {
        let mut conn = platform.central.read().await?;
        let schema: i64 = sqlx::query_scalar("select max(version) from _sqlx_migrations").fetch_one(&mut *conn).await?;
        let engine = match platform.central.engine {
            CentralEngine::Postgres => {
                let version: String = sqlx::query_scalar("show server_version").fetch_one(&mut *conn).await?;
                format!("PostgreSQL {version}")
            }
            CentralEngine::Sqlite => {
                let mode: String = sqlx::query_scalar("pragma journal_mode").fetch_one(&mut *conn).await?;
                if mode != "wal" {
                    return Err(Error::config(format!("SQLite keeps its journal as \"{mode}\", not as a log"))
                        .hint("does the file lie on a disk that several machines share? keep it on a local one"));
                }
                "SQLite with a write-ahead log".to_owned()
            }
        };
        Ok(format!("{engine}, schema {schema}"))
    }
    .await;
    vec![match looked {
        Ok(message) => Finding::good("central", "database", message),
        Err(e) => Finding::from_error("central", "database", &e),
    }]
}

/// A process that runs has a key that fits: what is looked for is whatever is still sealed under another.
pub(super) async fn keys(platform: &Platform, _actor: &Actor) -> Vec<Finding> {
    vec![Finding::good("key", platform.vault.kid(), "opens the key check of the central database")]
}

/// Whether mails go out, where they are to.
pub(super) async fn mail(platform: &Platform) -> Option<Finding> {
    let relay = platform.mail.as_ref()?;
    Some(match relay.probe().await {
        Ok(()) => Finding::good("mail", relay.name(), "answers"),
        Err(why) => Finding::bad(
            "mail",
            relay.name(),
            why,
            "mend the server, or what SMTP_URL says of it; meanwhile links are shown and not mailed",
        ),
    })
}

/// Whether what is told comes where it is to.
pub(super) async fn channels(platform: &Platform, actor: &Actor) -> Result<Vec<Finding>> {
    let all = channels::list(platform, actor).await?;
    let finding = |row: ChannelRow| {
        let error = row.last.as_ref().and_then(|last| last.error.as_deref().map(|why| (last.state, why.to_owned())));
        let mend = format!("see whether it is mended: neo channel test {}", row.name);
        match error {
            _ if !row.enabled => Finding::good("channel", row.name, "is switched off"),
            Some((NoticeState::GivenUp, why)) => {
                Finding::bad("channel", row.name, format!("the last notice was given up: {why}"), mend)
            }
            Some((NoticeState::Waiting, why)) => {
                let message = format!("{} waiting; the last was not taken: {why}", row.waiting);
                Finding::bad("channel", row.name, message, mend)
            }
            Some((NoticeState::Sent, _)) | None => Finding::good("channel", row.name, "has taken the last, if any"),
        }
    };
    Ok(all.into_iter().map(finding).collect())
}

/// The files, and how they are.
pub(super) async fn migrations(platform: &Platform) -> (Option<Set>, Finding) {
    let folder = &platform.config.tenant_migrations;
    let shown = folder.display().to_string();
    match Set::load(folder).await {
        Ok(set) => {
            let latest = set.latest();
            let newest = latest.map_or("none yet".to_owned(), |v| format!("the newest is {v:014}"));
            let message = format!("{} migrations, {newest}", set.migrations.len());
            (Some(set), Finding::good("migrations", shown, message))
        }
        Err(e) => (None, Finding::from_error("migrations", shown, &e)),
    }
}
