//! Who else than a tenant was given a right to change its database, and who is in it, as far as the administrator may see.

use super::admin::{Admin, text};
use crate::engine::names::grant_pattern;
use crate::engine::{Category, Failure, Target};

/// Logins, and sessions.
pub(in crate::engine) async fn guests(target: &Target, own: &Target) -> Result<(Vec<String>, Vec<String>), Failure> {
    let mut admin = Admin::open(target).await?;
    let found = async {
        let (database, user) = (text(&own.database), text(&own.username));
        // As a right to this one database is written: one to databases of many names is an administrator's.
        let pattern = grant_pattern(&own.database).trim_matches('`').to_owned();
        let to_all = format!(
            "select cast(concat(user, '@', host) as char) from mysql.db where db in ({database}, {}) and user <> {user} \
             and 'Y' in (insert_priv, update_priv, delete_priv, drop_priv, alter_priv, trigger_priv, event_priv, execute_priv)",
            text(&pattern)
        );
        let to_some = format!(
            "select distinct cast(concat(user, '@', host) as char) from mysql.tables_priv where db = {database} and user <> {user} \
             and concat_ws(',', table_priv, column_priv) regexp 'Insert|Update|Delete|Drop|Alter|Trigger'"
        );
        // What a routine does it does as whoever made it.
        let to_call = format!(
            "select distinct cast(concat(user, '@', host) as char) from mysql.procs_priv where db = {database} and user <> {user} \
             and proc_priv regexp 'Execute|Alter Routine'"
        );
        let mut may = seen(admin.texts(&to_all).await)?;
        for some in [to_some, to_call] {
            may.extend(seen(admin.texts(&some).await)?);
        }
        let there = format!(
            "select cast(concat(user, ' ', id) as char) from information_schema.processlist where db = {database} \
             and user <> {user} and id <> connection_id()"
        );
        may.sort();
        may.dedup();
        let is_one = |user: &str| may.iter().any(|account| account.rsplit_once('@').is_some_and(|(name, _)| name == user));
        let there = admin.texts(&there).await?;
        let there = there.iter().filter_map(|session| session.rsplit_once(' ')).filter(|(user, _)| is_one(user));
        let are = there.map(|(user, id)| format!("session {id} of {user}")).collect();
        Ok((may, are))
    }
    .await;
    admin.close().await;
    found
}

/// Of what a login may not look at nothing is known.
fn seen(found: Result<Vec<String>, Failure>) -> Result<Vec<String>, Failure> {
    match found {
        Err(failure) if failure.category == Category::Permission => Ok(Vec::new()),
        found => found,
    }
}
