//! Who else than the tenant was given a right to its database, and who is in it.

use super::{Listed, SERVER, mysql};

/// More of the list.
pub const GUESTS: &[Listed] = &[
    mysql(
        "select cast(id as char) from information_schema.processlist where db = {text} and id <> connection_id()",
        SERVER,
    ),
    mysql(
        "select cast(concat(user, {text}, host) as char) from mysql.db where db in ({text}) and user <> {text} \
         and {text} in (insert_priv, update_priv, delete_priv, drop_priv, alter_priv, trigger_priv, event_priv, execute_priv)",
        SERVER,
    ),
    mysql(
        "select distinct cast(concat(user, {text}, host) as char) from mysql.tables_priv where db = {text} and user <> {text} \
         and concat_ws({text}, table_priv, column_priv) regexp {text}",
        SERVER,
    ),
    mysql(
        "select distinct cast(concat(user, {text}, host) as char) from mysql.procs_priv where db = {text} and user <> {text} \
         and proc_priv regexp {text}",
        SERVER,
    ),
    mysql(
        "select cast(concat(user, {text}, id) as char) from information_schema.processlist where db = {text} \
         and user <> {text} and id <> connection_id()",
        SERVER,
    ),
];
